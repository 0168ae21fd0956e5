//! The import of the tutorial's ticket file: once, in the first flight that finds a ticket neither
//! in memory nor in the store.

use std::path::PathBuf;
use std::sync::Mutex;

use super::context::lock;
use super::threads::Threads;
use crate::clock::Clock;
use crate::credential::Record;
use crate::error::{Error, Subject};
use crate::small_file;
use crate::store::step_deadline;

/// The tutorial's file holds some hundred bytes.
const MAX_LEN: u64 = 65_536;

/// The file to import, until the first try.
#[derive(Default)]
pub(super) struct Import(Mutex<Option<PathBuf>>);

impl Import {
    pub(super) fn request(&self, path: PathBuf) {
        *lock(&self.0) = Some(path);
    }

    /// Reads the file, on a thread that is given up on if it hangs. None if there is no file to
    /// import.
    pub(super) fn run(&self, threads: &Threads, clock: &dyn Clock) -> Option<Result<Record, Error>> {
        let path = lock(&self.0).take()?;
        let named = path.display().to_string();
        let read = threads.attempt(step_deadline(), move || small_file::read(&path, MAX_LEN));
        let record = match read {
            Ok(Some(json)) => Record::from_tutorial_file(&json, clock),
            Ok(None) => Err("it is missing, or not a regular file of at most 64 KiB that can be read"),
            Err(_) => Err("it could not be read in time"),
        };
        Some(record.map_err(|why| {
            Error::option("importTicketFile", format!("was not taken: {why}"))
                .with_subject(Subject::Path(named))
        }))
    }
}
