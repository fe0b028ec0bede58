//! Stack traces: the same cause keeps its fingerprint, another one gets another.

use crate::support::shell;
use prevention::SHIPPED;

fn of(text: &str) -> String {
    shell(SHIPPED, "run", text)
}

/// A trace, and the fingerprint that it and all its changed forms have.
fn same(text: &str, changes: &[(&str, &str)], fingerprint: &str) {
    assert_eq!(of(text), fingerprint, "{text}");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        let changed = text.replace(from, to);
        assert_eq!(of(&changed), fingerprint, "{changed}");
    }
}

/// A trace, and changes that make another cause of it.
fn apart(text: &str, changes: &[(&str, &str)]) {
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        let changed = text.replace(from, to);
        assert_ne!(of(&changed), of(text), "{changed}");
    }
}

const PYTHON: &str = "Traceback (most recent call last):
  File \"/home/me/app/main.py\", line 9, in <module>
    main()
    ~~~~^^
  File \"/home/me/app/store.py\", line 41, in load
    return json.loads(text)
  File \"/usr/lib/python3.12/json/__init__.py\", line 346, in loads
    return _default_decoder.decode(s)
KeyError: 'name'";

#[test]
fn python() {
    let fingerprint = "crash.python:KeyError:store.load < main.<module>";
    same(
        PYTHON,
        &[
            ("line 41", "line 1041"),
            ("/home/me/", "C:\\Users\\me\\"),
            ("python3.12", "python3.9"),
            ("/usr/lib/python3.12/json/__init__.py", "/a/.venv/lib/python3.12/site-packages/simplejson/__init__.py"),
            ("'name'", "'age'"),
            ("  File \"/usr/lib", "  File \"/usr/lib/python3/x.py\", line 1, in inner\n    x()\n  File \"/usr/lib"),
            ("in load\n", "in load\n    x\n  File \"/home/me/app/store.py\", line 44, in load\n"),
            (
                "Traceback",
                "Traceback (most recent call last):\n  File \"/a/c.py\", line 1, in f\nOSError: x\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback",
            ),
        ],
        fingerprint,
    );
    apart(PYTHON, &[("KeyError", "IndexError"), ("in load", "in save"), ("store.py", "cache.py")]);
}

#[test]
fn an_exception_whose_name_has_no_known_ending_counts_as_well() {
    let odd = PYTHON.replace("KeyError: 'name'", "billiard.SoftTimeLimitExceeded: ()");
    assert_eq!(of(&odd), "crash.python:SoftTimeLimitExceeded:store.load < main.<module>");
}

#[test]
fn groups_of_exceptions_stand_behind_bars() {
    let text = "  + Exception Group Traceback (most recent call last):
  |   File \"/a/b.py\", line 3, in <module>
  |     run()
  | ExceptionGroup: many (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"/a/work.py\", line 8, in first
    |     one()
    | ValueError: 1
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File \"/a/work.py\", line 9, in second
    |     two()
    | TypeError: 2
    +------------------------------------";
    assert_eq!(of(text), "crash.python:TypeError:work.second");
}

#[test]
fn a_trace_without_its_inner_end_tells_no_place() {
    let frame = "  File \"/a/b.py\", line 3, in outer\n    x()\n";
    let text = format!("Traceback (most recent call last):\n{}KeyError: 1", frame.repeat(400));
    assert_eq!(of(&text), "crash.python");
}

const JS: &str = "/srv/app/src/api.js:12
        throw new TypeError('x is not a function')
        ^

TypeError: x is not a function
    at Array.map (<anonymous>)
    at Store.fetchAll (/srv/app/src/store.js:12:9)
    at async handler (/srv/app/src/api.js:3:1)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at Layer.handle [as handle_request] (/srv/app/node_modules/express/lib/router/layer.js:95:5)

Node.js v22.1.0";

#[test]
fn javascript() {
    let fingerprint = "crash.js:TypeError:store.fetchAll < api.handler";
    same(
        JS,
        &[
            ("12:9", "99:1"),
            ("/srv/app/src/", "file:///C:/Users/me/dist/"),
            ("store.js", "store-3f2a1bcd.js"),
            ("Store.fetchAll", "Object.fetchAll"),
            ("Store.fetchAll", "async Store.fetchAll [as load]"),
            ("    at Array.map (<anonymous>)\n", ""),
            ("    at Array.map (<anonymous>)", "    at /srv/app/node_modules/.pnpm/p/index.js:1:2"),
            ("\n\nNode.js", " {\n  [cause]: Error: y\n      at other (/a/b.js:1:2)\n}\n\nNode.js"),
        ],
        fingerprint,
    );
    apart(JS, &[("TypeError", "RangeError"), ("fetchAll", "fetchOne"), ("store.js", "cache.js")]);
    let firefox = "Uncaught TypeError: x is not a function
fetchAll@http://localhost/store.js:1:2
handler@http://localhost/api.js:3:4";
    assert_eq!(of(firefox), fingerprint);
}

const JAVA: &str = "Exception in thread \"main\" java.lang.RuntimeException: no start
\tat com.example.web.Server.start(Server.java:12)
\tat com.example.Main.main(Main.java:5)
\tSuppressed: java.io.IOException: close
\t\tat com.example.Pool.close(Pool.java:3)
Caused by: java.lang.IllegalStateException: bad
\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)
\tat com.example.store.Index$Reader.open(Index.java:41)
\tat com.example.store.Index.lambda$load$3(Index.java:40)
\tat org.springframework.boot.SpringApplication.run(SpringApplication.java:7)
\t... 2 more";

