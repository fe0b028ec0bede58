use super::{ByHand, Fault, State, put, remove, state};
use proptest::prelude::*;

const BLOCK: &str = "## Logwright\n\n- Read a file before you edit it.\n";

fn with(text: &str, block: &str) -> String {
    put(text, block, ByHand::Keep).unwrap()
}

fn without(text: &str) -> String {
    remove(text, ByHand::Keep).unwrap()
}

fn there() -> String {
    with("", BLOCK)
}

#[test]
fn an_empty_file_becomes_the_block_alone() {
    let file = there();
    let lines: Vec<&str> = file.split('\n').collect();
    let hash = lines[0].strip_prefix("<!-- logwright:begin ").unwrap().strip_suffix(" -->").unwrap();
    assert!(hash.len() == 12 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "{hash}");
    let rest = ["## Logwright", "", "- Read a file before you edit it.", "<!-- logwright:end -->", ""];
    assert_eq!(lines[1..], rest);
    assert_eq!(without(&file), "");
    assert_eq!(state(&file), Ok(State::Untouched(1)));
}

#[test]
fn the_end_of_the_text_is_found_again() {
    let block = there();
    let bare = block.trim_end();
    let crlf = block.replace('\n', "\r\n");
    for (text, file) in [
        ("# A\n", format!("# A\n\n{block}")),
        ("# A", format!("# A\n\n{bare}")),
        ("# A\n\n", format!("# A\n\n\n{block}")),
        ("\n", format!("\n\n{block}")),
        ("# A\r\n", format!("# A\r\n\r\n{crlf}")),
        ("# A\r\nb", format!("# A\r\nb\r\n\r\n{}", crlf.trim_end())),
        ("# A\r\nb\n", format!("# A\r\nb\n\r\n{crlf}")),
        ("a\r", format!("a\r\n\n{bare}")),
        ("\u{feff}", format!("\u{feff}\n\n{bare}")),
    ] {
        assert_eq!(with(text, BLOCK), file, "{text:?}");
        assert_eq!(without(&file), text);
    }
}

#[test]
fn a_new_block_takes_the_place_of_the_old() {
    let file = format!("# A\n\n{}\nmore\n", there());
    let other = with(&file, "new\n");
    assert!(
        other.starts_with("# A\n\n<!-- logwright:begin ") && other.ends_with("\nnew\n<!-- logwright:end -->\n\nmore\n")
    );
    assert_eq!(with(&file, BLOCK), file);
    assert_eq!(without(&other), "# A\n\nmore\n");
    assert_eq!(without(&with(&file, "")), "# A\n\nmore\n");
}

#[test]
fn a_block_that_was_moved_is_taken_out_without_a_trace() {
    let block = there();
    for (file, rest) in [
        (format!("{block}# A\n"), "# A\n"),
        (format!("{block}\n# A\n"), "\n# A\n"),
        (format!("# A\n{block}b\n"), "# A\nb\n"),
        (format!("\n{block}"), "\n"),
        (format!("# A\n{}", block.trim_end()), "# A"),
        (block.trim_end().to_owned(), ""),
        (format!("# A\n\n  {}", block.replace("end -->", "end -->  ")), "# A\n"),
    ] {
        assert_eq!(without(&file), rest, "{file:?}");
    }
}

#[test]
fn a_change_by_hand_is_noticed_and_kept_unless_told_otherwise() {
    let file = format!("# A\n\n{}", there());
    for changed in [
        file.replace("Read a file", "Read the file"),
        file.replace("edit it.\n", "edit it.\n\nMine.\n"),
        file.replace("## Logwright\n\n", "## Logwright\n"),
        file.replace("## Log", " ## Log"),
        file.replace("begin ", "begin 0"),
        file.replace(file[file.find("begin ").unwrap() + 5..].split_once(" -->").unwrap().0, ""),
    ] {
        assert_ne!(changed, file);
        assert_eq!(put(&changed, "new", ByHand::Keep), Err(Fault::ByHand(3)));
        assert_eq!(remove(&changed, ByHand::Keep), Err(Fault::ByHand(3)));
        assert_eq!(state(&changed), Ok(State::ByHand(3)));
        assert_eq!(put(&changed, BLOCK, ByHand::Discard).unwrap(), file);
        assert_eq!(remove(&changed, ByHand::Discard).unwrap(), "# A\n");
    }
    assert_eq!(Fault::ByHand(3).to_string(), "the block that begins in line 3 was changed by hand");
}

#[test]
fn other_line_ends_are_no_change_by_hand() {
    let file = with("# A\n", BLOCK);
    let crlf = file.replace('\n', "\r\n");
    assert_eq!(state(&crlf), Ok(State::Untouched(3)));
    assert_eq!(with(&crlf, BLOCK), crlf);
    assert_eq!(without(&crlf), "# A\r\n");
    assert_eq!(with(&crlf, "a\nb"), with("# A\r\n", "a\r\nb\r\n"));
}

