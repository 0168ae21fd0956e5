//! The tutorial's ticket file: what a client reports of it.

use std::sync::{Arc, Mutex};

use super::world::*;
use crate::credential::{Kind, Source};
use crate::error::{Code, Subject};
use crate::event::Event;

/// What a process reports whose file has this content, and the source of its ticket while the
/// first request was under way.
fn events_of(json: Option<String>) -> (Vec<Event>, Option<Source>) {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let path = dir.path().join("jsapiTicket.json");
    if let Some(json) = json {
        std::fs::write(&path, json).unwrap();
    }
    let refresher = world.process();
    refresher.import_ticket_file(path);
    let (heard, imported) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(None)));
    let (source, process) = (Arc::clone(&imported), Arc::downgrade(&refresher));
    world.meanwhile(Kind::Token, move || {
        let cached = process.upgrade().unwrap().context.cached(Kind::Ticket).1;
        *source.lock().unwrap() = cached.map(|cached| cached.source);
    });
    let events = Arc::clone(&heard);
    refresher.listen(1, Arc::new(move |event: &Event| events.lock().unwrap().push(event.clone())));
    for _ in 0..2 {
        ticket(&refresher).unwrap();
    }
    let imported = *imported.lock().unwrap();
    (std::mem::take(&mut *heard.lock().unwrap()), imported)
}

fn file(created: i64) -> String {
    format!(r#"{{"ticket":"TUTORIAL","expires_in":7200,"createTime":{created}}}"#)
}

/// One event names the file, and why its ticket was not taken. The call is served
/// all the same.
#[test]
fn a_file_that_cannot_be_imported_is_reported() {
    for (json, why) in [
        (None, "it is missing"),
        (Some("<html>".to_owned()), "it is not JSON"),
        (Some(r#"{"expires_in":7200,"createTime":1}"#.to_owned()), "it holds no ticket"),
        (Some(file(T0 - LIFE)), "its ticket has expired"),
        (Some(file(T0 + 60_000)), "its ticket was created in the future"),
    ] {
        let (events, imported) = events_of(json);
        let mut failed = events.iter().filter(|event| event.name() == "failed");
        let event = failed.next().unwrap();
        let error = event.error().unwrap();
        assert_eq!((event.credential(), error.code()), (Some(Kind::Ticket), Code::InvalidArgument));
        assert!(error.message().contains("was not taken") && error.message().contains(why), "{error}");
        assert!(matches!(error.subject(), Some(Subject::Path(path)) if path.ends_with("jsapiTicket.json")));
        assert!(failed.next().is_none() && imported.is_none(), "{why}");
    }
}

/// An imported ticket is in memory before WeChat is asked, and nothing is reported of the file.
#[test]
fn an_imported_ticket_is_no_failure() {
    let (events, imported) = events_of(Some(file(T0 - 60_000)));
    assert_eq!(imported, Some(Source::Import));
    assert!(events.iter().all(|event| event.error().is_none()), "{events:?}");
}
