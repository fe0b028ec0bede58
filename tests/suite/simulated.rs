//! A simulated disk: does what it is told on the real one, remembers every operation with its data, and says afterwards
//! what a loss of power at any moment could have left.
//!
//! The model: what was written to a file is safe once the file or the whole disk was synced; a name (a folder, a file, a
//! file moved or removed) once its folder or the whole disk was. Whatever is not safe may be there or not, each on its
//! own; of the last write any part may have arrived. `cut` waits by itself, as its contract says. To move a file is one
//! operation, which is safe once either of the two folders was synced: file systems with a journal commit both sides of
//! a rename together, and those without one are not supported by any program of this kind.
//!
//! The database goes its own ways to the disk, and is an index over what lies there. It is kept as it was at each
//! operation, so that it can be put beside any of the states.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use logwright::disk::{Disk, DiskFile, Stamp};
use logwright::layout::House;

use crate::house::files_below;
use crate::kept_house::Hasty;

/// A file, whatever its name.
type Inode = usize;

/// What was done, by paths from the root of the house.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A folder was made.
    Folder(PathBuf),
    /// A file was made.
    Create(Inode, PathBuf),
    /// A file was emptied.
    Empty(Inode),
    /// Bytes were written at a place of a file.
    Write(Inode, u64, Vec<u8>),
    /// Time and mode of a file were set.
    Stamp,
    /// A file was cut, and that made safe.
    Cut(Inode, u64),
    /// A file was moved.
    Rename(Inode, PathBuf, PathBuf),
    /// A name was removed.
    Remove(Inode, PathBuf),
    /// A file was made safe.
    Sync(Inode),
    /// The names in a folder were made safe.
    SyncFolder(PathBuf),
    /// Everything was made safe.
    SyncDisk,
}

/// The files of the database, or none.
pub type Database = Arc<Vec<(String, Vec<u8>)>>;

/// What lies in a house, but for the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<PathBuf, Arc<Vec<u8>>>,
    folders: BTreeSet<PathBuf>,
}

/// Files that belong to the database and to the lock.
const OWN_WAYS: [&str; 4] = ["store/logwright.db", "store/logwright.db-wal", "store/logwright.db-shm", "store/lock"];

impl Tree {
    /// What lies in a house.
    pub fn of(house: &House) -> Tree {
        fn walk(root: &Path, below: &Path, folders: &mut BTreeSet<PathBuf>) {
            for entry in fs::read_dir(root.join(below)).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    let path = below.join(entry.file_name());
                    walk(root, &path, folders);
                    folders.insert(path);
                }
            }
        }
        let mut tree = Tree::default();
        walk(house.root(), Path::new(""), &mut tree.folders);
        for path in files_below(house.root()) {
            let name = path.strip_prefix(house.root()).unwrap().to_owned();
            if !OWN_WAYS.iter().any(|own| Path::new(own) == name) {
                tree.files.insert(name, Arc::new(fs::read(path).unwrap()));
            }
        }
        tree
    }

    /// Puts it, and a database, where nothing is.
    pub fn write(&self, house: &House, database: &Database) {
        let make = |path: &Path| fs::DirBuilder::new().recursive(true).mode(0o700).create(path).unwrap();
        make(&house.resolve("store"));
        self.folders.iter().for_each(|folder| make(&house.root().join(folder)));
        let write = |path: &Path, bytes: &[u8]| {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(path).unwrap().write_all(bytes).unwrap();
        };
        self.files.iter().for_each(|(path, bytes)| write(&house.root().join(path), bytes));
        database.iter().for_each(|(name, bytes)| write(&house.resolve(name), bytes));
    }

    /// What tells it from any other.
    pub fn hash(&self) -> blake3::Hash {
        let mut hash = blake3::Hasher::new();
        for folder in &self.folders {
            hash.update(folder.as_os_str().as_encoded_bytes()).update(b"/\0");
        }
        for (path, bytes) in &self.files {
            hash.update(path.as_os_str().as_encoded_bytes()).update(b"\0");
            hash.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        hash.finalize()
    }

    /// Names and lengths, to be shown.
    pub fn shown(&self) -> String {
        self.files.iter().map(|(path, bytes)| format!("{:>7} {}\n", bytes.len(), path.display())).collect()
    }
}