#[test]
fn java_is_told_by_the_cause_of_the_cause() {
    let fingerprint = "crash.java:IllegalStateException:Index$Reader.open < Index.load";
    same(
        JAVA,
        &[
            ("Index.java:41", "Index.java:77"),
            ("$load$3", "$load$11"),
            ("java.base/", ""),
            ("no start", "no start at all"),
            ("com.example.store.Index$", "app//com.example.store.Index$"),
            ("\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)\n", ""),
        ],
        fingerprint,
    );
    apart(JAVA, &[("IllegalStateException", "IOException"), ("Reader.open", "Reader.close")]);
    let shared = "Exception in thread \"main\" a.WrapException: x
\tat com.example.Main.go(Main.kt:12)
\tat com.example.Main.main(Main.kt:5)
Caused by: java.net.BindException: in use
\tat java.base/sun.nio.ch.Net.bind(Net.java)
\t... 2 more";
    assert_eq!(of(shared), "crash.java:BindException:Main.go < Main.main");
}

const GO: &str = "panic: runtime error: index out of range [3] with length 2

goroutine 7 [running]:
panic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:770 +0x1
example.org/shop/internal/cart.(*Cart).Add.func1({0xc000, 0x1})
\t/src/cart/cart.go:12 +0x1d
sort.Slice({0x1, 0x2})
\t/usr/local/go/src/sort/slice.go:3 +0x1
main.main()
\t/src/main.go:7 +0x2

goroutine 8 [select]:
main.other()
\t/src/other.go:7 +0x2
exit status 2";

#[test]
fn go() {
    same(
        GO,
        &[
            ("cart.go:12 +0x1d", "cart.go:99 +0xff"),
            ("goroutine 7", "goroutine 1"),
            (".func1", ""),
            (".func1", ".func2.1"),
            ("[3] with length 2", "[30] with length 21"),
            ("panic({0x1", "runtime.goPanicIndex(0x1)\n\t/go/src/runtime/panic.go:1\npanic({0x1"),
        ],
        "crash.go:index out of range # with length #:cart.Cart.Add < main.main",
    );
    apart(GO, &[("(*Cart).Add", "(*Cart).Drop"), ("index out of range", "slice bounds out of range")]);
}

const RUST: &str = "thread 'main' panicked at src/store.rs:41:5:
called `Option::unwrap()` on a `None` value";

