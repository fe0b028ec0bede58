//! Reads the shipped rules once, here, so that no instance of the plugin has to: they become
//! source, and so data of the component.

#[path = "build/emit.rs"]
mod emit;
#[path = "src/kept.rs"]
mod kept;
#[path = "src/rules.rs"]
mod rules;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const RULES: &str = "rules/classifier.toml";

fn main() -> Result<(), Box<dyn Error>> {
    for source in [RULES, "src", "build"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let rules = kept::Rules::parse(&fs::read_to_string(RULES)?).map_err(|problem| problem.to_string())?;
    let out = env::var_os("OUT_DIR").ok_or("cargo names no folder for what is built")?;
    fs::write(Path::new(&out).join("shipped.rs"), emit::source(&rules))?;
    Ok(())
}
