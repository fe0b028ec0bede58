use super::{
    super::mask,
    super::shapes::{HEX, SHAPES, Shape},
    CAPITALS, MIXED, drawn,
};

fn invented(shape: &Shape, seed: u64) -> (String, String) {
    let length = shape.min.max(24).min(shape.max);
    let letters = match shape {
        _ if HEX.contains(&shape.prefix) => super::HEX,
        _ if shape.kind == "aws-access-key-id" => CAPITALS,
        _ => MIXED,
    };
    let body = drawn(letters, length, seed);
    (shape.prefix.to_owned() + &body, body)
}

fn surroundings(token: &str) -> Vec<String> {
    vec![
        token.to_owned(),
        format!("see {token}, and go on."),
        format!("KEY='{token}'"),
        format!("\"env\": \"X={token}\\nY=1\""),
        format!("{{\\\"key\\\": \\\"{token}\\\"}}"),
        format!("line\\n{token}\\nline"),
        format!("\u{1b}[32m{token}\u{1b}[0m"),
        format!("\\u001b[1;32m{token}\\u001b[0m"),
        format!("https://x.dev/?a%3D{token}"),
        format!("größe:{token}→"),
        format!("({token})"),
    ]
}

#[test]
fn every_shape_is_masked_wherever_it_stands() {
    for (index, shape) in SHAPES.iter().enumerate() {
        for seed in 0..8 {
            let (token, body) = invented(shape, index as u64 * 100 + seed);
            for text in surroundings(&token) {
                let masked = mask(&text);
                assert!(!masked.contains(&body[4..]), "{} stays in {masked}", shape.kind);
                assert!(masked.contains("[masked: "), "{text} became {masked}");
                if !text.contains("%3D") {
                    assert!(masked.contains(shape.kind), "{text} became {masked}");
                }
            }
        }
    }
}

#[test]
fn what_stands_around_a_token_stays() {
    for (index, shape) in SHAPES.iter().enumerate() {
        let (token, _) = invented(shape, index as u64);
        let masked = mask(&format!("see {token}, and go on.")).into_owned();
        assert_eq!(masked, format!("see [masked: {}], and go on.", shape.kind));
    }
}

#[test]
fn a_token_within_a_word_or_with_the_wrong_length_stays() {
    for shape in SHAPES.iter().filter(|shape| shape.max == shape.min) {
        let (token, _) = invented(shape, 5);
        let (short, long, inside) = (&token[..token.len() - 1], format!("{token}7"), format!("x9{token}"));
        for text in [short, &long, &inside] {
            assert!(!mask(text).contains(shape.kind), "{text}");
        }
    }
}

#[test]
fn placeholders_of_a_shape_stay() {
    for shape in SHAPES {
        for body in
            ["x".repeat(40), "your-key-goes-here-your-key-goes-here".into(), "...".into(), "1234567890".repeat(4)]
        {
            let text = format!("{}{body}", shape.prefix);
            assert_eq!(mask(&text), text);
        }
    }
}