#[test]
fn rust_with_and_without_a_backtrace_is_the_same() {
    let backtrace = "
stack backtrace:
   0: rust_begin_unwind
             at /rustc/59807616e1fa/library/std/src/panicking.rs:689:5
   1: core::panicking::panic_fmt
             at /rustc/59807616e1fa/library/core/src/panicking.rs:80:14
   2: shop::store::Store<T>::load::{{closure}}
             at ./src/store.rs:41:5
note: Some details are omitted";
    let whole = format!("{RUST}{backtrace}");
    let fingerprint = of(RUST);
    assert!(fingerprint.ends_with(":src/store.rs"), "{fingerprint}");
    same(&whole, &[("41:5", "7:1"), ("src/store.rs", "/home/me/shop/src/store.rs")], &of(&whole));
    apart(RUST, &[("store.rs", "cache.rs")]);
    let inside = whole.replace("at src/store.rs", "at /rustc/5980/library/core/src/option.rs");
    assert!(of(&inside).ends_with(":shop::store::Store::load"), "{}", of(&inside));
}

#[test]
fn dotnet() {
    let text = "Unhandled exception. System.AggregateException: One or more errors occurred.
 ---> System.InvalidOperationException: empty
   at System.Linq.ThrowHelper.ThrowNoElementsException()
   at Shop.Store.<LoadAsync>d__3.MoveNext() in /src/Store.cs:line 12
   at Shop.Program.<>c.<Main>b__0_0() in /src/Program.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Program.Main() in /src/Program.cs:line 5";
    let fingerprint = "crash.dotnet:InvalidOperationException:Store.LoadAsync < Program.Main";
    same(text, &[("line 12", "line 7"), ("d__3", "d__11"), ("/src/", "C:\\a b\\"), ("b__0_0", "b__4_1")], fingerprint);
    apart(text, &[("<LoadAsync>", "<SaveAsync>"), ("InvalidOperationException", "FormatException")]);
}

#[test]
fn ruby_and_php() {
    let ruby = "/usr/lib/ruby/3.2.0/json.rb:3:in `parse': no (NoMethodError)
\tfrom /app/lib/store.rb:12:in `block (2 levels) in load'
\tfrom /app/lib/store.rb:11:in `each'
\tfrom /app/bin/run.rb:3:in `<main>'";
    let fingerprint = "crash.ruby:NoMethodError:store.load < store.each";
    let other_quotes = [(":12:", ":99:"), ("/app/", "/srv/"), ("`block (2 levels) in load'", "'block in Store#load'")];
    same(ruby, &other_quotes, fingerprint);
    apart(ruby, &[("NoMethodError", "ArgumentError"), ("in load", "in save")]);
    let php = "PHP Fatal error:  Uncaught TypeError: no in /app/vendor/acme/lib.php:3
Stack trace:
#0 /app/src/Store.php(12): Acme\\Lib->read('x')
#1 /app/src/Cart.php(9): App\\Store->load(Array)
#2 /app/public/index.php(3): App\\Cart::open()
#3 {main}
  thrown in /app/vendor/acme/lib.php on line 3";
    assert!(of(php).ends_with(":Store::load < Cart::open"), "{}", of(php));
    apart(php, &[("Store->load", "Store->save")]);
}

