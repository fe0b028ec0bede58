//! `plugins/plugins.lock`: what was installed, and what it was granted.

use crate::disk::{Disk, open_unlinked};
use crate::layout::House;
use crate::plugin::Role;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The name of the list, in the folder of plugins.
pub const LOCK: &str = "plugins/plugins.lock";

/// The version of the list.
const FORMAT: u32 = 1;

/// What stands at the head of the list.
const HEAD: &str = "# Written by `logwright plugin`. A grant holds for the file with this hash alone.\n";

/// What was installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    format: u32,
    /// The plugins, in the order of their installation.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<Installed>,
}

impl Default for Lock {
    fn default() -> Lock {
        Lock { format: FORMAT, plugins: Vec::new() }
    }
}

/// An installed plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its own name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Its role.
    #[serde(with = "role")]
    pub role: Role,
    /// The file, in the folder of plugins.
    pub file: String,
    /// BLAKE3 of the file, in hex.
    pub content_hash: String,
    /// What it was granted.
    pub grants: Vec<String>,
}

mod role {
    use crate::plugin::Role;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(role: &Role, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(role.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Role, D::Error> {
        let name = String::deserialize(source)?;
        Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
            de::Error::custom(format!("`{name}` is no role; known are classifier, extractor and analyzer"))
        })
    }
}

/// Why the list cannot be used.
#[derive(Debug)]
pub enum LockError {
    /// It cannot be read.
    Io(PathBuf, io::Error),
    /// It is not what this program writes.
    Syntax(PathBuf, String),
    /// A newer program wrote it.
    Newer(PathBuf, u32),
}

impl fmt::Display for LockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Io(path, _) => write!(out, "cannot read {}", path.display()),
            LockError::Syntax(path, why) => write!(out, "{} cannot be understood: {why}", path.display()),
            LockError::Newer(path, found) => {
                write!(out, "{} has format {found}, written by a newer logwright", path.display())
            }
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LockError::Io(_, error) => Some(error),
            LockError::Syntax(..) | LockError::Newer(..) => None,
        }
    }
}

impl Lock {
    /// Reads the list of a house; none is an empty one.
    pub fn read(house: &House) -> Result<Lock, LockError> {
        let path = house.resolve(LOCK);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lock::default()),
            Err(error) => return Err(LockError::Io(path, error)),
        };
        let lock: Lock =
            toml::from_str(&text).map_err(|error| LockError::Syntax(path.clone(), error.message().to_owned()))?;
        if lock.format > FORMAT {
            return Err(LockError::Newer(path, lock.format));
        }
        if let Some(bad) = lock.plugins.iter().find(|plugin| Path::new(&plugin.file).components().count() != 1) {
            let why = format!("`{}` is no file in the folder of plugins", bad.file);
            return Err(LockError::Syntax(path, why));
        }
        Ok(lock)
    }

    /// Writes the list, all of it or nothing.
    pub fn write(&self, house: &House, disk: &dyn Disk) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        disk.replace(&house.resolve(LOCK), format!("{HEAD}{text}").as_bytes())
    }
}

impl Installed {
    /// Where the component lies.
    pub fn path(&self, house: &House) -> PathBuf {
        house.resolve("plugins").join(&self.file)
    }

    /// The component, if it is the one that was granted what it was granted.
    pub fn component(&self, house: &House) -> Result<Vec<u8>, String> {
        let path = self.path(house);
        let mut bytes = Vec::new();
        open_unlinked(&path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        if blake3::hash(&bytes).to_hex().as_str() != self.content_hash {
            return Err(format!(
                "{} is not the file that was installed; install it again to grant it anything",
                path.display()
            ));
        }
        Ok(bytes)
    }
}
