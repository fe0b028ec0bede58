//! `logwright templates`.

use super::context::Context;
use super::failure::{DONE, Failure, PASSED_OVER};
use crate::disk::open_regular;
use crate::layout::Tier;
use crate::learning::template::{Miner, Template};
use crate::store::open_plain;
use crate::terminal::{Cell, Column, Format, Meaning, Table, line, wording};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};

/// List what lines of plain logs have in common
///
/// A log of a million lines was written by a few hundred statements of a program. This
/// finds them, with `<*>` for what varies, and how often each was written. Without
/// arguments it reads the plain logs in the house.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Log files; `-` reads standard input
    #[arg(value_name = "LOGS")]
    logs: Vec<OsString>,
    /// List at most so many; 0 for all
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
    /// The rarest first
    #[arg(long)]
    rare: bool,
}

/// Bytes of a line that are looked at.
const LINE: u64 = 64 * 1024;

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let mut miner = Miner::default();
    let mut lines = 0_u64;
    let mut code = DONE;
    if arguments.logs.is_empty() {
        for file in context.reader()?.files()? {
            if file.form != "log" || !file.tier.is_kept() {
                continue;
            }
            let is_archived = file.tier == Tier::Archive;
            let read = open_plain(&context.house, &file).and_then(|log| add(&mut miner, log, &mut lines));
            if let Err(error) = read {
                let place = if is_archived { "archived log" } else { "log" };
                context.terminal.warn(&format!("the {place} {} cannot be read: {error}", file.path));
                code = PASSED_OVER;
            }
        }
    }
    for name in &arguments.logs {
        let read = match name.to_str() {
            Some("-") => add(&mut miner, Box::new(io::stdin()), &mut lines),
            _ => open_regular(name.as_ref()).and_then(|file| add(&mut miner, Box::new(file), &mut lines)),
        };
        if let Err(error) = read {
            context.terminal.warn(&line(&format!("passed over {}: {error}", name.to_string_lossy())));
            code = PASSED_OVER;
        }
    }
    if lines == 0 && arguments.logs.is_empty() {
        context.terminal.note("the house holds no plain logs");
        context.terminal.hint("`logwright templates FILE` reads a file");
        if context.terminal.format() == Format::Table {
            return Ok(code);
        }
    }
    let found = miner.finish();
    let mut templates = found.templates;
    templates.sort_by_key(|template| if arguments.rare { template.lines } else { u64::MAX - template.lines });
    let limit = match arguments.limit {
        _ if context.terminal.format() != Format::Table => usize::MAX,
        0 => usize::MAX,
        limit => limit,
    };
    let more = templates.len().saturating_sub(limit);
    templates.truncate(limit);
    context.terminal.table(&table(&templates, lines))?;
    context.terminal.flush()?;
    if more > 0 {
        let all = wording::integer((templates.len() + more) as i64);
        context.terminal.note(&format!("{} of {all} templates; `-n 0` lists all", templates.len()));
    }
    if found.crowded_out > 0 {
        let crowded = wording::count(found.crowded_out, "line was", "lines were");
        context.terminal.warn(&format!("{crowded} too different from all others to be told apart"));
    }
    Ok(code)
}

fn add(miner: &mut Miner, log: Box<dyn Read + '_>, lines: &mut u64) -> io::Result<()> {
    let mut log = BufReader::new(log);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if log.by_ref().take(LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&bytes);
        let is_cut = !bytes.ends_with(b"\n") && bytes.len() as u64 == LINE;
        if !text.trim().is_empty() {
            miner.add(text.trim_end());
            *lines += 1;
        }
        if is_cut {
            skip_line(&mut log)?;
        }
    }
}

/// Passes by the rest of a line that is too long.
fn skip_line(log: &mut impl BufRead) -> io::Result<()> {
    loop {
        let piece = log.fill_buf()?;
        let end = memchr::memchr(b'\n', piece);
        let used = end.map_or(piece.len(), |end| end + 1);
        let is_over = end.is_some() || piece.is_empty();
        log.consume(used);
        if is_over {
            return Ok(());
        }
    }
}

fn table(templates: &[Template], lines: u64) -> Table {
    let mut table = Table::new([
        Column::new("lines", "Lines"),
        Column::new("share", "Share"),
        Column::new("template", "Template"),
        Column::new("id", "").meaning(Meaning::Dim),
    ]);
    for template in templates {
        table.push([
            Cell::from(template.lines),
            Cell::Percent(template.lines as f64 / lines.max(1) as f64),
            Cell::from(template.text.as_str()),
            Cell::from(format!("{:016x}", template.id)),
        ]);
    }
    table
}
