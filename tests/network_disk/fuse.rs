//! A file system of the kernel's FUSE with one directory in memory, whose locks never answer, and
//! of which nothing answers on demand. Linux alone, and root.
//!
//! It speaks as much of the protocol (version 7.31, `linux/fuse.h`) as a store's directory needs.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

/// What the kernel asks for.
mod operation {
    pub const LOOKUP: u32 = 1;
    pub const FORGET: u32 = 2;
    pub const GETATTR: u32 = 3;
    pub const SETATTR: u32 = 4;
    pub const UNLINK: u32 = 10;
    pub const RENAME: u32 = 12;
    pub const OPEN: u32 = 14;
    pub const READ: u32 = 15;
    pub const WRITE: u32 = 16;
    pub const STATFS: u32 = 17;
    pub const RELEASE: u32 = 18;
    pub const FSYNC: u32 = 20;
    pub const FLUSH: u32 = 25;
    pub const INIT: u32 = 26;
    pub const OPENDIR: u32 = 27;
    pub const READDIR: u32 = 28;
    pub const RELEASEDIR: u32 = 29;
    pub const GETLK: u32 = 31;
    pub const SETLKW: u32 = 33;
    pub const CREATE: u32 = 35;
    pub const INTERRUPT: u32 = 36;
    pub const BATCH_FORGET: u32 = 42;
    pub const RENAME2: u32 = 45;
}

const ROOT: u64 = 1;
/// The kernel is to ask us about `flock`, and not to answer by itself.
const FLOCK_LOCKS: u32 = 1 << 10;

/// A mounted directory; it is unmounted with the test.
pub struct Mount {
    home: tempfile::TempDir,
    /// How many locks were asked for. None was answered.
    pub locks: Arc<AtomicUsize>,
    /// While it is set, no request is answered, as on a dead mount. What was not answered stays so.
    pub is_dead: Arc<AtomicBool>,
}

impl Mount {
    /// None, with a line that says so, if this user may not mount.
    pub fn new() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let device = File::options().read(true).write(true).open("/dev/fuse").ok();
        let mounted = device.and_then(|device| {
            let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
            let options = CString::new(options).unwrap();
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            mount("wxsign", home.path(), "fuse", flags, Some(options.as_c_str())).ok().map(|()| device)
        });
        let Some(device) = mounted else {
            crate::common::skipped("this user may not mount a FUSE file system");
            return None;
        };
        let locks = Arc::new(AtomicUsize::new(0));
        let is_dead = Arc::new(AtomicBool::new(false));
        let mut served = Served {
            device,
            locks: Arc::clone(&locks),
            is_dead: Arc::clone(&is_dead),
            names: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        // It ends when the directory is unmounted.
        std::thread::spawn(move || while served.answer_one() {});
        Some(Self { home, locks, is_dead })
    }

    pub fn dir(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // By force: a request may still wait for its answer.
        let _ = unmount(self.home.path(), UnmountFlags::FORCE);
        let _ = unmount(self.home.path(), UnmountFlags::DETACH);
    }
}

struct Node {
    mode: u32,
    born: u64,
    bytes: Vec<u8>,
}

struct Served {
    device: File,
    locks: Arc<AtomicUsize>,
    is_dead: Arc<AtomicBool>,
    names: BTreeMap<Vec<u8>, u64>,
    files: BTreeMap<u64, Node>,
}

/// The body of an answer, or why there is none.
type Answer = Result<Vec<u8>, Errno>;

