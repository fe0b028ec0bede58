//! Events in the forms that clients write, and what is read of them.

use super::{Unreadable, read};

fn text(event: &str) -> String {
    read(event.as_bytes()).unwrap().text
}

#[test]
fn a_list_of_exceptions_may_stand_below_values_bare_or_alone() {
    let one =
        r#"{"type":"KeyError","value":"x","stacktrace":{"frames":[{"filename":"a.py","function":"f","lineno":3}]}}"#;
    let printed = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nKeyError: x\n";
    for list in [format!(r#"{{"values":[{one}]}}"#), format!("[{one}]"), one.to_owned()] {
        assert_eq!(text(&format!(r#"{{"platform":"python","exception":{list}}}"#)), printed);
    }
}

#[test]
fn each_platform_prints_its_own_order() {
    let frames = r#"[{"function":"outer","module":"a.B","filename":"B.x","lineno":1},{"function":"inner","module":"a.C","filename":"C.x","lineno":2}]"#;
    let of = |platform: &str| {
        let exception = format!(r#"[{{"type":"E","value":"m","stacktrace":{{"frames":{frames}}}}}]"#);
        text(&format!(r#"{{"platform":"{platform}","exception":{exception}}}"#))
    };
    let is_outer_first = |platform: &str| of(platform).find("outer") < of(platform).find("inner");
    assert!(is_outer_first("python"));
    for platform in ["javascript", "node", "java", "go", "csharp", "ruby", "php", "rust", "native", "cocoa", "other"] {
        assert!(!is_outer_first(platform), "{platform}: {}", of(platform));
    }
    assert_eq!(of("java"), "Exception in thread \"main\" E: m\n\tat a.C.inner(C.x:2)\n\tat a.B.outer(B.x:1)\n");
    assert_eq!(
        of("go"),
        "panic: E: m\n\ngoroutine 1 [running]:\na.C.inner(...)\n\tC.x:2 +0x0\na.B.outer(...)\n\tB.x:1 +0x0\n"
    );
}

#[test]
fn what_caused_an_exception_stands_where_the_platform_puts_it() {
    let of = |platform: &str| {
        let list = r#"[{"type":"Cause","value":"c"},{"type":"Seen","value":"s"}]"#;
        text(&format!(r#"{{"platform":"{platform}","exception":{{"values":{list}}}}}"#))
    };
    assert_eq!(of("java"), "Exception in thread \"main\" Seen: s\nCaused by: Cause: c\n");
    assert!(of("csharp").starts_with("Unhandled exception. Seen: s\n ---> Cause: c\n"));
    assert!(
        of("python").starts_with("Cause: c\n\nDuring handling of the above exception, another exception occurred:\n")
    );
}

#[test]
fn a_crash_without_a_stack_takes_that_of_the_thread_that_crashed() {
    let event = r#"{"platform":"native","exception":{"values":[{"type":"SIGSEGV","value":"v"}]},"threads":{"values":[
        {"id":1,"current":true,"stacktrace":{"frames":[{"function":"idle"}]}},
        {"id":2,"crashed":true,"stacktrace":{"frames":[{"function":"work","package":"/usr/lib/libx.so"},{}]}}]}}"#;
    let printed =
        "Crash reason: SIGSEGV\nv\nThread 0 (crashed)\n    #0 0x0\n    #1 0x0 in work (/usr/lib/libx.so+0x0)\n";
    assert_eq!(text(event), printed);
}

#[test]
fn a_name_that_was_taken_out_is_printed_as_none() {
    let event = r#"{"platform":"native","exception":[{"type":"E","stacktrace":{"frames":[{"function":"stripped_application_code","package":"stripped_application_code"}]}}]}"#;
    assert!(text(event).ends_with("    #0 0x0 in <redacted>\n"));
}

#[test]
fn a_message_may_be_a_text_or_an_interface() {
    for message in [
        r#""logentry":{"message":"%s","formatted":"gone"}"#,
        r#""logentry":{"message":"gone"}"#,
        r#""message":"gone""#,
        r#""message":{"message":"gone"}"#,
        r#""logentry":"gone""#,
        r#""logentry":null,"message":"gone""#,
    ] {
        assert_eq!(text(&format!(r#"{{"platform":"go",{message}}}"#)), "gone", "{message}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    assert_eq!(read(b"MDMP\x93\xa7").unwrap_err(), Unreadable::NotJson);
    assert_eq!(read(b"[[{}]]").unwrap_err(), Unreadable::NotAnEvent);
    assert_eq!(read(br#"{"name":"x"}"#).unwrap_err(), Unreadable::NotAnEvent);
    assert_eq!(read(br#"{"platform":"go"}"#).unwrap_err(), Unreadable::SaysNothing);
    assert_eq!(Unreadable::NotJson.to_string(), "it is no JSON");
}

#[test]
fn fields_of_an_unexpected_form_count_as_missing() {
    let odd = ["null", "7", "\"x\"", "[]", "[null]", "{}", "{\"values\":null}", "{\"values\":[null,7]}"];
    for value in odd {
        for field in ["exception", "threads", "stacktrace", "logentry"] {
            let _ = read(format!(r#"{{"platform":{value},"{field}":{value},"message":"m"}}"#).as_bytes());
        }
        for field in ["type", "module", "value", "stacktrace"] {
            let _ = read(format!(r#"{{"platform":"java","exception":[{{"{field}":{value}}}]}}"#).as_bytes());
        }
        let frames = format!(r#"{{"frames":[{value},{{"function":{value},"lineno":{value},"package":{value}}}]}}"#);
        for platform in ["python", "php", "ruby", "native", "rust", "x"] {
            let event = format!(r#"{{"platform":"{platform}","exception":[{{"type":"E","stacktrace":{frames}}}]}}"#);
            assert!(!text(&event).is_empty());
        }
    }
}