/// The same crash as each debugger and crash reporter prints it.
const NATIVE: [&str; 7] = [
    "Program terminated with signal SIGSEGV, Segmentation fault.
#0  0x00007ffff7e2 in memcpy () from /lib/x86_64-linux-gnu/libc.so.6
#1  0x0000555555 in ns::(anonymous namespace)::Buffer<int>::copy (this=0x0, n=3) at /src/a b/buffer.cc:12
#2  0x0000555556 in run_all (argc=1) at main.cc:3",
    "==1==ERROR: AddressSanitizer: SEGV on unknown address, Segmentation fault
    #0 0x7f12 in memcpy (/lib/x86_64-linux-gnu/libc.so.6+0x1234) (BuildId: 12ab)
    #1 0x55d1 in ns::(anonymous namespace)::Buffer<int>::copy(std::vector<int> const&, int) const /src/buffer.cc:12:3
    #2 0x55d2 in run_all(int) /src/main.cc:3:1

0x0 is located 0 bytes
    #0 0x55d1 in other /src/other.cc:1:1",
    "Segmentation fault
* thread #1, stop reason = EXC_BAD_ACCESS (code=1, address=0x0)
  * frame #0: 0x00007fff20 libsystem_platform.dylib`_platform_memmove + 12
    frame #1: 0x0000000100 app`ns::(anonymous namespace)::Buffer<int>::copy(this=0x0, n=3) at buffer.cc:12:5
    frame #2: 0x0000000101 app`run_all(argc=1) at main.cc:3:5",
    "Segmentation fault
Crash reason:  SIGSEGV /SEGV_MAPERR
Thread 3 (crashed)
 0  libc.so.6!memcpy + 0x12
 1  app!ns::(anonymous namespace)::Buffer<int>::copy(int) [buffer.cc : 12 + 0x5]
 2  app!run_all(int) [main.cc : 3 + 0x5]

Thread 0
 0  libc.so.6!poll + 0x1",
    "Segmentation fault
Thread 0:
0   libsystem_kernel.dylib        \t0x00007fff6c3 __select + 10

Thread 1 Crashed:: worker
0   libsystem_platform.dylib      \t0x00007fff6c3 _platform_memmove + 10
1   app                           \t0x0000000100 ns::(anonymous namespace)::Buffer<int>::copy(int) + 32 (buffer.cc:12)
2   app                           \t0x0000000101 run_all(int) + 8",
    "Segmentation fault, SIGSEGV
backtrace:
    #00 pc 000000000001d0 /apex/com.android.runtime/lib64/bionic/libc.so (memcpy+164) (BuildId: 12)
    #01 pc 0000000000a1b2 /data/app/x/lib/arm64/libapp.so (ns::(anonymous namespace)::Buffer<int>::copy(int)+12)
    #02 pc 0000000000a1b3 /data/app/x/lib/arm64/libapp.so (run_all(int)+8)",
    "Segmentation fault, SIGSEGV
/lib/x86_64-linux-gnu/libc.so.6(+0x42520) [0x7f12]
./app(ns::Buffer::copy+0x12) [0x55d1]
./app(run_all+0x8) [0x55d2]",
];

#[test]
fn compiled_programs_in_every_debuggers_words() {
    for text in NATIVE {
        assert_eq!(of(text), "crash.native:run:Segmentation fault:ns::Buffer::copy < run_all", "{text}");
        apart(text, &[("::copy", "::move"), ("run_all", "run_one")]);
    }
}

/// A program without symbols that ended itself.
const STRIPPED: &str = "Crash reason:  SIGABRT
Thread 0 (crashed)
    #0 0x1 in __pthread_kill (/usr/lib/system/libsystem_kernel.dylib+0x1)
    #1 0x1 in abort (/usr/lib/system/libsystem_c.dylib+0x1)
    #2 0x1 in fail_loudly.cold.1 (/System/Library/Frameworks/Sound.framework/Sound+0x1)
    #3 0x1 in play (/System/Library/Frameworks/Sound.framework/Sound+0x1)
    #4 0x1 in ??
    #5 0x1 in ??
    #6 0x1 in std::__1::function<void ()>::operator()() const
    #7 0x1 in ??
    #8 0x1 in _dispatch_client_callout (/usr/lib/system/libdispatch.dylib+0x1)
    #9 0x1 in start (/usr/lib/dyld+0x1)";

#[test]
fn a_program_without_symbols_is_known_by_what_is_around_it() {
    same(
        STRIPPED,
        &[
            ("0x1", "0x7fff0123"),
            (".cold.1", ""),
            ("in __pthread_kill ", ""),
            ("in abort ", ""),
            ("    #0 0x1 in", "    #0 0x1 in ??\n    #1 0x1 in"),
            ("in play ", "in stop "),
            ("    #5 0x1 in ??\n", ""),
            ("    #5 0x1 in ??\n", "    #5 0x1 in ??\n    #5 0x1 in ??\n"),
            ("    #6 0x1 in std::__1::function<void ()>::operator()() const\n", ""),
            ("in _dispatch_client_callout ", ""),
            ("System/Library/Frameworks/Sound.framework/", "System/Library/Frameworks/Sound.framework/Versions/C/"),
        ],
        "crash.native:run:SIGABRT:fail_loudly < libdispatch",
    );
    apart(
        STRIPPED,
        &[
            ("SIGABRT", "EXC_CRASH"),
            ("fail_loudly", "fail_silently"),
            ("libdispatch", "libsystem_pthread"),
            ("    #4 0x1 in ??", "    #4 0x1 in app::mix(int)"),
        ],
    );
}

