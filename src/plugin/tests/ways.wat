  ;; Ways to misbehave that need no knowledge of a role; a test puts them into each guest.

  (table $table 1 funcref)
  ;; Whether post-return never ends.
  (global $after (mut i32) (i32.const 0))

  (func $recurse (param i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))

  (func $misbehave (param $way i32)
    (local $index i32)
    ;; 1: never ends.
    (if (i32.eq (local.get $way) (i32.const 1)) (then (loop $forever (br $forever))))
    ;; 2: takes all the memory there is.
    (if (i32.eq (local.get $way) (i32.const 2))
      (then (loop $more (drop (memory.grow (i32.const 16))) (br $more))))
    ;; 3: panics.
    (if (i32.eq (local.get $way) (i32.const 3)) (then unreachable))
    ;; 9: notes without end.
    (if (i32.eq (local.get $way) (i32.const 9))
      (then (loop $more (call $note (i32.const 9) (i32.const 80) (i32.const 5)) (br $more))))
    ;; 11: calls itself for ever.
    (if (i32.eq (local.get $way) (i32.const 11)) (then (drop (call $recurse (i32.const 0)))))
    ;; 15: a hundred notes and a good answer.
    (if (i32.eq (local.get $way) (i32.const 15))
      (then
        (loop $more
          (call $note (i32.const 13) (i32.const 80) (i32.const 5))
          (local.set $index (i32.add (local.get $index) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $index) (i32.const 100))))))
    ;; 17: answers well, and then never ends.
    (if (i32.eq (local.get $way) (i32.const 17)) (then (global.set $after (i32.const 1))))
    ;; 18: takes a large table.
    (if (i32.eq (local.get $way) (i32.const 18))
      (then (drop (table.grow $table (ref.null func) (i32.const 1000000)))))
    ;; 19: asks for its rule file over and over.
    (if (i32.eq (local.get $way) (i32.const 19))
      (then
        (loop $more
          (global.set $next (i32.const 65536))
          (call $rule-file (i32.const 80) (i32.const 5) (i32.const 1000))
          (br $more)))))

  ;; Arguments lie from 65536 on and are forgotten after each call. Who hands over 60,000
  ;; bytes and more at once never gets room for them.
  (global $next (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (if (i32.ge_u (local.get 3) (i32.const 60000)) (then (loop $forever (br $forever))))
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $returned (param i32)
    (if (global.get $after) (then (loop $forever (br $forever))))
    (global.set $next (i32.const 65536)))

  ;; Two thousand strings of 60,000 bytes each, all the same bytes, at 8192. They lie behind
  ;; all arguments, where there is nothing but zeroes.
  (func $overlap
    (local $index i32) (local $at i32)
    (loop $more
      (local.set $at (i32.add (i32.const 8192) (i32.mul (local.get $index) (i32.const 8))))
      (i32.store (local.get $at) (i32.const 66560))
      (i32.store offset=4 (local.get $at) (i32.const 60000))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $index) (i32.const 2000)))))

  ;; An error of its own: the answer at 1024.
  (func $decline
    (i32.store (i32.const 1024) (i32.const 1))
    (i32.store (i32.const 1028) (i32.const 96))
    (i32.store (i32.const 1032) (i32.const 23)))
