//! Tables for people: plain columns under a thin rule, as wide as the terminal allows.
//!
//! Where a table is too wide, text columns are cut with an ellipsis, by priority; quantities and times never are. Where
//! that is not enough, each row is shown as lines of its own. Text for a file or a pipe is never cut.

use super::escape;
use super::fit::{Keep, fit, width};
use super::format::Look;
use super::glyphs::Glyphs;
use super::style::{Line, Meaning, Span};
use super::value::{Align, Cell, Column};
use super::zone::{Zone, offset_name};
use std::borrow::Cow;

/// Columns between two columns.
const GAP: usize = 2;
/// What a column of text keeps while others can still give way, and what it keeps in any case. Guesses.
const FLOORS: [usize; 2] = [12, 5];
/// Columns to which a value is padded where nothing is cut: one long text must not stretch every row. A guess.
const PADDED: usize = 120;

/// The widths and alignments of a table.
pub(super) struct Layout {
    slots: Vec<Slot>,
    shape: Shape,
    glyphs: Glyphs,
    zone: Zone,
    limit: Option<usize>,
}

struct Slot {
    title: String,
    meaning: Meaning,
    right: bool,
    width: usize,
    shrink: u8,
    /// The offset from UTC that the title names.
    known: Option<i32>,
}

/// How a row is laid out.
enum Shape {
    /// As one line under the header.
    Across,
    /// As one line for each column; says whether a row went before.
    Down { begun: bool },
}

impl Layout {
    /// Decides the layout from the first rows.
    pub(super) fn plan(columns: &[Column], sample: &[Vec<Cell>], look: &Look) -> Layout {
        let mut slots: Vec<Slot> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let cells = sample.iter().map(|row| row.get(place).unwrap_or(&Cell::Null));
                slot(column, cells, look.zone)
            })
            .collect();
        let mut shape = Shape::Across;
        if let Some(limit) = look.width {
            shrink(&mut slots, limit);
            if total(&slots) > limit && slots.len() > 1 {
                shape = Shape::Down { begun: false };
            }
        } else {
            for slot in &mut slots {
                slot.width = slot.width.min(PADDED);
            }
        }
        Layout { slots, shape, glyphs: look.glyphs, zone: look.zone, limit: look.width }
    }

    /// The lines above the rows; none where there is nothing to say.
    pub(super) fn header(&self) -> Vec<Line> {
        if matches!(self.shape, Shape::Down { .. }) || self.slots.iter().all(|slot| slot.title.is_empty()) {
            return Vec::new();
        }
        let titles = self.slots.iter().map(|slot| {
            let title = if self.limit.is_some() {
                fit(&slot.title, slot.width, Keep::Start, self.glyphs)
            } else {
                Cow::Borrowed(slot.title.as_str())
            };
            (slot, title, Meaning::Heading)
        });
        let rule: Vec<String> = self.slots.iter().map(|slot| self.glyphs.rule().repeat(slot.width)).collect();
        vec![across(titles), vec![Span::new(rule.join(&" ".repeat(GAP)), Meaning::Dim)]]
    }

    /// The lines of a row.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Vec<Line> {
        let cells = cells.iter().chain(std::iter::repeat(&Cell::Null));
        match &mut self.shape {
            Shape::Across => {
                let (zone, glyphs, limit) = (self.zone, self.glyphs, self.limit);
                vec![across(self.slots.iter().zip(cells).map(|(slot, cell)| {
                    let shown = cell.shown(zone, slot.known);
                    let shown = if limit.is_some() && cell.is_text() && width(&shown) > slot.width {
                        Cow::Owned(fit(&shown, slot.width, keep(slot), glyphs).into_owned())
                    } else {
                        shown
                    };
                    (slot, shown, meaning(slot, cell))
                }))]
            }
            Shape::Down { begun } => {
                let mut lines = Vec::with_capacity(self.slots.len() + 1);
                if std::mem::replace(begun, true) {
                    lines.push(Vec::new());
                }
                let names = self.slots.iter().map(|slot| width(&slot.title)).max().unwrap_or(0);
                let room = self.limit.map_or(usize::MAX, |limit| limit.saturating_sub(names + GAP).max(FLOORS[1]));
                for (slot, cell) in self.slots.iter().zip(cells) {
                    let shown = cell.shown(self.zone, slot.known);
                    let room = if cell.is_text() { room } else { usize::MAX };
                    let shown = fit(shown.trim_end(), room, keep(slot), self.glyphs).into_owned();
                    let gap = if shown.is_empty() { 0 } else { names - width(&slot.title) + GAP };
                    lines.push(vec![
                        Span::new(slot.title.clone(), Meaning::Heading),
                        Span::plain(" ".repeat(gap)),
                        Span::new(shown, meaning(slot, cell)),
                    ]);
                }
                lines
            }
        }
    }
}

