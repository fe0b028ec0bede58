//! Compiled components, kept in a private folder so that a plugin is compiled once.
//!
//! Compiled code is trusted as this program itself is, so it is read back only from a
//! folder and a file that belong to the user and that nobody else can write, only under
//! the key that it was written for, and only if its hash fits. Anything else is passed
//! over and built anew. A folder that cannot be written is no failure.

use super::compile::MAX_CODE;
use super::contract::Fault;
use crate::disk::{Disk, RealDisk, open_unlinked};
use std::fs::{self, Metadata};
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// What a kept file begins with; the hash of the rest follows.
const MAGIC: &[u8; 21] = b"logwright compiled 1\n";
const HASH: usize = blake3::OUT_LEN;

/// Bytes of a kept file at most.
const MAX_BYTES: u64 = MAX_CODE + (MAGIC.len() + HASH) as u64;

/// Where compiled components are kept, if anywhere.
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

/// How a component came to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Read back.
    Kept,
    /// Compiled now.
    Compiled,
}

impl Cache {
    /// A cache in `folder`, which is made when the first component is kept.
    pub fn new(folder: Option<&Path>) -> Cache {
        Cache { folder: folder.map(Path::to_owned) }
    }

    /// The component, read back or made of the code that `compile` gives.
    pub fn component(
        &self,
        engine: &Engine,
        source: &[u8],
        compile: impl FnOnce() -> Result<Vec<u8>, Fault>,
    ) -> Result<(wasmtime::Result<Component>, Origin), Fault> {
        let name = FileName::new(engine, source);
        if let Some(component) = self.folder.as_deref().and_then(|folder| read(engine, folder, &name)) {
            return Ok((Ok(component), Origin::Kept));
        }
        let code = compile()?;
        let component = load(engine, &code);
        if let (Some(folder), Ok(_)) = (&self.folder, &component) {
            // Litter and lost time at worst: whoever cannot write compiles again.
            let _ = keep(folder, &name, &code);
        }
        Ok((component, Origin::Compiled))
    }
}

/// Makes compiled code ready to run.
#[allow(unsafe_code, reason = "the only way to load compiled code")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what this program wrote with `Engine::precompile_component`,
    // either now, here or in a child process that runs the same program, or earlier, in a
    // file that `read` proved to be ours and whole. Wasmtime checks version and settings
    // of the engine once more. Nothing that a plugin supplied ever comes here.
    unsafe { Component::deserialize(engine, code) }
}

/// The name of a kept file: which component, and for which engine.
struct FileName {
    component: String,
    key: String,
}

impl FileName {
    fn new(engine: &Engine, source: &[u8]) -> FileName {
        let component = blake3::hash(source);
        let mut hasher = Blake3(blake3::Hasher::new_derive_key("logwright compiled component 1"));
        hasher.0.update(component.as_bytes());
        hasher.write(env!("CARGO_PKG_VERSION").as_bytes());
        // Wasmtime's version, target, features of the processor and settings.
        engine.precompile_compatibility_hash().hash(&mut hasher);
        FileName { component: component.to_hex()[..32].to_owned(), key: hasher.0.finalize().to_hex()[..32].to_owned() }
    }

    fn file(&self) -> String {
        format!("{}.{}", self.component, self.key)
    }
}

/// BLAKE3 behind the standard interface; only its whole output is used.
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut word = [0; 8];
        self.0.finalize_xof().fill(&mut word);
        u64::from_le_bytes(word)
    }
}

/// Reads a kept component; nothing if there is none that can be trusted: the folder and the
/// file belong to the user and nobody else can write them, the name is bound to this component,
/// engine and version, and the hash proves that the bytes are whole.
fn read(engine: &Engine, folder: &Path, name: &FileName) -> Option<Component> {
    if !is_private(&fs::symlink_metadata(folder).ok()?) {
        return None;
    }
    let path = folder.join(name.file());
    let file = open_unlinked(&path).ok()?;
    let metadata = file.metadata().ok()?;
    if !is_private(&metadata) || metadata.len() > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    let (hash, code) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
    if blake3::hash(code).as_bytes() != hash {
        return None;
    }
    load(engine, code).ok()
}

/// Keeps compiled code, and drops what was kept of the same component for other engines.
fn keep(folder: &Path, name: &FileName, code: &[u8]) -> io::Result<()> {
    RealDisk.create_folder(folder)?;
    if !is_private(&fs::symlink_metadata(folder)?) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    RealDisk.replace(&folder.join(name.file()), &[MAGIC.as_slice(), blake3::hash(code).as_bytes(), code].concat())?;
    for entry in fs::read_dir(folder)?.flatten() {
        let other = entry.file_name();
        let other = other.to_string_lossy();
        if other.starts_with(&name.component) && other != name.file() && !other.ends_with(".new") {
            let _ = RealDisk.remove(&entry.path());
        }
    }
    Ok(())
}

/// Whether something belongs to the user and only the user can write it.
fn is_private(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}
