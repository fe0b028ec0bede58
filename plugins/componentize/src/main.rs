//! Turns the core module of a guest into a component, or prints what a component
//! imports and exports. Used by `plugins/build` alone.

use anyhow::{Context, Result, bail};
use std::fs;
use wit_component::{ComponentEncoder, DecodedWasm, WitPrinter};

const USAGE: &str =
    "usage: componentize wrap <core.wasm> <component.wasm>\n       componentize surface <component.wasm>";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["wrap", from, to] => wrap(from, to),
        ["surface", path] => surface(path),
        _ => bail!("{USAGE}"),
    }
}

fn wrap(from: &str, to: &str) -> Result<()> {
    let module = fs::read(from).with_context(|| format!("{from} cannot be read"))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .with_context(|| format!("{from} cannot be made a component"))?;
    fs::write(to, component).with_context(|| format!("{to} cannot be written"))
}

/// Prints the interface as WIT: equal text means equal imports and exports, types included.
fn surface(path: &str) -> Result<()> {
    let component = fs::read(path).with_context(|| format!("{path} cannot be read"))?;
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(&component).with_context(|| format!("{path} is not a component"))?
    else {
        bail!("{path} holds interfaces without code");
    };
    let package = resolve.worlds[world].package.context("the component's world belongs to no package")?;
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    let mut printer = WitPrinter::default();
    printer.print(&resolve, package, &others)?;
    println!("{}", printer.output);
    Ok(())
}
