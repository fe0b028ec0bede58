//! What was left undone on the agent's own list of things to do.

use crate::event::Piece;
use crate::intake::json::Scanner;
use crate::learning::acts::Told;
use std::collections::BTreeMap;

/// The items of the list that were not done when the session ended, in their order.
pub fn left_open(told: &Told) -> Vec<String> {
    let written = told.acts().rev().find(|act| act.tool == "TodoWrite" && !act.failed());
    if let Some(todos) = written.and_then(|act| act.field("todos")) {
        return todo_items(&todos)
            .into_iter()
            .filter(|(_, status)| status != "completed")
            .map(|(what, _)| what)
            .collect();
    }
    let mut tasks: BTreeMap<u64, (String, String)> = BTreeMap::new();
    for act in told.acts().filter(|act| !act.failed()) {
        match act.tool.as_str() {
            "TaskCreate" => {
                if let (Some(number), Some(subject)) = (task_number(&act.answer), act.field("subject")) {
                    tasks.insert(number, (subject, "pending".to_owned()));
                }
            }
            "TaskUpdate" => {
                let number = act.field("taskId").and_then(|id| id.parse().ok());
                let task = number.and_then(|number: u64| tasks.get_mut(&number));
                if let (Some(task), Some(status)) = (task, act.field("status")) {
                    task.1 = status;
                }
            }
            _ => {}
        }
    }
    let is_open = |status: &str| !matches!(status, "completed" | "deleted" | "cancelled");
    tasks.into_values().filter(|(_, status)| is_open(status)).map(|(subject, _)| subject).collect()
}

/// `Task #3 created successfully: ...`
fn task_number(answer: &str) -> Option<u64> {
    let digits: String = answer.split_once("Task #")?.1.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The items of a list, each with its status.
fn todo_items(json: &str) -> Vec<(String, String)> {
    let mut items = Vec::new();
    let _ = Scanner::new(json.as_bytes()).array(|scanner| {
        let (mut content, mut status) = (String::new(), String::new());
        scanner.object_or_skip(|scanner, key| {
            let piece = match key {
                b"content" | b"status" => scanner.piece()?,
                _ => {
                    scanner.skip()?;
                    None
                }
            };
            let text = piece.map(Piece::decode).unwrap_or_default();
            match key {
                b"content" => content = text.into_owned(),
                b"status" => status = text.into_owned(),
                _ => {}
            }
            Ok(())
        })?;
        items.push((content, status));
        Ok(())
    });
    items.retain(|(content, _)| !content.is_empty());
    items
}
