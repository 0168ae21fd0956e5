//! A disk that loses power. It watches what a store does to a directory, and tells what may be there afterwards.
//!
//! Nothing lasts but what was synced. The bytes of a file that was not may be gone, cut off or anything; a name that was made,
//! moved or removed may be as before, whatever became of the names before and after it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::disk::Step;
use crate::soak::size;

/// The names in the directory with their bytes; none where the directory itself is gone.
pub(super) type Outcome = Option<BTreeMap<String, Vec<u8>>>;

struct Data {
    now: Vec<u8>,
    /// What was there at the latest sync, if there ever was one.
    synced: Option<Vec<u8>>,
}

pub(super) struct Disk {
    dir: PathBuf,
    /// A step that this disk only pretends to do.
    deaf_to: Option<Step>,
    /// Every file that ever was; names point to it by number.
    files: Vec<Data>,
    names: BTreeMap<String, usize>,
    numbers: HashMap<u64, usize>,
    is_there: bool,
    /// What lasts: the names as of the latest sync of the directory, and whether the directory's own name does.
    lasting: BTreeMap<String, usize>,
    is_there_for_good: bool,
    /// Names that were set or removed since.
    pending: Vec<(String, Option<usize>)>,
}

impl Disk {
    /// Begins with what is there, all of which lasts.
    pub(super) fn of(dir: &Path, deaf_to: Option<Step>) -> Self {
        let mut disk = Self {
            dir: dir.to_owned(),
            deaf_to,
            files: Vec::new(),
            names: BTreeMap::new(),
            numbers: HashMap::new(),
            is_there: false,
            lasting: BTreeMap::new(),
            is_there_for_good: false,
            pending: Vec::new(),
        };
        disk.look();
        for file in &mut disk.files {
            file.synced = Some(file.now.clone());
        }
        disk.settle();
        disk.is_there_for_good = disk.is_there;
        disk
    }

    /// Called when the store has done a step.
    pub(super) fn after(&mut self, step: Step) {
        self.look();
        match step {
            _ if self.deaf_to == Some(step) => {}
            Step::Sync => {
                let written = self.names.iter().filter(|(name, _)| name.starts_with(".wxsign-"));
                let [(_, file)] = written.collect::<Vec<_>>()[..] else { panic!("which file was synced?") };
                self.files[*file].synced = Some(self.files[*file].now.clone());
            }
            Step::SyncDir => self.settle(),
            Step::SyncAbove => self.is_there_for_good = self.is_there,
            _ => {}
        }
    }

    fn settle(&mut self) {
        self.lasting = self.names.clone();
        self.pending.clear();
    }

    /// Notes what has changed in the directory.
    fn look(&mut self) {
        self.is_there = self.dir.is_dir();
        let (mut names, mut numbers) = (BTreeMap::new(), HashMap::new());
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let inode = entry.metadata().unwrap().ino();
            let bytes = fs::read(entry.path()).unwrap();
            // A number may come back once its file is gone.
            let file = self.numbers.get(&inode).copied().unwrap_or_else(|| {
                self.files.push(Data { now: Vec::new(), synced: None });
                self.files.len() - 1
            });
            self.files[file].now = bytes;
            numbers.insert(inode, file);
            names.insert(entry.file_name().into_string().unwrap(), file);
        }
        let gone =
            self.names.keys().filter(|name| !names.contains_key(*name)).map(|name| (name.clone(), None));
        let set = names.iter().filter(|(name, file)| self.names.get(*name) != Some(file));
        let changes: Vec<_> = gone.chain(set.map(|(name, file)| (name.clone(), Some(*file)))).collect();
        self.pending.extend(changes);
        (self.names, self.numbers) = (names, numbers);
    }

    /// Everything that may be found when the power is back.
    pub(super) fn outcomes(&self) -> BTreeSet<Outcome> {
        let mut outcomes = BTreeSet::new();
        if !self.is_there_for_good {
            outcomes.insert(None);
        }
        if !self.is_there {
            return outcomes;
        }
        assert!(self.pending.len() <= 10, "{} changes without a sync", self.pending.len());
        for chosen in 0..1_usize << self.pending.len() {
            let mut names = self.lasting.clone();
            for (_, (name, file)) in self.pending.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1) {
                match file {
                    Some(file) => names.insert(name.clone(), *file),
                    None => names.remove(name),
                };
            }
            let mut found = vec![BTreeMap::new()];
            for (name, file) in names {
                let possible = self.files[file].possible();
                let with = |rest: &BTreeMap<_, _>| {
                    let (rest, name) = (rest.clone(), name.clone());
                    possible.clone().into_iter().map(move |bytes| {
                        let mut all = rest.clone();
                        all.insert(name.clone(), bytes);
                        all
                    })
                };
                found = found.iter().flat_map(with).collect();
            }
            outcomes.extend(found.into_iter().map(Some));
        }
        outcomes
    }
}

impl Data {
    /// What its bytes may be: as they were synced, or anything from nothing to all.
    fn possible(&self) -> BTreeSet<Vec<u8>> {
        let now = &self.now;
        if self.synced.as_ref() == Some(now) {
            return BTreeSet::from([now.clone()]);
        }
        let half = now.len() / 2;
        let zeroed = [&now[..half], &vec![0; now.len() - half]].concat();
        let garbage = (0..now.len()).map(|n| u8::try_from(n * 7 % 256).unwrap()).collect();
        // More densely in a soak.
        let cuts = size(8, 64);
        let cut = (0..=cuts).map(|n| now[..now.len() * n / cuts].to_vec());
        cut.chain([zeroed, garbage, vec![0; now.len()]]).chain(self.synced.clone()).collect()
    }
}

/// Puts an outcome down as `directory`, its files so old that what nobody needs may be swept.
pub(super) fn restore(outcome: &Outcome, dir: &Path) {
    let Some(files) = outcome else { return };
    fs::DirBuilder::new().mode(0o700).create(dir).unwrap();
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let aged = SystemTime::now() - Duration::from_secs(3_600);
        fs::File::options().write(true).open(path).unwrap().set_modified(aged).unwrap();
    }
}
