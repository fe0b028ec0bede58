;; An analyzer that counts events, but for those of which a test chooses otherwise.
;; The interface description and the common ways to misbehave are added by the test.
(module
  (import "logwright:analyzer/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:analyzer/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 64)

  ;; (here are the common ways)

  (data (i32.const 16) "guest.events")
  (data (i32.const 32) "Events")
  (data (i32.const 64) "(name)-")
  (data (i32.const 80) "1.0.0")
  (data (i32.const 96) "I would rather not....")
  (data (i32.const 128) "*")
  (data (i32.const 144) "time")

  ;; One kind of interest at 320: every kind, all events, no text, no search.
  (data (i32.const 320) "\80\00\00\00\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00")
  ;; Fields at 352: time.
  (data (i32.const 352) "\90\00\00\00\04\00\00\00")
  ;; The description at 384: ok, name, version, grants, kinds, fields, literals.
  (data (i32.const 384) "\00\00\00\00"
    "\40\00\00\00\07\00\00\00" "\50\00\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00"
    "\40\01\00\00\01\00\00\00" "\60\01\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; A metric at 448: name, title, value, unit.
  (data (i32.const 448) "\10\00\00\00\0c\00\00\00" "\20\00\00\00\06\00\00\00" "\00\00\00\00\00\00\00\00" "\20\00\00\00\06\00\00\00")

  (global $seen (mut i32) (i32.const 0))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#describe") (result i32)
    (i32.const 384))

  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#observe" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#save" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#merge" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#finish" (func $returned))

  ;; What to do with an event, by its time.
  (func $way (param $time i64) (param $size i32) (param $text i64) (result i32)
    ;; (here it chooses)
    (i32.const 0))

  ;; Every answer lies at 1024.
  (func (export "logwright:analyzer/analyze@0.1.0-draft#observe")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $events i32) (param $events-count i32) (param $attributes i32) (param $attributes-count i32)
    (param $hits i32) (param $hits-count i32) (param $labels i32) (param $labels-count i32)
    (param $tokens i32) (param $tokens-count i32) (param $incidents i32) (param $incidents-count i32) (result i32)
    (local $way i32) (local $index i32)
    (i32.store (i32.const 1024) (i32.const 0))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $index) (local.get $events-count)))
        (local.set $way
          (call $way
            (i64.load offset=48 (i32.add (local.get $events) (i32.mul (local.get $index) (i32.const 72))))
            (i32.const 0) (i64.const 0)))
        (call $misbehave (local.get $way))
        ;; 4: an error that lies outside of memory.
        (if (i32.eq (local.get $way) (i32.const 4))
          (then
            (i32.store (i32.const 1024) (i32.const 1))
            (i32.store (i32.const 1028) (i32.const 2130706432))
            (i32.store (i32.const 1032) (i32.const 9))))
        (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more)))
    (i32.const 1024))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#save") (result i32)
    (i32.store (i32.const 1536) (global.get $seen))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 1536))
    (i32.store (i32.const 1032) (i32.const 4))
    (i32.const 1024))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#merge") (param $state i32) (param $length i32) (result i32)
    (global.set $seen (i32.add (global.get $seen) (i32.load (local.get $state))))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.const 1024))

  ;; The report: metrics, tables, series, insights.
  (func (export "logwright:analyzer/analyze@0.1.0-draft#finish") (result i32)
    (f64.store (i32.const 464) (f64.convert_i32_u (global.get $seen)))
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 36))
    (i32.store (i32.const 1028) (i32.const 448))
    (i32.store (i32.const 1032) (i32.const 1))
    (i32.const 1024))
)