fn slot<'a>(column: &Column, cells: impl Iterator<Item = &'a Cell> + Clone, zone: Zone) -> Slot {
    let known_cells = || cells.clone().filter(|cell| **cell != Cell::Null);
    let mut offsets = cells.clone().filter_map(|cell| if let Cell::Time(time) = cell { Some(*time) } else { None });
    let mut title = escape::line(&column.title).into_owned();
    let mut known = None;
    if let Some(first) = offsets.next().map(|time| zone.offset(time)) {
        // A heading names an offset only if it is that of every time below it.
        if offsets.all(|time| zone.offset(time) == first) {
            known = Some(first);
            title = format!("{title} ({})", offset_name(first));
        }
    }
    let right = match column.align {
        Align::Left => false,
        Align::Right => true,
        Align::Auto => known_cells().next().is_some() && known_cells().all(Cell::is_quantity),
    };
    let text = known_cells().all(Cell::is_text);
    Slot {
        meaning: column.meaning,
        right,
        width: cells.map(|cell| width(&cell.shown(zone, known))).chain([width(&title)]).max().unwrap_or(0),
        shrink: column.shrink.unwrap_or(u8::from(text)),
        title,
        known,
    }
}

fn total(slots: &[Slot]) -> usize {
    slots.iter().map(|slot| slot.width).sum::<usize>() + GAP * slots.len().saturating_sub(1)
}

/// Takes columns from the widest slot of the highest priority first, until the table fits or nothing is left to take.
fn shrink(slots: &mut [Slot], limit: usize) {
    for slot in slots.iter_mut().filter(|slot| slot.shrink > 0) {
        slot.width = slot.width.min(limit.max(FLOORS[1]));
    }
    let mut priorities: Vec<u8> = slots.iter().map(|slot| slot.shrink).filter(|priority| *priority > 0).collect();
    priorities.sort_unstable_by(|a, b| b.cmp(a));
    priorities.dedup();
    for floor in FLOORS {
        for priority in &priorities {
            while total(slots) > limit {
                let widest = slots.iter_mut().filter(|slot| slot.shrink == *priority && slot.width > floor);
                let Some(slot) = widest.max_by_key(|slot| slot.width) else { break };
                slot.width -= 1;
            }
        }
    }
}

fn keep(slot: &Slot) -> Keep {
    if slot.meaning == Meaning::Path { Keep::End } else { Keep::Start }
}

fn meaning(slot: &Slot, cell: &Cell) -> Meaning {
    match cell {
        Cell::Label(_, meaning) => *meaning,
        Cell::Null => Meaning::Dim,
        _ => slot.meaning,
    }
}

/// One line of values side by side, without spaces at its end.
fn across<'a>(values: impl Iterator<Item = (&'a Slot, Cow<'a, str>, Meaning)>) -> Line {
    let mut line = Line::new();
    let mut owed = 0;
    for (place, (slot, text, meaning)) in values.enumerate() {
        let text = text.trim_end();
        let pad = slot.width.saturating_sub(width(text));
        owed += if place > 0 { GAP } else { 0 } + if slot.right { pad } else { 0 };
        if !text.is_empty() {
            if owed > 0 {
                line.push(Span::plain(" ".repeat(owed)));
            }
            line.push(Span::new(text.to_owned(), meaning));
            owed = 0;
        }
        owed += if slot.right { 0 } else { pad };
    }
    line
}

#[cfg(test)]
mod tests;
