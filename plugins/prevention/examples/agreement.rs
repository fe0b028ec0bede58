//! Prints how far the shipped rules agree with the reader of `tests/labelled`, in Markdown; with the word
//! `disagreements` each failure on which they do not, with the word `corrected` against the corrected labels.

#[path = "../tests/prevention/agreement.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod agreement;
#[path = "../tests/prevention/support.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support;

use agreement::By;

fn main() {
    let is_given = |word: &str| std::env::args().skip(1).any(|given| given == word);
    let by = if is_given("corrected") { By::Corrected } else { By::Reader };
    let judged = agreement::judge(prevention::SHIPPED);
    print!("{}", agreement::report(&judged, by));
    if is_given("disagreements") {
        print!("\n{}", agreement::disagreements(&judged, by));
    }
}
