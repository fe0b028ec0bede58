use super::*;
use std::collections::BTreeSet;

const NAMES: [&str; 16] =
    ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jim", "kay", "lee", "mia", "ned", "ola", "pam"];

fn mined(lines: &[String]) -> Templates {
    let mut miner = Miner::default();
    for line in lines {
        miner.add(line);
    }
    miner.finish()
}

/// The texts of the templates, sorted.
fn texts(lines: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = mined(lines).templates.into_iter().map(|template| template.text).collect();
    texts.sort();
    texts
}

/// The line with each of so many names in it.
fn with_names(line: &str, names: usize) -> Vec<String> {
    NAMES.iter().take(names).map(|name| line.replace('@', name)).collect()
}

#[test]
fn lines_that_differ_in_numbers_have_one_template() {
    let found = mined(&["up".into(), "took 5 ms on 10.0.0.7".into(), "took  17 ms on 10.0.0.9".into()]);
    let template = found.templates.get(1).unwrap();
    assert_eq!((template.text.as_str(), template.lines, template.first), ("took <*> on <*>", 2, 1));
}

#[test]
fn a_shape_leads_to_the_template_of_its_line() {
    let mut miner = Miner::default();
    let shapes = ["a 1", "b 1", "a 2"].map(|line| miner.add(line));
    let found = miner.finish();
    assert_eq!(shapes.map(|shape| found.of(shape)), [Some(0), Some(1), Some(0)]);
}

#[test]
fn five_words_in_one_place_are_a_value_and_four_are_not() {
    assert_eq!(texts(&with_names("mail for @ was sent", 5)), ["mail for <*> was sent"]);
    assert_eq!(texts(&with_names("mail for @ was sent", 4)).len(), 4);
}

#[test]
fn a_word_where_other_lines_have_a_number_is_a_value() {
    assert_eq!(texts(&["mail for 17 was sent".into(), "mail for ada was sent".into()]), ["mail for <*> was sent"]);
}

#[test]
fn the_first_word_and_names_of_states_need_more() {
    assert_eq!(texts(&with_names("@ has come in", 14)).len(), 14);
    assert_eq!(texts(&with_names("@ has come in", 15)), ["<*> has come in"]);
    let shout =
        |names| with_names("job went to @ state", names).iter().map(|line| line.to_uppercase()).collect::<Vec<_>>();
    assert_eq!(texts(&shout(14)).len(), 14);
    assert_eq!(texts(&shout(15)), ["JOB WENT TO <*> STATE"]);
}

#[test]
fn lines_of_one_word_stay_apart_however_many_they_are() {
    assert_eq!(texts(&with_names("@", 16)).len(), 16);
}

#[test]
fn more_than_half_of_the_words_are_never_given_up() {
    let pairs = NAMES.iter().zip(NAMES.iter().rev());
    let lines: Vec<String> = pairs.map(|(left, right)| format!("({left} is {right})")).collect();
    assert_eq!(texts(&lines).len(), 16);
}

#[test]
fn values_that_never_meet_twice_are_found_together() {
    let pairs = NAMES.iter().zip(NAMES.iter().rev());
    let lines: Vec<String> = pairs.map(|(from, to)| format!("mail of {from} was sent to {to} today")).collect();
    assert_eq!(texts(&lines), ["mail of <*> was sent to <*> today"]);
}

#[test]
fn a_word_that_is_frequent_among_values_comes_late_and_is_one_too() {
    let pairs = NAMES.iter().zip(NAMES.iter().rev()).take(12);
    let mut lines: Vec<String> = pairs.map(|(from, to)| format!("mail of {from} was sent to {to} today")).collect();
    lines.extend(["mail of root was sent to zoe today".into(), "mail of root was sent to xen today".into()]);
    assert_eq!(texts(&lines), ["mail of <*> was sent to <*> today"]);
}

#[test]
fn the_same_three_names_in_two_places_are_values() {
    let mut lines = with_names("session opened for @", 3);
    assert_eq!(texts(&lines).len(), 3);
    lines.extend(with_names("wrong password of @ at the door", 4));
    assert_eq!(texts(&lines), ["session opened for <*>", "wrong password of <*> at the door"]);
}

#[test]
fn two_names_in_two_places_are_not_enough() {
    let mut lines = with_names("overlap is @", 2);
    lines.extend(with_names("peek was @ before", 2));
    assert_eq!(texts(&lines).len(), 4);
}

#[test]
fn values_that_come_to_stand_next_to_each_other_are_one() {
    assert_eq!(texts(&with_names("mail for @ 5 was sent", 5)), ["mail for <*> was sent"]);
}

