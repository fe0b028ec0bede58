;; An extractor that knows one class, but for incidents of which a test chooses otherwise.
;; The interface description and the common ways to misbehave are added by the test.
(module
  (import "logwright:extractor/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:extractor/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 16)

  ;; (here are the common ways)

  (data (i32.const 16) "incident")
  (data (i32.const 48) "guest.class")
  (data (i32.const 64) "(name)-")
  (data (i32.const 80) "1.0.0")
  (data (i32.const 96) "I would rather not....")
  (data (i32.const 144) "time")
  (data (i32.const 176) "critical")
  (data (i32.const 192) "What the guest calls an error")

  ;; Names of the findings at 320: "", incident, the class, its title.
  (data (i32.const 320) "\00\00\00\00\00\00\00\00" "\10\00\00\00\08\00\00\00" "\30\00\00\00\0b\00\00\00" "\c0\00\00\00\1d\00\00\00")
  ;; Fields at 384: time.
  (data (i32.const 384) "\90\00\00\00\04\00\00\00")
  ;; Grants at 416: critical.
  (data (i32.const 416) "\b0\00\00\00\08\00\00\00")
  ;; The description at 448: ok, name, version, grants, fields, texts, literals.
  (data (i32.const 448) "\00\00\00\00"
    "\40\00\00\00\07\00\00\00" "\50\00\00\00\05\00\00\00" "\a0\01\00\00\01\00\00\00"
    "\80\01\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00")

  (func (export "logwright:extractor/extract@0.1.0-draft#describe") (result i32)
    (i32.const 448))

  (export "cabi_post_logwright:extractor/extract@0.1.0-draft#diagnose" (func $returned))
  (export "cabi_post_logwright:extractor/extract@0.1.0-draft#propose" (func $returned))

  ;; How many incidents it saw.
  (global $seen (mut i32) (i32.const 0))

  ;; What to do with an incident, by its time.
  (func $way (param $time i64) (param $size i32) (param $text i64) (result i32)
    ;; (here it chooses)
    (i32.const 0))

  ;; The answer lies at 1024: ok, names, diagnoses.
  (func (export "logwright:extractor/extract@0.1.0-draft#diagnose")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $incidents i32) (param $incidents-count i32) (param $excerpts i32) (param $excerpts-count i32)
    (param $attributes i32) (param $attributes-count i32) (param $labels i32) (param $labels-count i32)
    (param $hits i32) (param $hits-count i32) (result i32)
    (local $way i32) (local $index i32) (local $at i32)
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 320))
    (i32.store (i32.const 1032) (i32.const 4))
    (i32.store (i32.const 1036) (i32.const 2048))
    (i32.store (i32.const 1040) (local.get $incidents-count))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $index) (local.get $incidents-count)))
        (local.set $at (i32.add (i32.const 2048) (i32.mul (local.get $index) (i32.const 28))))
        (memory.fill (local.get $at) (i32.const 0) (i32.const 28))
        (i32.store (local.get $at) (i32.const 1))
        (i32.store offset=8 (local.get $at) (i32.const 2))
        (i32.store offset=12 (local.get $at) (i32.const 3))
        (i32.store offset=16 (local.get $at) (i32.const 2))
        (i32.store8 offset=24 (local.get $at) (i32.const 17))
        (local.set $way
          (call $way
            (i64.load offset=40 (i32.add (local.get $incidents) (i32.mul (local.get $index) (i32.const 56))))
            (i32.const 0) (i64.const 0)))
        (call $misbehave (local.get $way))
        ;; 4: names that overlap.
        (if (i32.eq (local.get $way) (i32.const 4))
          (then (call $overlap) (i32.store (i32.const 1028) (i32.const 8192)) (i32.store (i32.const 1032) (i32.const 2000))))
        ;; 16: critical.
        (if (i32.eq (local.get $way) (i32.const 16)) (then (i32.store8 offset=25 (local.get $at) (i32.const 1))))
        ;; 21: remembers whether it saw another one before.
        (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
        (if (i32.eq (local.get $way) (i32.const 21))
          (then (i32.store8 offset=24 (local.get $at)
            (i32.add (i32.const 9) (i32.eq (global.get $seen) (i32.const 1))))))
        ;; 20: abstains.
        (if (i32.eq (local.get $way) (i32.const 20)) (then (memory.fill (local.get $at) (i32.const 0) (i32.const 28))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more)))
    (i32.const 1024))

  ;; It proposes nothing.
  (func (export "logwright:extractor/extract@0.1.0-draft#propose") (param $group i32) (result i32)
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 0))
    (i32.store (i32.const 1032) (i32.const 0))
    (i32.const 1024))
)