/// What was done, and what lay there before.
pub struct Record {
    before: Tree,
    operations: Vec<Operation>,
    /// The database as it was before each operation, and at the end.
    databases: Vec<Database>,
}

/// What a loss of power left.
pub struct Crash {
    /// How many operations had begun.
    pub cut: usize,
    /// Which of them left nothing.
    pub dropped: Vec<usize>,
    /// How many bytes of the last write arrived, if not all.
    pub torn: Option<usize>,
}

impl Record {
    /// How many operations there were.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// The database before the operation at a cut.
    pub fn database(&self, cut: usize) -> Database {
        self.databases[cut].clone()
    }

    /// The operations around a place, to be shown.
    pub fn around(&self, cut: usize) -> String {
        let from = cut.saturating_sub(12);
        let shown = self.operations[from..self.operations.len().min(cut + 2)].iter().enumerate();
        shown
            .map(|(n, operation)| {
                let text = format!("{operation:?}");
                let mark = if from + n < cut { "done" } else { "    " };
                format!("{mark} {:>3} {}\n", from + n, text.chars().take(150).collect::<String>())
            })
            .collect()
    }

    /// The operations before a cut that may have left nothing.
    fn pending(&self, cut: usize) -> Vec<usize> {
        let mut pending: Vec<usize> = Vec::new();
        let parent = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
        for (number, operation) in self.operations[..cut].iter().enumerate() {
            match operation {
                Operation::Sync(inode) | Operation::Cut(inode, _) => pending.retain(|at| {
                    !matches!(&self.operations[*at],
                        Operation::Write(of, ..) | Operation::Empty(of) if of == inode)
                }),
                Operation::SyncFolder(folder) => pending.retain(|at| match &self.operations[*at] {
                    Operation::Folder(path) | Operation::Create(_, path) | Operation::Remove(_, path) => {
                        parent(path) != *folder
                    }
                    Operation::Rename(_, from, to) => parent(from) != *folder && parent(to) != *folder,
                    _ => true,
                }),
                Operation::SyncDisk => pending.clear(),
                Operation::Stamp => {}
                _ => pending.push(number),
            }
        }
        pending
    }

    /// What a loss of power after so many operations can have left: every subset of up to `all` operations that were not
    /// safe, and of more none, all, each alone left out and each alone kept.
    pub fn crashes(&self, cut: usize, all: usize) -> Vec<Crash> {
        let pending = self.pending(cut);
        let mut subsets: Vec<Vec<usize>> = Vec::new();
        if pending.len() <= all {
            for bits in 0..1_usize << pending.len() {
                let is_in = |place: &usize| bits >> place & 1 == 1;
                subsets.push((0..pending.len()).filter(is_in).map(|place| pending[place]).collect());
            }
        } else {
            subsets.extend([Vec::new(), pending.clone()]);
            subsets.extend(pending.iter().map(|one| vec![*one]));
            subsets.extend(pending.iter().map(|one| pending.iter().copied().filter(|other| other != one).collect()));
        }
        let mut crashes: Vec<Crash> = Vec::new();
        for dropped in subsets {
            if let Some(Operation::Write(_, _, bytes)) = cut.checked_sub(1).map(|last| &self.operations[last])
                && !dropped.contains(&(cut - 1))
            {
                for torn in BTreeSet::from([0, 1, bytes.len().saturating_sub(1)]) {
                    crashes.push(Crash { cut, dropped: dropped.clone(), torn: Some(torn) });
                }
            }
            crashes.push(Crash { cut, dropped, torn: None });
        }
        crashes
    }

