;; A classifier that behaves, or misbehaves in the way that the first event's duration names.
;; It is a core module; the interface description and the common ways are added by the test.
(module
  (import "logwright:classifier/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:classifier/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 2)
  ;; (here it declares)

  ;; (here are the common ways)

  ;; Strings.
  (data (i32.const 16) "operational")
  (data (i32.const 32) "tool-usage")
  (data (i32.const 48) "strange")
  (data (i32.const 64) "test-guest")
  (data (i32.const 80) "1.2.3")
  (data (i32.const 96) "I would rather not\n\1b[2J")
  (data (i32.const 128) "*")
  (data (i32.const 144) "tool")
  (data (i32.const 160) "\ff\fe")
  (data (i32.const 176) "critical")

  ;; Names of the judgement at 256: "", operational, tool-usage, strange.
  (data (i32.const 256) "\00\00\00\00\00\00\00\00" "\10\00\00\00\0b\00\00\00" "\20\00\00\00\0a\00\00\00" "\30\00\00\00\07\00\00\00")
  ;; One kind of interest at 320: every kind, all events, 8 bytes of text, no search.
  (data (i32.const 320) "\80\00\00\00\01\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00")
  ;; Fields at 352: tool.
  (data (i32.const 352) "\90\00\00\00\04\00\00\00")
  ;; A name that is no UTF-8 at 368, and one that lies outside at 384.
  (data (i32.const 368) "\a0\00\00\00\02\00\00\00")
  (data (i32.const 384) "\00\00\00\7f\02\00\00\00")
  ;; A label for event 200 at 400.
  (data (i32.const 400) "\c8\00\00\00\02\00\00\00")
  ;; Grants at 416: critical.
  (data (i32.const 416) "\b0\00\00\00\08\00\00\00")
  ;; The description at 512: ok, name, version, grants, kinds, fields, literals.
  (data (i32.const 512) "\00\00\00\00"
    "\40\00\00\00\0a\00\00\00" "\50\00\00\00\05\00\00\00" "\a0\01\00\00\01\00\00\00"
    "\40\01\00\00\01\00\00\00" "\60\01\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00")

  (export "cabi_post_logwright:classifier/classify@0.1.0-draft#judge" (func $returned))

  (func (export "logwright:classifier/classify@0.1.0-draft#describe") (result i32)
    ;; (here it describes itself)
    (i32.const 512))

  ;; The answer lies at 1024: ok, names, verdicts, labels.
  (func (export "logwright:classifier/classify@0.1.0-draft#judge")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $events i32) (param $events-count i32) (param $attributes i32) (param $attributes-count i32)
    (param $hits i32) (param $hits-count i32) (result i32)
    (local $way i32) (local $index i32) (local $at i32)
    (if (local.get $events-count) (then (local.set $way (i32.load offset=48 (local.get $events)))))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 256))
    (i32.store (i32.const 1032) (i32.const 4))
    (i32.store (i32.const 1036) (i32.const 2048))
    (i32.store (i32.const 1040) (local.get $events-count))
    (i32.store (i32.const 1044) (i32.const 400))
    (i32.store (i32.const 1048) (i32.const 0))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $index) (local.get $events-count)))
        (local.set $at (i32.add (i32.const 2048) (i32.mul (local.get $index) (i32.const 12))))
        (i32.store (local.get $at) (i32.const 1))
        (i32.store offset=4 (local.get $at) (i32.const 2))
        (i32.store offset=8 (local.get $at) (i32.const 9))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more)))

    (call $misbehave (local.get $way))
    ;; 4: names that overlap.
    (if (i32.eq (local.get $way) (i32.const 4))
      (then (call $overlap) (i32.store (i32.const 1028) (i32.const 8192)) (i32.store (i32.const 1032) (i32.const 2000))))
    ;; 5: one verdict too few.
    (if (i32.eq (local.get $way) (i32.const 5))
      (then (i32.store (i32.const 1040) (i32.sub (local.get $events-count) (i32.const 1)))))
    ;; 6: a category by a name that is not there.
    (if (i32.eq (local.get $way) (i32.const 6)) (then (i32.store (i32.const 2048) (i32.const 99))))
    ;; 7: a category of its own.
    (if (i32.eq (local.get $way) (i32.const 7)) (then (i32.store (i32.const 2048) (i32.const 3))))
    ;; 8: a severity beyond the model.
    (if (i32.eq (local.get $way) (i32.const 8)) (then (i32.store8 (i32.const 2056) (i32.const 25))))
    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10)) (then (call $decline)))
    ;; 12: a name that is no UTF-8.
    (if (i32.eq (local.get $way) (i32.const 12))
      (then (i32.store (i32.const 1028) (i32.const 368)) (i32.store (i32.const 1032) (i32.const 1))))
    ;; 13: a name outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (i32.store (i32.const 1028) (i32.const 384)) (i32.store (i32.const 1032) (i32.const 1))))
    ;; 14: a label for an event that is not there.
    (if (i32.eq (local.get $way) (i32.const 14)) (then (i32.store (i32.const 1048) (i32.const 1))))
    ;; 16: critical.
    (if (i32.eq (local.get $way) (i32.const 16)) (then (i32.store8 (i32.const 2057) (i32.const 1))))
    (i32.const 1024))
)
