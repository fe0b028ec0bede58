;; A classifier that judges well, but for events of which a test chooses otherwise.
;; The interface description and the common ways to misbehave are added by the test.
(module
  (import "logwright:classifier/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:classifier/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 16)

  ;; (here are the common ways)

  (data (i32.const 16) "operational")
  (data (i32.const 32) "tool-usage")
  (data (i32.const 48) "diagnostic")
  (data (i32.const 64) "(name)-")
  (data (i32.const 80) "1.0.0")
  (data (i32.const 96) "I would rather not....")
  (data (i32.const 128) "*")
  (data (i32.const 144) "time")
  (data (i32.const 152) "size")
  (data (i32.const 160) "error")
  (data (i32.const 176) "critical")
  (data (i32.const 192) "project")

  ;; Names of the judgement at 256: "", operational, tool-usage, diagnostic, error.
  (data (i32.const 256) "\00\00\00\00\00\00\00\00" "\10\00\00\00\0b\00\00\00" "\20\00\00\00\0a\00\00\00" "\30\00\00\00\0a\00\00\00" "\a0\00\00\00\05\00\00\00")
  ;; One kind of interest at 320: every kind, all events, 8 bytes of text, no search.
  (data (i32.const 320) "\80\00\00\00\01\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00")
  ;; Fields at 352: time, size, project.
  (data (i32.const 352) "\90\00\00\00\04\00\00\00" "\98\00\00\00\04\00\00\00" "\c0\00\00\00\07\00\00\00")
  ;; Grants at 416: critical.
  (data (i32.const 416) "\b0\00\00\00\08\00\00\00")
  ;; The description at 512: ok, name, version, grants, kinds, fields, literals.
  (data (i32.const 512) "\00\00\00\00"
    "\40\00\00\00\07\00\00\00" "\50\00\00\00\05\00\00\00" "\a0\01\00\00\01\00\00\00"
    "\40\01\00\00\01\00\00\00" "\60\01\00\00\02\00\00\00" "\00\00\00\00\00\00\00\00")

  (export "cabi_post_logwright:classifier/classify@0.1.0-draft#judge" (func $returned))

  (func (export "logwright:classifier/classify@0.1.0-draft#describe") (result i32)
    (i32.const 512))

  ;; What to do with an event, by its time, its size and the first eight bytes of its text.
  (func $way (param $time i64) (param $size i32) (param $text i64) (result i32)
    ;; (here it chooses)
    (i32.const 0))

  ;; How many events it saw.
  (global $seen (mut i32) (i32.const 0))

  ;; The answer lies at 1024: ok, names, verdicts, labels.
  (func (export "logwright:classifier/classify@0.1.0-draft#judge")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $events i32) (param $events-count i32) (param $attributes i32) (param $attributes-count i32)
    (param $hits i32) (param $hits-count i32) (result i32)
    (local $way i32) (local $index i32) (local $at i32) (local $event i32) (local $text i32) (local $bytes i64)
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 256))
    (i32.store (i32.const 1032) (i32.const 5))
    (i32.store (i32.const 1036) (i32.const 2048))
    (i32.store (i32.const 1040) (local.get $events-count))
    (i32.store (i32.const 1044) (i32.const 0))
    (i32.store (i32.const 1048) (i32.const 0))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $index) (local.get $events-count)))
        (local.set $at (i32.add (i32.const 2048) (i32.mul (local.get $index) (i32.const 12))))
        (i32.store (local.get $at) (i32.const 1))
        (i32.store offset=4 (local.get $at) (i32.const 2))
        (i32.store offset=8 (local.get $at) (i32.const 9))
        (global.set $seen (i32.add (global.get $seen) (i32.const 1)))

        (local.set $event (i32.add (local.get $events) (i32.mul (local.get $index) (i32.const 64))))
        (local.set $text
          (i32.add (local.get $texts) (i32.mul (i32.load offset=32 (local.get $event)) (i32.const 8))))
        (local.set $bytes (i64.const 0))
        (if (i32.eq (i32.load offset=4 (local.get $text)) (i32.const 8))
          (then (local.set $bytes (i64.load (i32.load (local.get $text))))))
        (local.set $way
          (call $way
            (i64.load offset=40 (local.get $event)) (i32.load offset=56 (local.get $event)) (local.get $bytes)))

        (call $misbehave (local.get $way))
        ;; 4: names that overlap.
        (if (i32.eq (local.get $way) (i32.const 4))
          (then (call $overlap) (i32.store (i32.const 1028) (i32.const 8192)) (i32.store (i32.const 1032) (i32.const 2000))))
        ;; 16: critical.
        (if (i32.eq (local.get $way) (i32.const 16)) (then (i32.store8 offset=9 (local.get $at) (i32.const 1))))
        ;; 20: abstains.
        (if (i32.eq (local.get $way) (i32.const 20)) (then (i64.store (local.get $at) (i64.const 0))))
        ;; 21: remembers whether it saw another one before.
        (if (i32.eq (local.get $way) (i32.const 21))
          (then (i32.store8 offset=8 (local.get $at)
            (i32.add (i32.const 9) (i32.eq (global.get $seen) (i32.const 1))))))
        ;; 22: an error.
        (if (i32.eq (local.get $way) (i32.const 22))
          (then
            (i32.store (local.get $at) (i32.const 3))
            (i32.store offset=4 (local.get $at) (i32.const 4))
            (i32.store8 offset=8 (local.get $at) (i32.const 17))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more)))
    (i32.const 1024))
)
