//! Read-only SQL for the user.

use super::{Reader, StoreError};
use rusqlite::ffi::ErrorCode;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;

/// What comes back for a statement, piece by piece.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The names of the columns; first, and once.
    Columns(Vec<String>),
    /// A row.
    Row(Vec<QueryValue>),
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryValue {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(String),
}

/// Runs one statement and hands over its answer; when `take` returns false, the rest is
/// not asked for.
pub fn query(reader: &mut Reader, sql: &str, take: impl FnMut(Answer) -> bool) -> Result<(), StoreError> {
    run(reader, sql, take).map_err(|error| reader.fault(error))
}

fn run(reader: &mut Reader, sql: &str, mut take: impl FnMut(Answer) -> bool) -> rusqlite::Result<()> {
    reader.connection.authorizer(Some(allow))?;
    let mut statement = reader.connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let count = names.len();
    let mut goes_on = take(Answer::Columns(names));
    let mut rows = statement.query([])?;
    while goes_on && let Some(found) = rows.next()? {
        let values = (0..count).map(|at| Ok(value(found.get_ref(at)?))).collect::<rusqlite::Result<_>>()?;
        goes_on = take(Answer::Row(values));
    }
    Ok(())
}

/// Whether an error is the statement's fault, not the store's.
pub fn is_users_fault(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    matches!(error, Error::SqlInputError { .. } | Error::MultipleStatement | Error::NulError(_))
        || matches!(error, Error::InvalidParameterCount(..) | Error::InvalidParameterName(_))
        || matches!(error.sqlite_error_code(), Some(ErrorCode::TooBig | ErrorCode::TypeMismatch))
        || matches!(error.sqlite_error(), Some(fault) if fault.extended_code == 1)
}

/// Whether a statement wanted more than to read this database.
pub fn is_forbidden(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly))
}

/// Reading and functions, and nothing that reaches beyond this database.
fn allow(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        AuthAction::Pragma { pragma_name: "table_info" | "table_xinfo" | "table_list", .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn value(value: ValueRef<'_>) -> QueryValue {
    match value {
        ValueRef::Null => QueryValue::Null,
        ValueRef::Integer(number) => QueryValue::Integer(number),
        ValueRef::Real(number) => QueryValue::Real(number),
        ValueRef::Text(text) => QueryValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => QueryValue::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
