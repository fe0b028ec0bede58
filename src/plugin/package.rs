//! Inspection: what a file is, and what it asks for, before anything of it runs.

use super::contract::{Fault, FaultKind};
use super::limits::{Exceeded, Limits, Who};
use super::words;
use std::borrow::Cow;
use std::fmt;
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// What a plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Says what each event is.
    Classifier,
    /// Says what failures were caused by, and what would prevent them.
    Extractor,
    /// Adds up the events of all logs to a report.
    Analyzer,
}

impl Role {
    /// Every role, in the order in which they work.
    pub const ALL: [Role; 3] = [Role::Classifier, Role::Extractor, Role::Analyzer];

    /// The public name.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Classifier => "classifier",
            Role::Extractor => "extractor",
            Role::Analyzer => "analyzer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A contract that this program knows: which export makes a component serve it, and
/// which imports it may have.
struct Contract {
    role: Role,
    version: &'static str,
    export: &'static str,
    imports: &'static [&'static str],
}

const CONTRACTS: [Contract; 3] = [
    Contract {
        role: Role::Classifier,
        version: "0.1.0-draft",
        export: "logwright:classifier/classify",
        imports: &["logwright:classifier/host"],
    },
    Contract {
        role: Role::Extractor,
        version: "0.1.0-draft",
        export: "logwright:extractor/extract",
        imports: &["logwright:extractor/host"],
    },
    Contract {
        role: Role::Analyzer,
        version: "0.1.0-draft",
        export: "logwright:analyzer/analyze",
        imports: &["logwright:analyzer/host"],
    },
];

/// A file that is fit to be compiled.
#[derive(Clone, Debug)]
pub struct Package<'a> {
    /// What it is for.
    pub role: Role,
    /// The version of the role's contract that it was built for.
    pub contract: &'static str,
    /// BLAKE3 of the file as it was given, in hex.
    pub content_hash: String,
    /// What it imports, by name, in order.
    pub imports: Vec<String>,
    /// The component; made from the file if that was a core module.
    pub component: Cow<'a, [u8]>,
}

/// Inspects a file. What it refuses is named.
pub fn inspect<'a>(file: &'a [u8], limits: &Limits) -> Result<Package<'a>, Fault> {
    let content_hash = blake3::hash(file).to_hex().to_string();
    let who = Who::Unnamed(content_hash.clone());
    let refuse = |what: String| who.fault(FaultKind::Refused, what);
    if file.len() as u64 > limits.component_bytes {
        return Err(who.exceeded(&Exceeded {
            what: "is larger than a component may be",
            unit: "bytes",
            used: Some(file.len() as u64),
            limit: limits.component_bytes,
            keys: &["component"],
            kind: FaultKind::Refused,
        }));
    }
    let component = match file {
        _ if Parser::is_component(file) => Cow::Borrowed(file),
        _ if Parser::is_core_wasm(file) => Cow::Owned(wrap(file).map_err(&refuse)?),
        _ => return Err(refuse("is no WebAssembly: neither a component nor a core module".to_owned())),
    };
    let surface = Surface::read(&component)
        .map_err(|error| refuse(format!("is damaged: {}", words::quote(&error.to_string(), 300))))?;
    let contract = surface.contract().map_err(&refuse)?;
    let allowed = |import: &String| {
        contract.imports.iter().any(|name| import.strip_prefix(name) == Some(&format!("@{}", contract.version)))
    };
    let unknown: Vec<_> =
        surface.imports.iter().filter(|import| !allowed(import)).map(|name| words::quote(name, 100)).collect();
    if !unknown.is_empty() {
        return Err(refuse(format!(
            "imports {}, which no plugin is given; in the role of {} it may import {} and nothing else (build it without WASI)",
            unknown.join(", "),
            contract.role,
            contract.imports.iter().map(|name| format!("{name}@{}", contract.version)).collect::<Vec<_>>().join(", "),
        )));
    }
    Ok(Package { role: contract.role, contract: contract.version, content_hash, imports: surface.imports, component })
}

/// Makes a component of a core module that carries its interface with it.
fn wrap(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut described = false;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| format!("is damaged: {}", words::quote(&error.to_string(), 300)))?;
        described |=
            matches!(&payload, Payload::CustomSection(section) if section.name().starts_with("component-type"));
    }
    if !described {
        return Err("is a core module that does not describe its interface (no `component-type` section); \
                    build it with bindings for the contract in wit/, or make it a component"
            .to_owned());
    }
    let encoder = ComponentEncoder::default().validate(true).module(module);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| {
        format!("is a core module that makes no component: {}", words::quote(&format!("{error:#}"), 500))
    })
}

/// The names on the outside of a component.
#[derive(Default)]
struct Surface {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Surface {
    fn read(component: &[u8]) -> Result<Surface, wasmparser::BinaryReaderError> {
        let mut surface = Surface::default();
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        surface.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        surface.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    /// The one contract that the component serves.
    fn contract(&self) -> Result<&'static Contract, String> {
        let mut found = None;
        for export in &self.exports {
            let (name, version) = export.split_once('@').unwrap_or((export, ""));
            let Some(of_role) = CONTRACTS.iter().find(|contract| contract.export == name) else { continue };
            let known = CONTRACTS.iter().find(|contract| contract.export == name && contract.version == version);
            let Some(contract) = known else {
                return Err(format!(
                    "is built for version {} of the {} contract, but this program knows {}; build it for that, or use another version of this program",
                    words::quote(version, 40),
                    of_role.role,
                    of_role.version,
                ));
            };
            if found.replace(contract).is_some() {
                return Err("serves more than one role; a plugin has one".to_owned());
            }
        }
        found.ok_or_else(|| {
            let known: Vec<_> =
                CONTRACTS.iter().map(|contract| format!("{}@{}", contract.export, contract.version)).collect();
            format!("serves no role: it exports none of {}", known.join(", "))
        })
    }
}
