//! The tutorial's ticket file, which the first flight imports if there is no ticket yet.

use std::path::PathBuf;
use std::sync::Mutex;

use super::threads::Threads;
use crate::clock::Clock;
use crate::credential::Record;
use crate::error::{Error, Subject};
use crate::small_file;
use crate::store::step_deadline;
use crate::sync::lock;

/// The tutorial's file holds some hundred bytes.
const MAX_LEN: u64 = 65_536;

/// Where the file is, until it was read.
#[derive(Default)]
pub(super) struct TutorialFile(Mutex<Option<PathBuf>>);

impl TutorialFile {
    pub(super) fn set(&self, path: PathBuf) {
        *lock(&self.0) = Some(path);
    }

    /// The ticket in the file, or why there is none; nothing from the second call on. Reads the
    /// file on a thread that is given up on if it hangs.
    pub(super) fn take(&self, threads: &Threads, clock: &dyn Clock) -> Option<Result<Record, Error>> {
        let path = lock(&self.0).take()?;
        let file = path.clone();
        let read = threads.attempt(step_deadline(), move || small_file::read(&file, MAX_LEN));
        let record = match read {
            Ok(Some(json)) => Record::from_tutorial_file(&json, clock),
            Ok(None) => Err("it is missing, or not a regular file of at most 64 KiB that can be read"),
            Err(_) => Err("it could not be read in time"),
        };
        Some(record.map_err(|why| {
            Error::option("importTicketFile", format!("was not taken: {why}"))
                .with_subject(Subject::Path(path.display().to_string()))
        }))
    }
}
