use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    super::{find, mask, shorten_homes},
    mixed,
};

/// Pieces that begin, end and break what is looked for.
const PIECES: &[&str] = &[
    "sk-",
    "ghp_",
    "eyJ",
    ".",
    "..",
    "://",
    "@",
    ":",
    "token",
    "PASSWORD",
    "api_key",
    "=",
    "\"",
    "\\\"",
    "'",
    "\\",
    "\\n",
    "\n",
    " ",
    "Authorization: ",
    "Bearer ",
    "Cookie: ",
    "a=",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "AKIA",
    "curl",
    " -u",
    "sig=",
    ":AA",
    "MTk",
    "Q~",
    "JQQJ9",
    "password=",
    "--password ",
    "name",
    "value",
    "value: ",
    "größe",
    "🔑",
    "x.com",
    "hunter2!",
    "%3D",
    "\u{1b}[32m",
    "[masked: token]",
    "[masked: ",
    "]",
    ";",
    ",",
    "&",
    "(",
    ")",
    "<",
    ">",
    "login ",
    "/home/",
    "C:\\Users\\",
    "anna",
    "/",
    "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5",
    "deadbeefcafe0123",
    "hooks.slack.com/services/",
    "{",
    "}",
    "$",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![6 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,4}", 1 => "[A-Za-z0-9_-]{20,40}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn masking_twice_changes_nothing_more(text in texts()) {
        let once = mask(&text).into_owned();
        prop_assert_eq!(mask(&once), once.as_str());
        let short = shorten_homes(&once).into_owned();
        prop_assert_eq!(shorten_homes(&short), short.as_str());
    }

    #[test]
    fn what_is_found_is_in_order_apart_and_whole(text in texts()) {
        let mut last = 0;
        for found in find(&text) {
            prop_assert!(found.range.start >= last && found.range.start < found.range.end);
            prop_assert!(text.get(found.range.clone()).is_some());
            last = found.range.end;
        }
    }
}

const SHORT_BYTES: usize = 150_000;

#[test]
fn a_long_line_takes_no_more_than_its_length() {
    let long = mixed(40);
    let pair = format!("AK{}{}=whsec_{long}=", "IA", super::drawn(super::CAPITALS, 16, 4));
    let slashes = format!("-----BEGIN PRIVATE KEY-----{}", "\\".repeat(20_000));
    for unit in PIECES.iter().copied().chain([
        "token=",
        "token=\"",
        "\"token\":\"",
        "a@",
        "http://a:",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----AAAA",
        "eyJa.",
        "eyJaaaaaaaaaa\n",
        "curl -u ",
        "curl a:b -u",
        "Cookie: a=",
        "Authorization: Bearer ",
        "password password ",
        "token = {",
        "token)",
        "AKIA2345234523452345",
        "password: x = ",
        "value value ",
        "password\n",
        "\\\\\\\\\"",
        "/home/a",
        "C:\\Users\\",
        &long,
        "eyJaaaaaaaaaa.",
        &pair,
        &slashes,
        "token=\\",
        "AKIA2345234523452345=",
        "a@a.",
        "a=b; ",
        "mysql -p",
        "value:",
    ]) {
        for prefix in ["", "PASSWORD=\"", "-----BEGIN PRIVATE KEY-----\n"] {
            let [short, long] = [SHORT_BYTES, 4 * SHORT_BYTES].map(|bytes| {
                let text = prefix.to_owned() + &unit.repeat(bytes / unit.len());
                let start = Instant::now();
                let found = find(&text).count();
                shorten_homes(&text);
                assert!(found <= text.len());
                start.elapsed()
            });
            // Four times the bytes take some four times as long, sixteen times where it is quadratic. Half a second is
            // for what else the machine does.
            assert!(long < short * 9 + Duration::from_millis(500), "{prefix}{unit}: {short:?}, then {long:?}");
        }
    }
}

#[test]
fn a_text_that_changes_with_every_look_still_settles() {
    let text = "a@b.co@c.de@e.fr".repeat(2000) + &"password=\"a@b.co\"x9!".repeat(500);
    let once = mask(&text).into_owned();
    assert_eq!(mask(&once), once);
}