#[test]
fn what_a_signal_handler_does_comes_after_the_fact() {
    let text = "Segmentation fault
#0  0x1 in raise () from /lib/libc.so.6
#1  0x1 in app::report () at report.cc:3
#2  <signal handler called>
#3  0x1 in app::work () at work.cc:9
#4  0x1 in app::loop () at loop.cc:1";
    assert_eq!(of(text), "crash.native:run:Segmentation fault:app::work < app::loop");
}

#[test]
fn a_line_that_was_cut_is_no_frame() {
    let frame = "    #7 0x1 (/usr/lib/libx.so.1+0x1)\n";
    let inside = "/very/long/folder".repeat(40);
    let head = format!("SIGSEGV\n{}", frame.repeat(150));
    for bytes in 0..50 {
        let text = format!("{}{head}    #9 0x1 in deep_down (/usr/lib/{inside}/liby.so+0x1)\n", "x".repeat(bytes * 64));
        assert!(!of(&text).contains("deep_down "), "{}", of(&text));
        assert!(of(&text).ends_with("SIGSEGV") || of(&text).ends_with("SIGSEGV:deep_down"), "{}", of(&text));
    }
}

#[test]
fn names_lose_what_a_compiler_put_there() {
    let names = [
        ("void std_x::sort<int, std::less<int> >(int*, int*)", "std_x::sort"),
        ("a::b::{lambda(int)#1}::operator()(int) const", "a::b"),
        ("a::operator<<(std::ostream&, a::T const&)", "a::operator<<"),
        ("a::T::operator()(int)", "a::T"),
        ("a::T::operator bool() const", "a::T::operator bool"),
        ("operator_like::name(int)", "operator_like::name"),
        ("<alloc_x::Box<F> as core::ops::Fn<A>>::call", "alloc_x::Box::call"),
        ("a::b::h0123456789abcdef", "a::b"),
        ("a::b::{{closure}}", "a::b"),
        ("a::B<T>::c.isra.0", "a::B::c"),
        ("a::b(int) [clone .constprop.3]", "a::b"),
        ("closure #1 in A.b(_:) -> Int", "A.b"),
        ("static A.b(c:) throws -> Int", "A.b"),
        ("__42-[Foo bar:baz:]_block_invoke_2", "-[Foo bar:baz:]"),
        ("__do_it_block_invoke", "do_it"),
        ("`anonymous namespace'::f", "f"),
        ("?A0xc3a0617d::f", "f"),
    ];
    for (name, short) in names {
        let text = format!("SIGSEGV\n    #0 0x1 in {name} (/opt/app/app+0x1)");
        assert_eq!(of(&text), format!("crash.native:run:SIGSEGV:{short}"), "{name}");
    }
}

#[test]
fn very_long_names_keep_their_end_and_leave_room() {
    let long = format!("{}::tail", "a_very_long_namespace::".repeat(20));
    let text = format!("SIGSEGV\n    #0 0x1 in {long} (/opt/app/app+0x1)\n    #1 0x1 in {long}x (/opt/app/app+0x1)");
    let found = of(&text);
    assert!(found.len() <= 200 && found.contains("::tail < ") && found.ends_with("::tailx"), "{found}");
}

#[test]
fn a_title_says_where() {
    let call = r#"{"command":"run"}"#;
    let words = crate::support::Words { kind: "tool-result", tool: "Bash", call, text: PYTHON, ..Default::default() };
    let (findings, found) = crate::support::diagnose(SHIPPED, words);
    assert_eq!(findings.names[found.title as usize], "Python ended with `KeyError` in `store.load`");
}