    /// What then lies in the house.
    pub fn tree(&self, crash: &Crash) -> Tree {
        let mut contents: Vec<Arc<Vec<u8>>> = self.before.files.values().cloned().collect();
        let mut names: BTreeMap<PathBuf, Inode> = self.before.files.keys().cloned().zip(0..).collect();
        let mut folders = self.before.folders.clone();
        let place = |contents: &mut Vec<Arc<Vec<u8>>>, inode: Inode| {
            contents.resize_with(contents.len().max(inode + 1), Arc::default);
        };
        for (number, operation) in self.operations[..crash.cut].iter().enumerate() {
            if crash.dropped.contains(&number) {
                continue;
            }
            match operation {
                Operation::Folder(path) => drop(folders.insert(path.clone())),
                Operation::Create(inode, path) => {
                    place(&mut contents, *inode);
                    names.insert(path.clone(), *inode);
                }
                Operation::Empty(inode) => contents[*inode] = Arc::default(),
                Operation::Write(inode, at, bytes) => {
                    place(&mut contents, *inode);
                    let arrived = crash.torn.filter(|_| number + 1 == crash.cut).unwrap_or(bytes.len());
                    let content = Arc::make_mut(&mut contents[*inode]);
                    let end = *at as usize + arrived;
                    content.resize(content.len().max(end), 0);
                    content[*at as usize..end].copy_from_slice(&bytes[..arrived]);
                }
                Operation::Cut(inode, length) => Arc::make_mut(&mut contents[*inode]).truncate(*length as usize),
                Operation::Rename(inode, from, to) => {
                    place(&mut contents, *inode);
                    if names.get(from) == Some(inode) {
                        names.remove(from);
                    }
                    names.insert(to.clone(), *inode);
                }
                Operation::Remove(inode, path) => {
                    if names.get(path) == Some(inode) {
                        names.remove(path);
                    }
                }
                Operation::Stamp | Operation::Sync(_) | Operation::SyncFolder(_) | Operation::SyncDisk => {}
            }
        }
        // What lies in a folder that is gone is gone with it.
        let all = folders.clone();
        let is_there = |path: &Path| path.ancestors().skip(1).all(|up| up == Path::new("") || all.contains(up));
        folders.retain(|folder| is_there(folder));
        let files = names.into_iter().filter(|(path, _)| is_there(path));
        Tree { files: files.map(|(path, inode)| (path, contents[inode].clone())).collect(), folders }
    }
}

/// A disk that remembers.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

struct State {
    house: House,
    record: Record,
    names: BTreeMap<PathBuf, Inode>,
    inodes: usize,
}

impl SimDisk {
    /// A disk on which a house lies.
    pub fn new(house: &House) -> SimDisk {
        let before = Tree::of(house);
        let names: BTreeMap<PathBuf, Inode> = before.files.keys().cloned().zip(0..).collect();
        let inodes = names.len();
        let record = Record { before, operations: Vec::new(), databases: Vec::new() };
        SimDisk(Arc::new(Mutex::new(State { house: house.clone(), record, names, inodes })))
    }

    /// What was done.
    pub fn finish(self) -> Record {
        let mut state = self.0.lock().unwrap();
        let last = state.database();
        state.record.databases.push(last);
        Record {
            before: std::mem::take(&mut state.record.before),
            operations: std::mem::take(&mut state.record.operations),
            databases: std::mem::take(&mut state.record.databases),
        }
    }
}

impl State {
    /// The database as it is now.
    fn database(&self) -> Database {
        let read = |name: &&str| Some(((*name).to_owned(), fs::read(self.house.resolve(name)).ok()?));
        let found: Vec<_> = OWN_WAYS[..2].iter().filter_map(read).collect();
        match self.record.databases.last() {
            Some(last) if **last == found => last.clone(),
            _ => Arc::new(found),
        }
    }

