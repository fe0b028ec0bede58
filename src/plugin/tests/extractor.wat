;; An extractor that behaves, or misbehaves in the way that the first incident's duration,
;; or the group's number of incidents, names.
;; It is a core module; the interface description and the common ways are added by the test.
(module
  (import "logwright:extractor/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:extractor/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 2)
  ;; (here it declares)

  ;; (here are the common ways)

  ;; Strings.
  (data (i32.const 16) "incident")
  (data (i32.const 32) "strange")
  (data (i32.const 48) "edit.not_read")
  (data (i32.const 64) "test-guest")
  (data (i32.const 80) "1.2.3")
  (data (i32.const 96) "I would rather not\n\1b[2J")
  (data (i32.const 128) "failure")
  (data (i32.const 144) "labels")
  (data (i32.const 160) "\ff\fe")
  (data (i32.const 176) "critical")
  (data (i32.const 192) "Edit")
  (data (i32.const 208) "file_path")
  (data (i32.const 224) "equals")
  (data (i32.const 240) "Read")
  (data (i32.const 256) "The file was not read")
  (data (i32.const 288) "Read it first")

  ;; Names of the findings at 320: "", incident, edit.not_read, a title, strange.
  (data (i32.const 320) "\00\00\00\00\00\00\00\00" "\10\00\00\00\08\00\00\00" "\30\00\00\00\0d\00\00\00" "\00\01\00\00\15\00\00\00" "\20\00\00\00\07\00\00\00")
  ;; A name that is no UTF-8 at 368, and one that lies outside at 376.
  (data (i32.const 368) "\a0\00\00\00\02\00\00\00")
  (data (i32.const 376) "\00\00\00\7f\02\00\00\00")
  ;; Fields at 384: labels.
  (data (i32.const 384) "\90\00\00\00\06\00\00\00")
  ;; Texts at 400: 64 bytes of the failure.
  (data (i32.const 400) "\80\00\00\00\07\00\00\00" "\40\00\00\00")
  ;; Grants at 416: critical.
  (data (i32.const 416) "\b0\00\00\00\08\00\00\00")
  ;; The description at 448: ok, name, version, grants, fields, texts, literals.
  (data (i32.const 448) "\00\00\00\00" "\40\00\00\00\0a\00\00\00" "\50\00\00\00\05\00\00\00" "\a0\01\00\00\01\00\00\00" "\80\01\00\00\01\00\00\00" "\90\01\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; A condition at 512, a precaution at 544, and the protocol that they are of at 576.
  (data (i32.const 512) "\d0\00\00\00\09\00\00\00" "\e0\00\00\00\06\00\00\00" "\00\00\00\00\00\00\00\00")
  (data (i32.const 544) "\f0\00\00\00\04\00\00\00" "\d0\00\00\00\09\00\00\00" "\05\00\00\00")
  (data (i32.const 576) "\00\01\00\00\15\00\00\00" "\c0\00\00\00\04\00\00\00" "\00\02\00\00\01\00\00\00" "\20\02\00\00\01\00\00\00" "\20\01\00\00\0d\00\00\00" "\5a\00\00\00")

  (func (export "logwright:extractor/extract@0.1.0-draft#describe") (result i32)
    ;; (here it describes itself)
    (i32.const 448))

  (export "cabi_post_logwright:extractor/extract@0.1.0-draft#diagnose" (func $returned))
  (export "cabi_post_logwright:extractor/extract@0.1.0-draft#propose" (func $returned))

  ;; The answer lies at 1024: ok, names, diagnoses.
  (func (export "logwright:extractor/extract@0.1.0-draft#diagnose")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $incidents i32) (param $incidents-count i32) (param $excerpts i32) (param $excerpts-count i32)
    (param $attributes i32) (param $attributes-count i32) (param $labels i32) (param $labels-count i32)
    (param $hits i32) (param $hits-count i32) (result i32)
    (local $way i32) (local $index i32) (local $at i32)
    (if (local.get $incidents-count) (then (local.set $way (i32.load offset=48 (local.get $incidents)))))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 320))
    (i32.store (i32.const 1032) (i32.const 5))
    (i32.store (i32.const 1036) (i32.const 2048))
    (i32.store (i32.const 1040) (local.get $incidents-count))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $index) (local.get $incidents-count)))
        (local.set $at (i32.add (i32.const 2048) (i32.mul (local.get $index) (i32.const 28))))
        (i32.store (local.get $at) (i32.const 1))
        (i32.store offset=8 (local.get $at) (i32.const 2))
        (i32.store offset=12 (local.get $at) (i32.const 3))
        (i32.store offset=16 (local.get $at) (i32.const 2))
        (i32.store8 offset=24 (local.get $at) (i32.const 17))
        (i32.store8 offset=25 (local.get $at) (i32.const 1))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more)))
    (call $misbehave (local.get $way))

    ;; 4: names that overlap.
    (if (i32.eq (local.get $way) (i32.const 4))
      (then (call $overlap) (i32.store (i32.const 1028) (i32.const 8192)) (i32.store (i32.const 1032) (i32.const 2000))))

    ;; 5: one diagnosis too few.
    (if (i32.eq (local.get $way) (i32.const 5))
      (then (i32.store (i32.const 1040) (i32.sub (local.get $incidents-count) (i32.const 1)))))

    ;; 6: more diagnoses than incidents.
    (if (i32.eq (local.get $way) (i32.const 6))
      (then (i32.store (i32.const 1040) (i32.const 1000))))

    ;; 7: a disposition of its own.
    (if (i32.eq (local.get $way) (i32.const 7))
      (then (i32.store (i32.const 2048) (i32.const 4))))

    ;; 8: a severity beyond the model.
    (if (i32.eq (local.get $way) (i32.const 8))
      (then (i32.store8 (i32.const 2072) (i32.const 25))))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    ;; 12: a name that is no UTF-8.
    (if (i32.eq (local.get $way) (i32.const 12))
      (then (i32.store (i32.const 1028) (i32.const 368)) (i32.store (i32.const 1032) (i32.const 1))))

    ;; 13: a name outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (i32.store (i32.const 1028) (i32.const 376)) (i32.store (i32.const 1032) (i32.const 1))))

    ;; 14: an incident without a fingerprint.
    (if (i32.eq (local.get $way) (i32.const 14))
      (then (i32.store (i32.const 2056) (i32.const 0))))

    ;; 16: a title by a name that is not there.
    (if (i32.eq (local.get $way) (i32.const 16))
      (then (i32.store (i32.const 2060) (i32.const 99))))

    ;; 20: an owner of its own.
    (if (i32.eq (local.get $way) (i32.const 20))
      (then (i32.store (i32.const 2068) (i32.const 4))))

    (i32.const 1024))

  ;; The answer lies at 1024: ok, protocols, which are copied to 4096.
  (func (export "logwright:extractor/extract@0.1.0-draft#propose") (param $group i32) (result i32)
    (local $way i32) (local $index i32)
    (local.set $way (i32.load offset=32 (local.get $group)))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 4096))
    (i32.store (i32.const 1032) (i32.const 16))
    (loop $more
      (memory.copy
        (i32.add (i32.const 4096) (i32.mul (local.get $index) (i32.const 44))) (i32.const 576) (i32.const 44))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $index) (i32.const 17))))
    (call $misbehave (local.get $way))

    ;; 4: conditions that overlap, for each protocol the same 1,000, each of 60,000 bytes.
    (if (i32.eq (local.get $way) (i32.const 4))
      (then (call $overlap)
        (local.set $index (i32.const 0))
        (loop $each
          (i32.store offset=4112 (i32.mul (local.get $index) (i32.const 44)) (i32.const 8192))
          (i32.store offset=4116 (i32.mul (local.get $index) (i32.const 44)) (i32.const 600))
          (local.set $index (i32.add (local.get $index) (i32.const 1)))
          (br_if $each (i32.lt_u (local.get $index) (i32.const 16))))))

    ;; 6: one protocol too many.
    (if (i32.eq (local.get $way) (i32.const 6))
      (then (i32.store (i32.const 1032) (i32.const 17))))

    ;; 7: an operator of its own.
    (if (i32.eq (local.get $way) (i32.const 7))
      (then (i32.store (i32.const 520) (i32.const 32)) (i32.store (i32.const 524) (i32.const 7))))

    ;; 8: more than sure.
    (if (i32.eq (local.get $way) (i32.const 8))
      (then (i32.store8 (i32.const 4136) (i32.const 101))))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    ;; 12: a title that is no UTF-8.
    (if (i32.eq (local.get $way) (i32.const 12))
      (then (i32.store (i32.const 4096) (i32.const 160)) (i32.store (i32.const 4100) (i32.const 2))))

    ;; 13: protocols outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (i32.store (i32.const 1028) (i32.const 2130706432))))

    (i32.const 1024))
)
