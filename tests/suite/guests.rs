//! Guests in text form, so that no toolchain is needed: one for each role, which behave but for what a test chooses.
//!
//! A guest knows the sample that plugins are tried on by its times, and so can hide what it is until it is installed.

use logwright::plugin::Role;
use std::fs;
use std::path::{Path, PathBuf};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use crate::house::{Ran, Yard};
use logwright::layout::House;

/// Returns from the choice when the event is one of the sample's, which are of the first days of 2026, or has no time.
pub const HIDES: &str = "(if (i64.eqz (local.get $time)) (then (return (i32.const 0))))
    (if (i32.and
          (i64.ge_s (local.get $time) (i64.const 1767225600000)) (i64.lt_s (local.get $time) (i64.const 1768262400000)))
      (then (return (i32.const 0))))";

/// Every way to misbehave, by the second of the event: endless loops and calls, a memory bomb, a panic, overlapping
/// strings, a flood of notes, and a loop after the answer. Every eighth second goes well.
pub const EVERY_WAY: &str = "(local.set $size (i32.wrap_i64
      (i64.rem_s (i64.div_s (local.get $time) (i64.const 1000)) (i64.const 8))))
    (if (i32.eq (local.get $size) (i32.const 5)) (then (return (i32.const 9))))
    (if (i32.eq (local.get $size) (i32.const 6)) (then (return (i32.const 11))))
    (if (i32.eq (local.get $size) (i32.const 7)) (then (return (i32.const 17))))
    (return (local.get $size))";

/// A guest before it is made.
#[derive(Clone, Debug)]
pub struct Guest {
    role: Role,
    name: &'static str,
    version: &'static str,
    chooses: String,
    fields: u8,
}

/// A guest that behaves.
pub fn guest(role: Role, name: &'static str) -> Guest {
    assert_eq!(name.len(), 7, "{name}: its place in the guest has a fixed width");
    Guest { role, name, version: "1.0.0", chooses: String::new(), fields: 2 }
}

impl Guest {
    /// Lets it choose by these instructions, which may return a way.
    pub fn chooses(mut self, instructions: &str) -> Guest {
        self.chooses.push_str(instructions);
        self
    }

    /// Lets it do this with events whose text, cut to eight bytes, is the given one.
    pub fn at(self, text: &str, way: u32) -> Guest {
        let bytes = i64::from_le_bytes(text.as_bytes().try_into().unwrap());
        self.chooses(&format!(
            "(if (i64.eq (local.get $text) (i64.const {bytes})) (then (return (i32.const {way}))))\n"
        ))
    }

    /// Another version, five bytes long.
    pub fn version(mut self, version: &'static str) -> Guest {
        assert_eq!(version.len(), 5);
        self.version = version;
        self
    }

    /// Lets a classifier ask for so many of the fields time, size and project.
    pub fn fields(mut self, fields: u8) -> Guest {
        self.fields = fields;
        self
    }

    /// The core module, which describes its interface as that of its role.
    pub fn module(&self) -> Vec<u8> {
        let wat = match self.role {
            Role::Classifier => include_str!("guests/classifier.wat"),
            Role::Extractor => include_str!("guests/extractor.wat"),
            Role::Analyzer => include_str!("guests/analyzer.wat"),
        };
        let wat = wat
            .replace(";; (here are the common ways)", include_str!("../../src/plugin/tests/ways.wat"))
            .replace(";; (here it chooses)", &self.chooses)
            .replace("(name)-", self.name)
            .replace("\"1.0.0\"", &format!("\"{}\"", self.version))
            .replace(r"\60\01\00\00\02", &format!(r"\60\01\00\00\0{}", self.fields));
        let mut module = wat::parse_str(wat).unwrap();
        let mut resolve = Resolve::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit").join(self.role.name());
        let (package, _) = resolve.push_dir(folder).unwrap();
        let world = resolve.select_world(&[package], Some(self.role.name())).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    /// Writes it into a yard.
    pub fn file(&self, yard: &Yard) -> PathBuf {
        let path = yard.root().join(format!("{}-{}.wasm", self.name, self.version));
        fs::write(&path, self.module()).unwrap();
        path
    }

    /// Installs it into a house, or tries to.
    pub fn install(&self, yard: &Yard, house: &House, further: &[&str]) -> Ran {
        let file = self.file(yard);
        let arguments = [&["plugin", "install", file.to_str().unwrap(), "--yes"], further].concat();
        yard.run(house, &arguments)
    }
}

/// Writes a log of prompts, one a second, on a day that is not the sample's. All logs are of one session.
pub fn prompts(yard: &Yard, log: &str, texts: &[&str]) {
    let line = |(second, text): (usize, &&str)| {
        format!(
            "{{\"type\":\"user\",\"uuid\":\"{log}-{second}\",\"sessionId\":\"prompts\",\"cwd\":\"/p\",\
             \"version\":\"2.1.0\",\"timestamp\":\"2026-01-20T10:{:02}:{:02}.000Z\",\
             \"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n",
            second / 60,
            second % 60
        )
    };
    let lines: String = texts.iter().enumerate().map(line).collect();
    yard.write(&format!("projects/-p/{log}.jsonl"), lines.as_bytes());
}

/// Writes the settings of a house that may not exist yet.
pub fn set(house: &House, settings: &str) {
    fs::create_dir_all(house.root()).unwrap();
    fs::write(house.settings(), settings).unwrap();
}