    fn below(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.house.root()).expect("only the house is changed").to_owned()
    }

    fn note(&mut self, operation: Operation) {
        let database = self.database();
        self.record.databases.push(database);
        self.record.operations.push(operation);
    }

    fn inode(&mut self) -> Inode {
        self.inodes += 1;
        self.inodes - 1
    }
}

struct SimFile {
    file: Box<dyn DiskFile>,
    disk: SimDisk,
    inode: Inode,
    at: u64,
}

impl Write for SimFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.0.lock().unwrap().note(Operation::Write(self.inode, self.at, bytes.to_owned()));
        self.file.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for SimFile {
    fn stamp(&mut self, stamp: Stamp) -> io::Result<()> {
        self.disk.0.lock().unwrap().note(Operation::Stamp);
        self.file.stamp(stamp)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.0.lock().unwrap().note(Operation::Sync(self.inode));
        Ok(())
    }
}

impl Disk for SimDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            let below = state.below(folder);
            state.note(Operation::Folder(below));
            Hasty.create_folder(folder)?;
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.0.lock().unwrap();
        let below = state.below(path);
        let inode = match state.names.get(&below).copied() {
            Some(inode) => {
                state.note(Operation::Empty(inode));
                inode
            }
            None => {
                let inode = state.inode();
                state.note(Operation::Create(inode, below.clone()));
                state.names.insert(below, inode);
                inode
            }
        };
        Ok(Box::new(SimFile { file: Hasty.create(path)?, disk: self.clone(), inode, at: 0 }))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        let state = self.0.lock().unwrap();
        let inode = state.names[&state.below(path)];
        Ok(Box::new(SimFile { file: Hasty.extend(path, length)?, disk: self.clone(), inode, at: length }))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let inode = state.names[&state.below(path)];
        state.note(Operation::Cut(inode, length));
        Hasty.cut(path, length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let (before, after) = (state.below(from), state.below(to));
        let inode = state.names[&before];
        state.note(Operation::Rename(inode, before.clone(), after.clone()));
        state.names.remove(&before);
        state.names.insert(after, inode);
        Hasty.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let below = state.below(path);
        let Some(inode) = state.names.get(&below).copied() else { return Hasty.remove(path) };
        state.note(Operation::Remove(inode, below.clone()));
        state.names.remove(&below);
        Hasty.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let below = state.below(path);
        state.note(Operation::SyncFolder(below));
        Ok(())
    }

    fn sync_disk(&self, _: &Path) -> io::Result<()> {
        self.0.lock().unwrap().note(Operation::SyncDisk);
        Ok(())
    }
}

/// What is dropped, kept and torn is what the model says, seen on the smallest example.
#[test]
fn the_simulated_disk_forgets_what_is_not_safe() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::at(folder.path());
    fs::write(folder.path().join("old"), "1").unwrap();
    let disk = SimDisk::new(&house);
    let path = |name: &str| folder.path().join(name);
    let mut file = disk.create(&path("new")).unwrap();
    file.write_all(b"abc").unwrap();
    disk.sync_folder(folder.path()).unwrap();
    file.sync().unwrap();
    disk.rename(&path("new"), &path("name")).unwrap();
    disk.remove(&path("old")).unwrap();
    let record = disk.finish();
    let states = |cut: usize| {
        let trees = record.crashes(cut, 4).into_iter().map(|crash| record.tree(&crash));
        let text = |tree: Tree| {
            let files = tree.files.iter();
            let said = files.map(|(path, bytes)| format!("{}={} ", path.display(), String::from_utf8_lossy(bytes)));
            said.collect::<String>().trim_end().to_owned()
        };
        trees.map(text).collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(states(0), ["old=1"]);
    assert_eq!(states(2), ["new= old=1", "new=a old=1", "new=ab old=1", "new=abc old=1", "old=1"]);
    assert_eq!(states(3), ["new= old=1", "new=abc old=1"]);
    assert_eq!(states(4), ["new=abc old=1"]);
    assert_eq!(states(record.len()), ["name=abc", "name=abc old=1", "new=abc", "new=abc old=1"]);
}
