;; An analyzer that behaves, or misbehaves in the way that the first event's duration
;; names; its size names the way in which the instance will save and report. What it saves is
;; three words: the way to merge it in, the way to report after that, and how many events it saw.
;; It is a core module; the interface description and the common ways are added by the test.
(module
  (import "logwright:analyzer/host@0.1.0-draft" "note" (func $note (param i32 i32 i32)))
  (import "logwright:analyzer/host@0.1.0-draft" "rule-file" (func $rule-file (param i32 i32 i32)))
  (memory (export "memory") 2)
  ;; (here it declares)

  ;; (here are the common ways)

  ;; Strings.
  (data (i32.const 16) "calls.all")
  (data (i32.const 32) "Calls")
  (data (i32.const 48) "calls")
  (data (i32.const 64) "test-guest")
  (data (i32.const 80) "1.2.3")
  (data (i32.const 96) "I would rather not\n\1b[2J")
  (data (i32.const 128) "*")
  (data (i32.const 144) "tokens")
  (data (i32.const 160) "\ff\fe")
  (data (i32.const 176) "tools")
  (data (i32.const 192) "Bash")
  (data (i32.const 208) "Most calls succeed")

  ;; One kind of interest at 320: every kind, all events, 8 bytes of text, no search.
  (data (i32.const 320) "\80\00\00\00\01\00\00\00" "\00\00\00\00" "\08\00\00\00" "\00\00\00\00")
  ;; Fields at 352: tokens.
  (data (i32.const 352) "\90\00\00\00\06\00\00\00")
  ;; The description at 384: ok, name, version, grants, kinds, fields, literals.
  (data (i32.const 384) "\00\00\00\00" "\40\00\00\00\0a\00\00\00" "\50\00\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00" "\40\01\00\00\01\00\00\00" "\60\01\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; A metric at 448: name, title, value, unit.
  (data (i32.const 448) "\10\00\00\00\09\00\00\00" "\20\00\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00" "\30\00\00\00\05\00\00\00")
  ;; Two columns at 480, and their table at 528: name, title, columns, rows.
  (data (i32.const 480) "\b0\00\00\00\05\00\00\00" "\b0\00\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00" "\30\00\00\00\05\00\00\00" "\20\00\00\00\05\00\00\00" "\30\00\00\00\05\00\00\00")
  (data (i32.const 528) "\b0\00\00\00\05\00\00\00" "\20\00\00\00\05\00\00\00" "\e0\01\00\00\02\00\00\00" "\30\02\00\00\01\00\00\00")
  ;; A row at 560 and its cells at 576: a text and a real number.
  (data (i32.const 560) "\40\02\00\00\02\00\00\00")
  (data (i32.const 576) "\01\00\00\00\00\00\00\00" "\c0\00\00\00\04\00\00\00" "\03\00\00\00\00\00\00\00" "\00\00\00\00\00\00\e0\3f")
  ;; Two points at 608, their line at 640, its series at 656.
  (data (i32.const 608) "\e8\03\00\00\00\00\00\00" "\00\00\00\00\00\00\f0\3f" "\d0\07\00\00\00\00\00\00" "\00\00\00\00\00\00\00\40")
  (data (i32.const 640) "\00\00\00\00\00\00\00\00" "\60\02\00\00\02\00\00\00")
  (data (i32.const 656) "\10\00\00\00\09\00\00\00" "\20\00\00\00\05\00\00\00" "\30\00\00\00\05\00\00\00" "\80\02\00\00\01\00\00\00")
  ;; An insight at 688.
  (data (i32.const 688) "\09\00\00\00" "\d0\00\00\00\12\00\00\00")

  ;; How many events it saw, and the way in which it will save or report.
  (global $seen (mut i32) (i32.const 0))
  (global $later (mut i32) (i32.const 0))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#describe") (result i32)
    ;; (here it describes itself)
    (i32.const 384))

  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#observe" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#save" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#merge" (func $returned))
  (export "cabi_post_logwright:analyzer/analyze@0.1.0-draft#finish" (func $returned))

  ;; Every answer lies at 1024.
  (func (export "logwright:analyzer/analyze@0.1.0-draft#observe")
    (param $names i32) (param $names-count i32) (param $texts i32) (param $texts-count i32)
    (param $events i32) (param $events-count i32) (param $attributes i32) (param $attributes-count i32)
    (param $hits i32) (param $hits-count i32) (param $labels i32) (param $labels-count i32)
    (param $tokens i32) (param $tokens-count i32) (param $incidents i32) (param $incidents-count i32) (result i32)
    (local $way i32)
    (if (local.get $events-count)
      (then
        (local.set $way (i32.load offset=56 (local.get $events)))
        (global.set $later (i32.load offset=64 (local.get $events)))))
    (global.set $seen (i32.add (global.get $seen) (local.get $events-count)))
    (i32.store (i32.const 1024) (i32.const 0))
    (call $misbehave (local.get $way))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    ;; 12: an error that is no UTF-8.
    (if (i32.eq (local.get $way) (i32.const 12))
      (then (call $decline) (i32.store (i32.const 1028) (i32.const 160)) (i32.store (i32.const 1032) (i32.const 2))))

    ;; 13: an error outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (call $decline) (i32.store (i32.const 1028) (i32.const 2130706432))))

    (i32.const 1024))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#save") (result i32)
    (local $way i32)
    (local.set $way (global.get $later))
    (i32.store (i32.const 1536) (i32.const 0))
    (i32.store (i32.const 1540) (i32.const 0))
    (i32.store (i32.const 1544) (global.get $seen))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 1536))
    (i32.store (i32.const 1032) (i32.const 12))
    (call $misbehave (local.get $way))

    ;; 4: as many bytes as it may save.
    (if (i32.eq (local.get $way) (i32.const 4))
      (then (i32.store (i32.const 1032) (i32.const 10000))))

    ;; 5: one more.
    (if (i32.eq (local.get $way) (i32.const 5))
      (then (i32.store (i32.const 1032) (i32.const 10001))))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    ;; 13: bytes outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (i32.store (i32.const 1028) (i32.const 2130706432))))

    (i32.const 1024))

  (func (export "logwright:analyzer/analyze@0.1.0-draft#merge") (param $state i32) (param $length i32) (result i32)
    (local $way i32)
    (if (i32.ne (local.get $length) (i32.const 12)) (then (call $decline) (return (i32.const 1024))))
    (local.set $way (i32.load (local.get $state)))
    (global.set $later (i32.load offset=4 (local.get $state)))
    (global.set $seen (i32.add (global.get $seen) (i32.load offset=8 (local.get $state))))
    (i32.store (i32.const 1024) (i32.const 0))
    (call $misbehave (local.get $way))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    (i32.const 1024))

  ;; The report: metrics, tables, series, insights.
  (func (export "logwright:analyzer/analyze@0.1.0-draft#finish") (result i32)
    (local $way i32) (local $index i32)
    (local.set $way (global.get $later))
    (f64.store (i32.const 464) (f64.convert_i32_u (global.get $seen)))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 448))
    (i32.store (i32.const 1032) (i32.const 1))
    (i32.store (i32.const 1036) (i32.const 528))
    (i32.store (i32.const 1040) (i32.const 1))
    (i32.store (i32.const 1044) (i32.const 656))
    (i32.store (i32.const 1048) (i32.const 1))
    (i32.store (i32.const 1052) (i32.const 688))
    (i32.store (i32.const 1056) (i32.const 1))
    (call $misbehave (local.get $way))

    ;; 4: 2,000 rows of 3,000 cells each, all the same cells.
    (if (i32.eq (local.get $way) (i32.const 4))
      (then (local.set $index (i32.const 0))
        (loop $each
          (i32.store offset=8192 (i32.mul (local.get $index) (i32.const 8)) (i32.const 66560))
          (i32.store offset=8196 (i32.mul (local.get $index) (i32.const 8)) (i32.const 3000))
          (local.set $index (i32.add (local.get $index) (i32.const 1)))
          (br_if $each (i32.lt_u (local.get $index) (i32.const 2000))))
        (i32.store (i32.const 552) (i32.const 8192)) (i32.store (i32.const 556) (i32.const 2000))))

    ;; 5: a row that is too short.
    (if (i32.eq (local.get $way) (i32.const 5))
      (then (i32.store (i32.const 564) (i32.const 1))))

    ;; 6: a cell of a kind that there is not.
    (if (i32.eq (local.get $way) (i32.const 6))
      (then (i32.store8 (i32.const 576) (i32.const 9))))

    ;; 7: a number that is none.
    (if (i32.eq (local.get $way) (i32.const 7))
      (then (f64.store (i32.const 464) (f64.const nan))))

    ;; 8: a number without end.
    (if (i32.eq (local.get $way) (i32.const 8))
      (then (f64.store (i32.const 600) (f64.const inf))))

    ;; 10: declines.
    (if (i32.eq (local.get $way) (i32.const 10))
      (then (call $decline)))

    ;; 12: a text that is no UTF-8.
    (if (i32.eq (local.get $way) (i32.const 12))
      (then (i32.store (i32.const 584) (i32.const 160)) (i32.store (i32.const 588) (i32.const 2))))

    ;; 13: an insight outside of memory.
    (if (i32.eq (local.get $way) (i32.const 13))
      (then (i32.store (i32.const 692) (i32.const 2130706432))))

    ;; 14: points that go back in time.
    (if (i32.eq (local.get $way) (i32.const 14))
      (then (i64.store (i32.const 624) (i64.const 999))))

    ;; 16: a name that is no word.
    (if (i32.eq (local.get $way) (i32.const 16))
      (then (i32.store (i32.const 448) (i32.const 208)) (i32.store (i32.const 452) (i32.const 18))))

    ;; 20: an insight without severity.
    (if (i32.eq (local.get $way) (i32.const 20))
      (then (i32.store8 (i32.const 688) (i32.const 0))))

    (i32.const 1024))
)
