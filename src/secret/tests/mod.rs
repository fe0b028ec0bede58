//! What is masked, what stays, and what holds of every text.

mod homes;
mod hostile;
mod negatives;
mod positives;
mod shapes;

/// Invents characters that look drawn at random, so that no token stands in this repository.
fn drawn(letters: &str, length: usize, seed: u64) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) as usize % letters.len()]
    };
    (0..length).map(|_| next()).collect()
}

const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

fn mixed(length: usize) -> String {
    drawn(MIXED, length, length as u64 + 7)
}

fn hex(length: usize) -> String {
    drawn(HEX, length, length as u64 + 3)
}
