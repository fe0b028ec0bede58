//! Takes lines one by one, and keeps no more of them than their outlines.

use super::lexicon::Lexicon;
use super::token::{self, Kind, Token};
use super::{FastMap, SPACED, Settings, Shape, Template, Templates, VALUE, WORD, group};
use xxhash_rust::xxh3::xxh3_64;

/// What is left of lines when values are put aside, and how often it was seen.
#[derive(Clone, Default)]
pub struct Outline {
    /// Its tokens. While lines are taken, they are the key of its place instead.
    pub tokens: Box<[u32]>,
    /// How many words it had at first.
    pub words: u32,
    lines: u64,
    first: u64,
    shape: u32,
}

/// Takes lines, and finds their templates.
pub struct Miner {
    settings: Settings,
    lexicon: Lexicon,
    outlines: Vec<Outline>,
    places: FastMap<Box<[u32]>, u32>,
    /// Where the outline is of each shape that was ever given out.
    of_shape: Vec<u32>,
    tokens: usize,
    lines: u64,
    crowded_out: u64,
    /// Whether making room would not help.
    full: bool,
    // Reused from line to line.
    cut: Vec<Token>,
    line: Vec<u32>,
}

impl Default for Miner {
    fn default() -> Self {
        Miner::new(Settings::default())
    }
}

impl Miner {
    /// Makes a miner that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Miner {
            settings,
            lexicon: Lexicon::default(),
            outlines: Vec::new(),
            places: FastMap::default(),
            of_shape: Vec::new(),
            tokens: 0,
            lines: 0,
            crowded_out: 0,
            full: false,
            cut: Vec::new(),
            line: Vec::new(),
        }
    }

    /// Counts a line, and returns its shape, by which [`Templates::of`] finds its template.
    pub fn add(&mut self, line: &str) -> Shape {
        token::cut(line, &mut self.cut);
        let wordy = self.lexicon.len() + self.cut.len() > self.settings.words;
        if !self.full && (wordy || !self.has_room()) {
            self.make_room();
        }
        self.line.clear();
        for token in &self.cut {
            let number = match token.kind {
                Kind::Value => VALUE,
                Kind::Mark => self.lexicon.number(token.text(line), self.settings.words),
                Kind::Word => match self.lexicon.number(token.text(line), self.settings.words) {
                    VALUE => VALUE,
                    word => word | WORD,
                },
            };
            self.line.push(if token.spaced { number | SPACED } else { number });
        }
        let place = match self.places.get(self.line.as_slice()) {
            Some(place) => *place,
            None => self.place(),
        };
        self.lines += 1;
        self.outlines.get_mut(place as usize).map_or(Shape(u32::MAX), |outline| {
            outline.lines += 1;
            Shape(outline.shape)
        })
    }

    /// Returns the templates of all lines.
    pub fn finish(mut self) -> Templates {
        self.generalize();
        let mut found = Templates { crowded_out: self.crowded_out, ..Templates::default() };
        let mut places: FastMap<String, u32> = FastMap::default();
        let mut of_outline: Vec<u32> = Vec::with_capacity(self.outlines.len());
        for outline in &self.outlines {
            let text = self.lexicon.write(&outline.tokens);
            let place = *places.entry(text).or_insert_with_key(|text| {
                let (id, text) = (xxh3_64(text.as_bytes()), text.clone());
                found.templates.push(Template { id, text, lines: 0, first: outline.first });
                number(found.templates.len() - 1)
            });
            if let Some(template) = found.templates.get_mut(place as usize) {
                template.lines += outline.lines;
            }
            of_outline.push(place);
        }
        found.of_shape =
            self.of_shape.iter().map(|place| of_outline.get(*place as usize).copied().unwrap_or(0)).collect();
        found
    }

    /// Makes a place for the line at hand, or finds that of `<*>` if there is no room.
    fn place(&mut self) -> u32 {
        if !self.has_room() {
            self.crowded_out += 1;
            self.line.clear();
            self.line.push(VALUE);
            if let Some(place) = self.places.get(self.line.as_slice()) {
                return *place;
            }
        }
        let (place, shape) = (number(self.outlines.len()), number(self.of_shape.len()));
        let words = number(self.line.iter().filter(|token| **token & WORD != 0).count());
        self.tokens += self.line.len();
        self.places.insert(self.line.as_slice().into(), place);
        self.of_shape.push(place);
        self.outlines.push(Outline { tokens: Box::default(), words, lines: 0, first: self.lines, shape });
        place
    }

    /// Whether there is room for the outline of the line at hand.
    fn has_room(&self) -> bool {
        let tokens = self.tokens + self.cut.len();
        self.outlines.len() < self.settings.outlines && tokens <= self.settings.tokens
    }

    /// Generalizes what is there, and keeps one of all outlines that became equal.
    fn make_room(&mut self) {
        self.generalize();
        let mut moved: Vec<u32> = Vec::with_capacity(self.outlines.len());
        let mut kept: Vec<Outline> = Vec::new();
        for outline in std::mem::take(&mut self.outlines) {
            let place = *self.places.entry(outline.tokens.clone()).or_insert_with(|| number(kept.len()));
            moved.push(place);
            match kept.get_mut(place as usize) {
                Some(same) => {
                    same.lines += outline.lines;
                    same.first = same.first.min(outline.first);
                    same.words = same.words.max(outline.words);
                }
                None => kept.push(outline),
            }
        }
        for place in &mut self.of_shape {
            *place = moved.get(*place as usize).copied().unwrap_or(0);
        }
        self.lexicon.keep(kept.iter_mut().map(|outline| &mut *outline.tokens));
        self.places.clear();
        self.tokens = 0;
        for (place, outline) in (0..).zip(&mut kept) {
            self.tokens += outline.tokens.len();
            self.places.insert(std::mem::take(&mut outline.tokens), place);
        }
        self.outlines = kept;
        let half = |used: usize, most: usize| used > most / 2;
        self.full = half(self.outlines.len(), self.settings.outlines)
            || half(self.tokens, self.settings.tokens)
            || half(self.lexicon.len(), self.settings.words);
    }

    /// Gives the outlines their tokens back, and turns words into values.
    fn generalize(&mut self) {
        for (tokens, place) in self.places.drain() {
            if let Some(outline) = self.outlines.get_mut(place as usize) {
                outline.tokens = tokens;
            }
        }
        group::generalize(&mut self.outlines, &self.lexicon.states(), &self.settings);
    }
}

/// A count as a number; nothing that is counted here comes near the end of them.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