fn u32_at(body: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(body[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Lays numbers out as the protocol's structs have them.
fn words64(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn words32(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// A name up to its NUL.
fn name(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap()
}

impl Served {
    /// False when the directory was unmounted.
    fn answer_one(&mut self) -> bool {
        let mut request = vec![0; 1 << 18];
        let Ok(length) = self.device.read(&mut request) else { return false };
        let (asked, unique, node) = (u32_at(&request, 4), u64_at(&request, 8), u64_at(&request, 16));
        let body = request[40..length].to_vec();
        match asked {
            // These take no answer, and a lock gets none.
            operation::FORGET | operation::INTERRUPT | operation::BATCH_FORGET => return true,
            _ if self.is_dead.load(Ordering::SeqCst) => return true,
            operation::GETLK..=operation::SETLKW => {
                self.locks.fetch_add(1, Ordering::SeqCst);
                return true;
            }
            _ => {}
        }
        let (error, body) = match self.answer(asked, node, &body) {
            Ok(body) => (0, body),
            Err(errno) => (-errno.raw_os_error(), Vec::new()),
        };
        let mut answer = words32(&[u32::try_from(16 + body.len()).unwrap(), error.cast_unsigned()]);
        answer.extend(words64(&[unique]));
        answer.extend(body);
        // A request that was given up meanwhile takes no answer.
        let _ = self.device.write(&answer);
        true
    }

    fn answer(&mut self, asked: u32, node: u64, body: &[u8]) -> Answer {
        match asked {
            // The version, no read-ahead, the flags, and writes of a page at most.
            operation::INIT => Ok([words32(&[7, 31, 0, FLOCK_LOCKS, 0, 4_096, 1]), vec![0; 36]].concat()),
            operation::LOOKUP => {
                self.names.get(name(body)).copied().ok_or(Errno::NOENT).and_then(|node| self.entry(node))
            }
            operation::GETATTR => self.attributes(node),
            operation::SETATTR => {
                if u32_at(body, 0) & 1 << 3 != 0 {
                    let length = usize::try_from(u64_at(body, 16)).unwrap();
                    self.file(node)?.bytes.resize(length, 0);
                }
                self.attributes(node)
            }
            operation::UNLINK => self.names.remove(name(body)).map(|_| Vec::new()).ok_or(Errno::NOENT),
            operation::RENAME => self.rename(&body[8..]),
            operation::RENAME2 => self.rename(&body[16..]),
            // No handle, nothing cached.
            operation::OPEN | operation::OPENDIR => Ok(words64(&[0, 1])),
            operation::READ => {
                let (from, length) = (usize::try_from(u64_at(body, 8)).unwrap(), u32_at(body, 16) as usize);
                Ok(self.file(node)?.bytes.iter().skip(from).take(length).copied().collect())
            }
            operation::WRITE => {
                let (from, data) = (usize::try_from(u64_at(body, 8)).unwrap(), &body[40..]);
                let bytes = &mut self.file(node)?.bytes;
                bytes.resize(bytes.len().max(from + data.len()), 0);
                bytes[from..from + data.len()].copy_from_slice(data);
                Ok(words32(&[u32::try_from(data.len()).unwrap(), 0]))
            }
            // Some room.
            operation::STATFS => Ok([
                words64(&[9_999, 9_999, 9_999, 9_999, 9_999]),
                words32(&[4_096, 255, 4_096, 0]),
                vec![0; 24],
            ]
            .concat()),
            operation::READDIR => Ok(self.entries(usize::try_from(u64_at(body, 8)).unwrap())),
            operation::CREATE => self.create(u32_at(body, 4), name(&body[16..])),
            operation::RELEASE | operation::FSYNC | operation::FLUSH | operation::RELEASEDIR => {
                Ok(Vec::new())
            }
            _ => Err(Errno::NOSYS),
        }
    }

    fn file(&mut self, node: u64) -> Result<&mut Node, Errno> {
        self.files.get_mut(&node).ok_or(Errno::NOENT)
    }

    fn create(&mut self, mode: u32, name: &[u8]) -> Answer {
        let inode = ROOT + 1 + self.files.len() as u64;
        let born = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.files.insert(inode, Node { mode, born, bytes: Vec::new() });
        self.names.insert(name.to_vec(), inode);
        Ok([self.entry(inode)?, words64(&[0, 1])].concat())
    }

    fn rename(&mut self, names: &[u8]) -> Answer {
        let old = name(names);
        let inode = self.names.remove(old).ok_or(Errno::NOENT)?;
        self.names.insert(name(&names[old.len() + 1..]).to_vec(), inode);
        Ok(Vec::new())
    }

    fn attr(&self, node: u64) -> Answer {
        let (mode, length, born) = match self.files.get(&node) {
            Some(file) => (file.mode, file.bytes.len() as u64, file.born),
            None if node == ROOT => (0o040_700, 0, 0),
            None => return Err(Errno::NOENT),
        };
        let sizes = words64(&[node, length, length.div_ceil(512), born, born, born]);
        Ok([sizes, words32(&[0, 0, 0, mode, 1, 0, 0, 0, 4_096, 0])].concat())
    }

    fn attributes(&self, node: u64) -> Answer {
        Ok([words64(&[0, 0]), self.attr(node)?].concat())
    }

    fn entry(&self, node: u64) -> Answer {
        Ok([words64(&[node, 0, 0, 0, 0]), self.attr(node)?].concat())
    }

    fn entries(&self, from: usize) -> Vec<u8> {
        let mut list = Vec::new();
        for (n, (name, node)) in self.names.iter().enumerate().skip(from) {
            list.extend(words64(&[*node, n as u64 + 1]));
            list.extend(words32(&[u32::try_from(name.len()).unwrap(), 8]));
            list.extend(name);
            list.resize(list.len().next_multiple_of(8), 0);
        }
        list
    }
}
