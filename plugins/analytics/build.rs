//! Reads the shipped rules once, when the plugin is built, so that a start costs no parsing.

#[path = "src/rules.rs"]
mod rules;

use std::{env, fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules/analytics.toml");
    println!("cargo::rerun-if-changed=src/rules.rs");
    match emit() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn emit() -> Result<(), String> {
    let text = fs::read_to_string("rules/analytics.toml").map_err(|error| error.to_string())?;
    let rules = rules::Rules::parse(&text).map_err(|problem| problem.to_string())?;
    let bytes = postcard::to_allocvec(&rules).map_err(|error| error.to_string())?;
    let folder = env::var_os("OUT_DIR").ok_or("cargo names no folder for what is built")?;
    fs::write(Path::new(&folder).join("rules.bin"), bytes).map_err(|error| error.to_string())
}
