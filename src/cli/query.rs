//! `logwright query`.

use super::context::Context;
use super::failure::{DONE, Failure};
use crate::store::{Answer, QueryValue, StoreError, is_forbidden, is_users_fault, query};
use crate::terminal::{Cell, Column, RowWriter};
use std::io::Read;

/// The way out of a statement that cannot be run.
const TABLES: &str = "SELECT from files, sessions, events, usage, findings, incidents, error_groups, protocols, firings, \
     plugins, receipts, drift or quarantine; `logwright query --help` says more";

/// Ask the house in SQL
///
/// The public tables are files, sessions, events, usage, findings, incidents,
/// error_groups, protocols, firings, plugins, receipts, drift and quarantine; `logwright query "SELECT * FROM events LIMIT 1"`
/// shows the columns of one.
///
///   logwright query "SELECT tool, count(*) AS events FROM events GROUP BY tool"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// One SELECT statement in SQLite's dialect; `-` reads it from standard input
    sql: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let mut sql = arguments.sql.clone();
    if sql == "-" {
        sql.clear();
        std::io::stdin().read_to_string(&mut sql)?;
    }
    let mut reader = context.reader()?;
    let mut is_empty = false;
    let mut terminal = Some(&mut context.terminal);
    let mut writer: Option<RowWriter<'_>> = None;
    let mut written: std::io::Result<()> = Ok(());
    let outcome = query(&mut reader, &sql, |answer| {
        written = match (answer, &mut writer, terminal.take()) {
            (Answer::Columns(names), ..) if names.is_empty() => {
                is_empty = true;
                return false;
            }
            (Answer::Columns(names), _, Some(terminal)) => {
                let columns = names.into_iter().map(|name| Column::new(name.clone(), name)).collect();
                terminal.rows(columns).map(|open| writer = Some(open))
            }
            (Answer::Row(row), Some(writer), _) => writer.row(&row.into_iter().map(cell).collect::<Vec<_>>()),
            _ => Ok(()),
        };
        written.is_ok()
    });
    if let Err(error) = outcome {
        return Err(match error {
            StoreError::Sqlite(fault) if is_forbidden(&fault) => {
                Failure::usage("a query can only read this house").hint(TABLES)
            }
            StoreError::Sqlite(fault) if is_users_fault(&fault) => Failure::usage(fault).hint(TABLES),
            other => other.into(),
        });
    }
    written?;
    if is_empty {
        return Err(Failure::usage("a query is one SELECT statement").hint(TABLES));
    }
    writer.map_or(Ok(0), RowWriter::finish)?;
    Ok(DONE)
}

fn cell(value: QueryValue) -> Cell {
    match value {
        QueryValue::Null => Cell::Null,
        QueryValue::Integer(number) => Cell::Integer(number),
        QueryValue::Real(number) => Cell::Real(number),
        QueryValue::Text(text) => Cell::Text(text),
    }
}
