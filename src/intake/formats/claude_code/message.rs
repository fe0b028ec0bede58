//! The message inside a record: content blocks and usage.

use super::record::string_or_skip;
use crate::event::{Piece, Text, Tokens};
use crate::intake::json::{Malformed, Scanner};

/// No response has more tokens; a greater count is a lie, and counts as none.
const MAX_TOKENS: u64 = 1_000_000_000;

/// The spans of a message.
#[derive(Debug, Default)]
pub struct Message<'a> {
    pub id: Option<&'a [u8]>,
    pub model: Option<&'a [u8]>,
    pub role: Option<&'a [u8]>,
    pub usage: Option<Tokens>,
    pub content: Content<'a>,
}

/// What a message says.
#[derive(Debug, Default)]
pub enum Content<'a> {
    /// Nothing, or nothing of a known shape.
    #[default]
    None,
    /// One string.
    Text(Piece<'a>),
    /// Blocks.
    Blocks(Vec<Block<'a>>),
}

/// One block of content.
#[derive(Debug, Default)]
pub struct Block<'a> {
    pub kind: &'a [u8],
    pub id: Option<&'a [u8]>,
    pub name: Option<&'a [u8]>,
    pub text: Text<'a>,
    pub is_error: bool,
    /// Bytes of the block in the log.
    pub size: u64,
}

/// Reads a message; a value that is no object has neither content nor usage.
pub fn scan_message<'a>(scanner: &mut Scanner<'a>) -> Result<Message<'a>, Malformed> {
    let mut message = Message::default();
    if scanner.peek() == Some(b'"') {
        message.content = Content::Text(Piece::Escaped(scanner.string()?));
        return Ok(message);
    }
    scanner.object_or_skip(|scanner, key| {
        match key {
            b"id" => message.id = string_or_skip(scanner)?,
            b"model" => message.model = string_or_skip(scanner)?,
            b"role" => message.role = string_or_skip(scanner)?,
            b"usage" => message.usage = scan_usage(scanner)?,
            b"content" => message.content = scan_content(scanner)?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(message)
}

fn scan_usage(scanner: &mut Scanner<'_>) -> Result<Option<Tokens>, Malformed> {
    if scanner.peek() != Some(b'{') {
        scanner.skip()?;
        return Ok(None);
    }
    let mut tokens = Tokens::default();
    scanner.object(|scanner, key| {
        let place = match key {
            b"input_tokens" => &mut tokens.input,
            b"output_tokens" => &mut tokens.output,
            b"cache_creation_input_tokens" => &mut tokens.cache_creation,
            b"cache_read_input_tokens" => &mut tokens.cache_read,
            _ => return scanner.skip(),
        };
        *place = scanner.unsigned()?.filter(|count| *count <= MAX_TOKENS).unwrap_or_default();
        Ok(())
    })?;
    Ok(Some(tokens))
}

fn scan_content<'a>(scanner: &mut Scanner<'a>) -> Result<Content<'a>, Malformed> {
    match scanner.peek() {
        Some(b'"') => Ok(Content::Text(Piece::Escaped(scanner.string()?))),
        Some(b'[') => {
            let mut blocks = Vec::with_capacity(1);
            scanner.array(|scanner| {
                if scanner.peek() == Some(b'{') {
                    blocks.push(scan_block(scanner)?);
                    return Ok(());
                }
                // A bare string among the blocks is a text.
                if let Some(piece) = scanner.piece()? {
                    blocks.push(Block {
                        kind: b"text",
                        text: Text::One(piece),
                        size: piece.raw_len() as u64,
                        ..Block::default()
                    });
                }
                Ok(())
            })?;
            Ok(Content::Blocks(blocks))
        }
        _ => {
            scanner.skip()?;
            Ok(Content::None)
        }
    }
}

fn scan_block<'a>(scanner: &mut Scanner<'a>) -> Result<Block<'a>, Malformed> {
    let mut block = Block::default();
    let start = scanner.position();
    scanner.object(|scanner, key| {
        match key {
            b"type" => block.kind = string_or_skip(scanner)?.unwrap_or_default(),
            b"id" | b"tool_use_id" => block.id = string_or_skip(scanner)?.or(block.id),
            b"name" => block.name = string_or_skip(scanner)?,
            b"text" | b"thinking" => {
                if let Some(piece) = scanner.piece()? {
                    block.text.push(piece);
                }
            }
            b"input" => block.text.push(Piece::Plain(scanner.span()?)),
            b"content" => scan_result(scanner, &mut block.text)?,
            b"is_error" => block.is_error = scanner.truth()?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    block.size = (scanner.position() - start) as u64;
    Ok(block)
}

/// The content of a tool result: a string, or blocks of which the texts are taken.
fn scan_result<'a>(scanner: &mut Scanner<'a>, text: &mut Text<'a>) -> Result<(), Malformed> {
    match scanner.peek() {
        Some(b'"') => text.push(Piece::Escaped(scanner.string()?)),
        Some(b'[') => scanner.array(|scanner| {
            if scanner.peek() == Some(b'"') {
                text.push(Piece::Escaped(scanner.string()?));
                return Ok(());
            }
            scanner.object_or_skip(|scanner, key| {
                if key != b"text" {
                    return scanner.skip();
                }
                if let Some(piece) = scanner.piece()? {
                    text.push(piece);
                }
                Ok(())
            })
        })?,
        _ => text.push(Piece::Plain(scanner.span()?)),
    }
    Ok(())
}
