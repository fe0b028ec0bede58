//! The literal texts at which a closer look is worth its time, found in one pass.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{names, shapes};

/// What a literal text may be the sign of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A token of [`shapes::SHAPES`].
    Shape(usize),
    /// A word of [`names::WORDS`].
    Name(names::Says),
    /// A key block.
    Block,
    /// A JSON web token.
    WebToken,
    /// `Authorization`.
    Authorization,
    /// `Bearer ` wherever it stands.
    Bearer,
    /// `Cookie`.
    Cookie,
    /// `://`.
    Address,
    /// `@`.
    At,
    /// An address that is itself the secret, up to where that begins.
    Webhook,
    /// The signature of an address.
    Signature,
    /// `:AA`, behind the number of a Telegram bot.
    Telegram,
    /// The first characters of a Discord bot's number.
    Discord,
    /// The middle of a client secret of Azure.
    AzureSecret,
    /// The middle of a key of Azure.
    AzureKey,
    /// A program of [`PROGRAMS`].
    Program(usize),
    /// An option of [`OPTIONS`].
    Option(usize),
}

/// Programs that take a secret by an option whose name does not say so.
pub const PROGRAMS: &[&str] =
    &["curl", "sshpass", "mysql", "redis-cli", "docker login", "podman login", "registry login"];

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `user:password`.
    Pair,
    /// A password, after a blank.
    Apart,
    /// A password, at once.
    Joined,
}

/// Options, by program.
pub const OPTIONS: &[(&str, usize, Takes)] = &[
    (" -u", 0, Takes::Pair),
    (" --user", 0, Takes::Pair),
    (" -U", 0, Takes::Pair),
    (" --proxy-user", 0, Takes::Pair),
    (" -p", 1, Takes::Apart),
    (" -p", 1, Takes::Joined),
    (" -p", 2, Takes::Joined),
    (" -a", 3, Takes::Apart),
    (" -p", 4, Takes::Apart),
    (" -p", 5, Takes::Apart),
    (" -p", 6, Takes::Apart),
];

const WEBHOOKS: &[&str] = &[
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/",
    "outlook.office.com/webhook/",
    "hooks.zapier.com/hooks/catch/",
];

/// All literal texts, and what each is a sign of.
pub struct Anchors {
    machine: Option<AhoCorasick>,
    signs: Vec<Sign>,
}

/// Returns the anchors, which are put together once.
pub fn anchors() -> &'static Anchors {
    static ANCHORS: OnceLock<Anchors> = OnceLock::new();
    ANCHORS.get_or_init(Anchors::new)
}

impl Anchors {
    fn new() -> Anchors {
        let mut all: Vec<(String, Sign)> = Vec::new();
        all.extend(shapes::SHAPES.iter().enumerate().map(|(i, shape)| (shape.prefix.to_owned(), Sign::Shape(i))));
        for (parts, says) in names::WORDS {
            all.extend(spellings(parts).into_iter().map(|word| (word, Sign::Name(*says))));
        }
        let fixed = [
            ("-----BEGIN ", Sign::Block),
            ("---- BEGIN SSH2 ", Sign::Block),
            ("PuTTY-User-Key-File-", Sign::Block),
            ("eyJ", Sign::WebToken),
            ("Authorization", Sign::Authorization),
            ("authorization", Sign::Authorization),
            ("AUTHORIZATION", Sign::Authorization),
            ("Bearer ", Sign::Bearer),
            ("bearer ", Sign::Bearer),
            ("Cookie", Sign::Cookie),
            ("cookie", Sign::Cookie),
            ("://", Sign::Address),
            ("@", Sign::At),
            ("sig=", Sign::Signature),
            ("Signature=", Sign::Signature),
            (":AA", Sign::Telegram),
            ("Q~", Sign::AzureSecret),
            ("JQQJ9", Sign::AzureKey),
        ];
        all.extend(fixed.map(|(text, sign)| (text.to_owned(), sign)));
        all.extend(WEBHOOKS.iter().map(|text| ((*text).to_owned(), Sign::Webhook)));
        all.extend(discord().map(|text| (text, Sign::Discord)));
        all.extend(PROGRAMS.iter().enumerate().map(|(i, text)| ((*text).to_owned(), Sign::Program(i))));
        all.extend(OPTIONS.iter().enumerate().map(|(i, (text, ..))| ((*text).to_owned(), Sign::Option(i))));
        let machine = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(all.iter().map(|(text, _)| text))
            .ok();
        // The literals are fixed, and few: a machine for them can always be built, which a test holds.
        Anchors { machine, signs: all.into_iter().map(|(_, sign)| sign).collect() }
    }

    /// Returns every place at which a literal stands, by its end.
    pub fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (std::ops::Range<usize>, Sign)> + 't {
        let found = self.machine.iter().flat_map(move |machine| machine.find_overlapping_iter(text));
        found.filter_map(|hit| self.signs.get(hit.pattern().as_usize()).map(|sign| (hit.range(), *sign)))
    }
}

/// Writes a name as `api_key`, `api-key`, `apikey`, `API_KEY`, `apiKey`, `ApiKey`, …
fn spellings(parts: &[&str]) -> Vec<String> {
    let capital = |part: &&str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    let mut all = Vec::new();
    for joint in ["", "_", "-", " "] {
        all.push(parts.join(joint));
        all.push(parts.join(joint).to_ascii_uppercase());
        all.push(parts.iter().map(capital).collect::<Vec<_>>().join(joint));
    }
    let rest: String = parts.iter().skip(1).map(capital).collect();
    all.extend(parts.first().map(|first| (*first).to_owned() + &rest));
    all.extend(parts.first().map(|first| first.to_ascii_uppercase() + &rest));
    all.sort();
    all.dedup();
    all
}

/// A bot's token begins with its number in base64: three digits are four characters, of which these are the first three.
fn discord() -> impl Iterator<Item = String> {
    let heads = ["MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"];
    heads.into_iter().flat_map(|head| "AEIMQUYcgk".chars().map(move |third| format!("{head}{third}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_built_and_knows_each_literal() {
        let places: Vec<_> = anchors().places("see apiKey=").collect();
        assert!(places.iter().any(|(range, sign)| *range == (4..10) && *sign == Sign::Name(names::Says::Secret)));
    }
}
