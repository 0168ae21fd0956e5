//! The stand-in for WeChat, for tests: it runs on threads of this process, and its control
//! endpoints are asked without a connection, so that a test may replace `fetch`.

use napi::bindgen_prelude::AsyncTask;
use napi::{Either, Env, Task};
use napi_derive::napi;
use wxsign::{Code, Error};
use wxsign_sandbox::{Mock, StartError};

use crate::answer::{Answer, Failure, failure};
use crate::table;

/// Starts one with the arguments of `wxsign mock`, and gives its number.
#[napi(catch_unwind)]
pub fn start_mock(env: Env, arguments: Vec<String>) -> napi::Result<Either<u32, Failure>> {
    match Mock::start(arguments) {
        Ok(mock) => Ok(Either::A(table::add_mock(env, mock)?)),
        Err(error) => {
            let code = match error {
                StartError::Argument(_) => Code::InvalidArgument,
                StartError::Io(_) => Code::Network,
            };
            Ok(Either::B(failure(&Error::of_binding(code, error.to_string()))))
        }
    }
}

/// Where it listens.
#[napi(catch_unwind)]
pub fn mock_url(id: u32) -> Answer {
    table::with_mock(id, |mock| Either::A(mock.base_url()))
}

/// Asks a control endpoint; the answer is JSON.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)] // napi hands over owned values
pub fn mock_control(id: u32, method: String, target: String, body: String) -> Answer {
    table::with_mock(id, |mock| match mock.control(&method, &target, &body) {
        Ok(answer) => Either::A(answer),
        Err(problem) => Either::B(failure(&Error::of_binding(Code::InvalidArgument, problem))),
    })
}

/// A stand-in that is to be stopped. That waits for a thread, so JavaScript's thread does not do it.
pub struct Stop(Option<Mock>);

impl Task for Stop {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        drop(self.0.take());
        Ok(())
    }

    fn resolve(&mut self, _env: Env, (): ()) -> napi::Result<()> {
        Ok(())
    }
}

/// Stops it: its port is free when the promise is fulfilled.
#[napi(catch_unwind)]
pub fn stop_mock(id: u32) -> AsyncTask<Stop> {
    AsyncTask::new(Stop(table::remove_mock(id)))
}
