//! Reads the shipped rules once, here, so that no instance of the plugin has to: they become
//! source, and so data of the component.

#[path = "src/compact.rs"]
mod compact;
#[path = "build/emit.rs"]
mod emit;
#[path = "src/lower.rs"]
mod lower;
#[path = "src/problem.rs"]
mod problem;
#[path = "src/template.rs"]
mod template;
#[path = "src/written.rs"]
mod written;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const RULES: &str = "rules/prevention.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build");
    let file = written::File::parse(&fs::read_to_string(RULES)?).map_err(|problem| problem.to_string())?;
    let compact = lower::lower(Box::leak(Box::new(file))).map_err(|problem| problem.to_string())?;
    let out = env::var_os("OUT_DIR").ok_or("cargo names no folder for what is built")?;
    fs::write(Path::new(&out).join("shipped.rs"), emit::source(&compact))?;
    Ok(())
}