#[test]
fn broken_markers_are_refused_with_their_line() {
    let (begin, end) = ("<!-- logwright:begin 0123456789ab -->", "<!-- logwright:end -->");
    for (text, fault) in [
        (format!("a\n{begin}\nb\n"), Fault::NoEnd(2)),
        (format!("a\n{end}\nb\n"), Fault::NoBegin(2)),
        (format!("{end}\n{begin}\n"), Fault::NoBegin(1)),
        (format!("{begin}\n{end}\n{end}\n"), Fault::NoBegin(3)),
        (format!("{begin}\n{begin}\n{end}\n"), Fault::Second(2)),
        (format!("{begin}\n{end}\n\n{begin}\n{end}\n"), Fault::Second(4)),
        (format!("{}{begin}\n", there()), Fault::Second(6)),
        (format!("{begin}\n```\n{end} x\n"), Fault::NoEnd(1)),
    ] {
        for by_hand in [ByHand::Keep, ByHand::Discard] {
            assert_eq!(put(&text, BLOCK, by_hand).as_ref(), Err(&fault), "{text:?}");
            assert_eq!(remove(&text, by_hand).as_ref(), Err(&fault), "{text:?}");
        }
        assert_eq!(state(&text), Err(fault));
    }
}

#[test]
fn markers_in_code_or_within_a_line_are_not_ours() {
    let file = there();
    let indented: String = file.lines().map(|line| format!("    {line}\n")).collect();
    for text in [
        format!("```\n{file}```\n"),
        format!("```md\n{file}``\n~~~\n```  \n"),
        format!("  ~~~~ `x`\n{file}~~~\n~~~~~\n"),
        indented,
        "see <!-- logwright:end --> and <!-- logwright:begin x -->\n".to_owned(),
        "<!-- logwright:begin --> <!-- logwright:end -->\n".to_owned(),
        "<!-- logwright:beginning -->\n<!-- logwright:ending -->\n".to_owned(),
    ] {
        assert_eq!(state(&text), Ok(State::Absent), "{text}");
        assert_eq!(without(&text), text);
        let both = with(&text, BLOCK);
        assert_eq!(both, format!("{text}\n{file}"));
        assert_eq!(without(&both), text);
    }
}

#[test]
fn what_only_looks_like_a_fence_hides_no_block() {
    for text in ["``` a ` b\n", "``\n", "    ```\n", "a ```\n", "```\n```\n"] {
        assert_eq!(state(&with(text, BLOCK)).map(|found| found != State::Absent), Ok(true), "{text}");
    }
}

#[test]
fn code_that_does_not_end_is_refused() {
    for text in ["a\n```\nb\n", "a\n~~~\n```\n", "x\n````\n```\n", "x\n``` \n``` y"] {
        assert_eq!(put(text, BLOCK, ByHand::Keep), Err(Fault::OpenFence(2)), "{text}");
        assert_eq!(without(text), text);
    }
    assert_eq!(put("", "a\n\n```sh\nls\n", ByHand::Keep), Err(Fault::OpenFenceInBlock(3)));
    let coded = "a\n```sh\nls\n```";
    assert_eq!(state(&with("b\n", coded)), Ok(State::Untouched(3)));
}

#[test]
fn a_block_cannot_break_out_of_its_markers() {
    for line in
        ["<!-- logwright:end -->", "  <!-- logwright:end --> ", "x <!-- logwright:end -->", "\r<!-- logwright:begin"]
    {
        assert_eq!(put("", &format!("a\n{line}\nb"), ByHand::Discard), Err(Fault::MarkerInBlock(2)), "{line}");
    }
}

/// Lines of which texts are made that are easily got wrong.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        "",
        "a",
        " ",
        "\u{feff}",
        "\r",
        "```",
        "~~~~",
        "```md",
        "    ```",
        "# é",
        "- x",
        "<!-- logwright:end -->",
        "<!-- logwright:begin 0 -->",
        "    <!-- logwright:end -->",
        "<!-- x -->",
    ]);
    let line_end = prop::sample::select(vec!["\n", "\n", "\r\n"]);
    let lines = prop::collection::vec((line, line_end), 0..8);
    (lines, any::<bool>()).prop_map(|(lines, is_ended)| {
        let mut text: String = lines.iter().flat_map(|(line, line_end)| [*line, *line_end]).collect();
        if !is_ended && text.ends_with('\n') {
            text.pop();
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn taking_the_block_out_gives_back_what_was_there(text in prop_oneof![text(), any::<String>()], block in text(), other in any::<String>()) {
        let (Ok(State::Absent), Ok(file)) = (state(&text), put(&text, &block, ByHand::Keep)) else { return Ok(()) };
        prop_assert!(matches!(state(&file), Ok(State::Untouched(_))));
        prop_assert_eq!(without(&file), text.as_str());
        prop_assert_eq!(with(&file, &block), file.as_str());
        if let Ok(second) = put(&file, &other, ByHand::Keep) {
            prop_assert_eq!(with(&text, &other), second.as_str());
            prop_assert_eq!(without(&second), text);
        }
    }

    #[test]
    fn a_changed_letter_in_the_block_is_noticed(at in 0_usize..40, letter in "[a-z]") {
        let block = "0123456789\n0123456789\n0123456789\n0123456";
        let file = with("text\n", block);
        let start = file.find(block).unwrap();
        let mut changed = file.clone();
        changed.insert_str(start + at.min(block.len()), &letter);
        prop_assert_eq!(state(&changed), Ok(State::ByHand(3)));
    }

    #[test]
    fn no_text_makes_it_panic(text in text(), any_text in any::<String>(), block in text()) {
        for text in [&text, &any_text] {
            let _ = (put(text, &block, ByHand::Discard), remove(text, ByHand::Discard), state(text));
        }
    }
}
