//! Compiled code is read back only if it is surely ours.

use super::guests::{batch, module, wat};
use super::limits;
use crate::plugin::{Classifier, Compiler, Granted, PluginSettings, Role, Sandbox};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Loads the guest, and proves that it works; whether it had to be compiled.
fn compiles(folder: &Path) -> bool {
    let sandbox = Sandbox::new(limits(), Some(folder), Compiler::Here).unwrap();
    let plugin = sandbox
        .load(&module(Role::Classifier, &wat(Role::Classifier)), PluginSettings::default(), &Granted::Everything)
        .unwrap();
    plugin.classifier().unwrap().judge(&batch(0)).unwrap();
    plugin.was_compiled()
}

/// A folder with one kept component.
fn filled() -> (TempDir, PathBuf, PathBuf) {
    let house = TempDir::new().unwrap();
    let folder = house.path().join("plugins/cache");
    assert!(compiles(&folder));
    let kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let file = kept[0].clone();
    (house, folder, file)
}

#[test]
fn what_is_kept_is_private_and_read_back() {
    let (_house, folder, file) = filled();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!compiles(&folder));
}

#[test]
fn what_is_not_whole_is_built_anew() {
    let (_house, folder, file) = filled();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let foreign = [b"\x7fELF".as_slice(), &whole].concat();
    for spoilt in [&whole[..whole.len() - 1], &whole[..30], b"", &flipped, &foreign] {
        fs::write(&file, spoilt).unwrap();
        assert!(compiles(&folder));
        assert_eq!(fs::read(&file).unwrap().len(), whole.len());
        assert!(!compiles(&folder));
    }
}

#[test]
fn what_others_could_have_written_is_not_trusted() {
    let (_house, folder, file) = filled();
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    assert!(compiles(&folder));
    fs::set_permissions(&folder, Permissions::from_mode(0o770)).unwrap();
    assert!(compiles(&folder));
    assert!(compiles(&folder));
}

#[test]
fn a_link_is_not_followed() {
    let (house, folder, file) = filled();
    let aside = house.path().join("aside");
    fs::rename(&file, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &file).unwrap();
    assert!(compiles(&folder));
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
}

#[test]
fn what_was_kept_for_another_engine_is_dropped() {
    let (_house, folder, file) = filled();
    let stale = file.with_extension("0123456789abcdef");
    fs::rename(&file, &stale).unwrap();
    assert!(compiles(&folder));
    assert!(file.exists() && !stale.exists());
}

#[test]
fn a_folder_that_cannot_be_is_no_failure() {
    let house = TempDir::new().unwrap();
    let file = house.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(compiles(&file));
    assert!(compiles(&file.join("below")));
}
