//! One call that may have to wait: answered before it returns if the core has the value, else a
//! promise that one of wxsign's threads settles.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::Object;
use napi::{Either, Env, JsDeferred};
use wxsign::Code;

use crate::answer::{Answer, Failure, failure_of};

type Resolver = Box<dyn FnOnce(Env) -> napi::Result<Answer> + Send>;

/// What a call returns: text, failure, or a promise of one of the two.
pub type Waited<'env> = Either<Either<String, Failure>, Object<'env>>;

enum Place {
    /// There is no answer yet, and no promise was made.
    Open,
    /// Answered before a promise was needed.
    Answered(Answer),
    /// A promise is pending. Its deferred holds the event loop open until it is settled.
    Promised(JsDeferred<Answer, Resolver>),
    /// The caller has its answer; whatever comes later is dropped.
    Over,
}

/// The place where the caller and the core's answer meet.
#[derive(Clone)]
pub struct Wait(Arc<Mutex<Place>>);

impl Wait {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Place::Open)))
    }

    /// The answering side, for a callback that the core calls once.
    pub fn settler(&self) -> Settler {
        Settler(Some(self.clone()))
    }

    /// Answers; only the first answer counts.
    pub fn settle(&self, answer: Answer) {
        let mut place = self.place();
        match mem::replace(&mut *place, Place::Over) {
            Place::Open => *place = Place::Answered(answer),
            Place::Promised(deferred) => {
                drop(place);
                deferred.resolve(Box::new(move |_| Ok(answer)));
            }
            answered @ Place::Answered(_) => *place = answered,
            Place::Over => {}
        }
    }

    /// What goes back to JavaScript, once the core was asked.
    pub fn finish(self, env: &Env) -> napi::Result<Waited<'_>> {
        let mut place = self.place();
        if let Place::Answered(answer) = mem::replace(&mut *place, Place::Over) {
            return Ok(Either::A(answer));
        }
        let (deferred, promise) = env.create_deferred()?;
        *place = Place::Promised(deferred);
        Ok(Either::B(promise))
    }

    /// Whether an answer may still come.
    pub fn is_pending(&self) -> bool {
        matches!(*self.place(), Place::Promised(_))
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a wait, also when it is dropped unused: a promise that is never settled would keep the
/// process alive for ever.
pub struct Settler(Option<Wait>);

impl Settler {
    pub fn settle(mut self, answer: Answer) {
        if let Some(wait) = self.0.take() {
            wait.settle(answer);
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        if let Some(wait) = self.0.take() {
            wait.settle(Either::B(failure_of(Code::Internal, "the call was dropped unanswered")));
        }
    }
}
