//! Masks secrets and personal paths in text before it leaves the house: protocols that are published, digests of
//! sessions, advice shown to agents.
//!
//! **A net, not a proof.** What comes out has fewer secrets than what went in; that it has none, nobody can say. Who
//! publishes still reads what is published.
//!
//! What is masked, as `[masked: kind]`, of which nothing is kept but the kind:
//! - tokens with a shape of their own ([`shapes`] is the table), also when their end is cut off, as long as some
//!   twenty characters are left; JSON web tokens; private key blocks, also without their end;
//! - what stands where a secret stands: after `Authorization:` or `Cookie:`, in `https://user:here@host`, behind
//!   `curl -u`, in webhook addresses, and in assignments to a name that says so (`DB_PASSWORD=`, `"apiKey": "…"`,
//!   `--token …`, a pair of `name:` and `value:`), with quotes as JSON escapes them;
//! - e-mail addresses, except `noreply`, `git@` and those of `example.*`.
//!
//! What is not masked, and why:
//! - random characters without a name beside them: hashes, UUIDs, checksums of lock files look the same, and are what a
//!   reader needs. A password in a sentence ("it is hunter2") is a word like others;
//! - placeholders: `$TOKEN`, `${{ secrets.X }}`, `<your-key>`, `xxxx`, `process.env.X`, `***`, `password: string`; of
//!   names that often stand in code (`token`, `key`), also values that read like words;
//! - quoted values with spaces, which are messages far more often than pass phrases (`passphrase` and `mnemonic` are
//!   taken at their word), and words without a digit or a sign (`password: "letmein"`), unless the
//!   form is that of a shell (`PASSWORD=letmein`, `--password letmein`);
//! - what is encoded (base64, gzip, percent signs, `\u0041`), and what is cut in two by a line break or colours, except
//!   key blocks and JSON web tokens, of which line breaks are known;
//! - names of persons, hosts and addresses of the net, telephone numbers.
//!
//! Text may be plain, or lines of JSON as they lie in a log. Time grows with the length of the text, whatever stands
//! in it, and masking twice changes nothing more.

mod address;
mod anchors;
mod blocks;
mod edges;
mod homes;
mod mask;
mod names;
mod runs;
mod scan;
pub mod shapes;
mod values;

#[cfg(test)]
mod tests;

pub use homes::shorten_homes;
pub use mask::mask;
pub use scan::{Found, find};
