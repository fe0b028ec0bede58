//! Read-only SQL for the user.

use super::{Reader, StoreError};
use rusqlite::ffi::ErrorCode;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryColumn {
    /// Its name, made unique within the answer.
    pub name: String,
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

/// Runs one statement. `columns` gets the columns, then `row` each row; when it returns
/// false, the rest is not asked for.
pub fn query(
    reader: &mut Reader,
    sql: &str,
    columns: impl FnOnce(&[QueryColumn]),
    mut row: impl FnMut(Vec<QueryValue>) -> bool,
) -> Result<(), StoreError> {
    reader.connection.authorizer(Some(allow))?;
    let mut statement = reader.connection.prepare(sql)?;
    let mut names: Vec<QueryColumn> = Vec::new();
    for name in statement.column_names() {
        let taken = |name: &str, names: &[QueryColumn]| names.iter().any(|column| column.name == name);
        let mut unique = name.to_owned();
        let mut number = 2;
        while taken(&unique, &names) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        names.push(QueryColumn { name: unique });
    }
    columns(&names);
    let mut rows = statement.query([])?;
    while let Some(found) = rows.next()? {
        let values = (0..names.len()).map(|at| Ok(value(found.get_ref(at)?))).collect::<rusqlite::Result<_>>()?;
        if !row(values) {
            break;
        }
    }
    Ok(())
}

/// Whether an error is the statement's fault, not the store's.
pub fn is_users_fault(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { .. } | rusqlite::Error::MultipleStatement)
        || matches!(error.sqlite_error_code(), Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly))
        || matches!(error.sqlite_error(), Some(fault) if fault.extended_code == 1)
}

/// Reading and functions, and nothing that reaches beyond this database.
fn allow(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        AuthAction::Pragma { pragma_name, .. } if matches!(pragma_name, "table_info" | "table_xinfo" | "table_list") => {
            Authorization::Allow
        }
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