#[test]
fn other_marks_and_gaps_make_other_templates() {
    assert_eq!(texts(&["speaker on:true".into(), "speaker on: true".into(), "speaker on=true".into()]).len(), 3);
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let mut lines = with_names("session opened for @", 3);
    lines.extend(with_names("wrong password of @ at the door", 4));
    lines.extend(with_names("mail for @ was sent to 17", 7));
    lines.extend(NAMES.iter().zip(NAMES.iter().rev()).map(|(from, to)| format!("moved {from} from home to {to}")));
    let groups = |lines: &[String]| -> BTreeSet<(u64, String, u64)> {
        mined(lines).templates.into_iter().map(|template| (template.id, template.text, template.lines)).collect()
    };
    let expected = groups(&lines);
    assert_eq!(expected.len(), 4);
    for step in [7, 11, 13] {
        let mixed: Vec<String> =
            (0..lines.len()).filter_map(|at| lines.get(at * step % lines.len())).cloned().collect();
        assert_eq!(mixed.iter().collect::<BTreeSet<_>>().len(), lines.len());
        assert_eq!(groups(&mixed), expected);
    }
}

#[test]
fn when_there_is_no_room_outlines_that_became_equal_make_some() {
    let mut miner = Miner::new(Settings { outlines: 64, words: 128, ..Settings::default() });
    let first = miner.add("user ada has come in");
    let letter = |digit: usize| char::from(b'a' + (digit % 26) as u8);
    for at in 0..5_000 {
        let name: String = [letter(at), letter(at / 26), letter(at / 676), 'x'].iter().collect();
        miner.add(&format!("user {name} has come in"));
    }
    let last = miner.add("user zoe has come in");
    let found = miner.finish();
    let texts: Vec<&str> = found.templates.iter().map(|template| template.text.as_str()).collect();
    assert_eq!((texts, found.crowded_out), (vec!["user <*> has come in"], 0));
    assert_eq!(
        (found.of(first), found.of(last), found.templates.first().map(|it| it.lines)),
        (Some(0), Some(0), Some(5_002))
    );
}

#[test]
fn lines_for_which_no_room_can_be_made_are_counted() {
    let mut miner = Miner::new(Settings { outlines: 8, ..Settings::default() });
    let shapes: Vec<Shape> = NAMES.iter().map(|name| miner.add(name)).collect();
    let again = miner.add("ada");
    let found = miner.finish();
    assert_eq!((found.templates.len(), found.crowded_out), (9, 8));
    assert_eq!(found.templates.last().map(|last| (last.text.as_str(), last.lines)), Some(("<*>", 8)));
    assert_eq!((shapes.first().and_then(|it| found.of(*it)), found.of(again)), (Some(0), Some(0)));
    assert_eq!(shapes.last().and_then(|it| found.of(*it)), Some(8));
}

#[test]
fn words_for_which_there_is_no_room_are_values() {
    let mut miner = Miner::new(Settings { words: 4, ..Settings::default() });
    for line in ["one two three", "four five six", "one two three"] {
        miner.add(line);
    }
    let found = miner.finish();
    let texts: Vec<&str> = found.templates.iter().map(|template| template.text.as_str()).collect();
    assert_eq!(texts, ["one two three", "four <*>"]);
}

#[test]
fn a_miner_without_any_room_still_counts() {
    let mut miner = Miner::new(Settings { many: 0, words: 8, outlines: 0, tokens: 0 });
    let shape = miner.add("a b c");
    miner.add("d");
    let found = miner.finish();
    assert_eq!((found.of(shape), found.templates.first().map(|it| it.lines), found.crowded_out), (Some(0), Some(2), 2));
}

#[test]
fn no_lines_have_no_templates_and_empty_lines_an_empty_one() {
    assert_eq!(mined(&[]), Templates::default());
    assert_eq!(texts(&["".into(), "  ".into()]), [""]);
}

#[test]
fn noise_is_mined_without_a_panic_and_every_line_has_a_template() {
    let pieces = [
        "a", "B", "9", " ", "=", "\"", "\\", "{", "}", "(", ")", ":", "..", "/", "<", ">", "é", "用", "\0", "\u{1b}[",
        "[1-", "Jun", "ff", "'",
    ];
    let (mut miner, mut shapes, mut state) =
        (Miner::new(Settings { outlines: 500, words: 300, ..Settings::default() }), Vec::new(), 1_u64);
    for _ in 0..3_000 {
        let mut line = String::new();
        for _ in 0..state % 40 {
            // Knuth's MMIX generator: any sequence will do, as long as it is always the same.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            line.push_str(pieces.get((state >> 33) as usize % pieces.len()).copied().unwrap_or(""));
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        shapes.push(miner.add(&line));
    }
    let found = miner.finish();
    assert_eq!(found.templates.iter().map(|template| template.lines).sum::<u64>(), 3_000);
    assert!(
        found.templates.len() > 100
            && shapes.iter().all(|shape| found.of(*shape).is_some_and(|at| at < found.templates.len()))
    );
}
