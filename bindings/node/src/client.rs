//! The client's functions. Plain functions that take a client's number: a class method costs more
//! than signing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::AsyncTask;
use napi::{Either, Env, Task};
use napi_derive::napi;
use wxsign::{AgentConfig, Client, Code, Config, Evidence, InvoiceConfig};

use crate::answer::{Answer, Failure, answer, either, failure_of};
use crate::listen::{Listener, TicketFunction, TokenFunction, listener, ticket_function, token_function};
use crate::options::{Options, builder};
use crate::wait::{Settler, Wait, Waited};
use crate::{pack, table};

/// Makes a client and gives its number.
#[napi(catch_unwind)]
pub fn create_client(
    env: Env,
    options: Options,
    on_event: Option<Listener<'_>>,
    token: Option<TokenFunction<'_>>,
    ticket: Option<TicketFunction<'_>>,
) -> napi::Result<Either<u32, Failure>> {
    let mut builder = builder(options);
    if let Some(function) = on_event {
        builder = builder.on_event(listener(&function)?);
    }
    if let Some(function) = token {
        builder = builder.access_token(token_function(&function)?);
    }
    if let Some(function) = ticket {
        builder = builder.ticket(ticket_function(&function)?);
    }
    match either(builder.build()) {
        Either::A(client) => Ok(Either::A(table::add(env, client)?)),
        Either::B(failure) => Ok(Either::B(failure)),
    }
}

/// Signs a page without waiting.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)] // napi hands over owned values
pub fn try_config(id: u32, url: String) -> Answer {
    table::with(id, |client| answer(client.try_config(&url).map(flat)))
}

/// Signs a page: at once if a ticket is fresh, else by a promise. `wait` is the number to give it
/// up by, or 0.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn config(env: &Env, id: u32, url: String, wait: u32) -> napi::Result<Waited<'_>> {
    ask(env, id, wait, |client, settler| {
        client.config_then(&url, client.timeout(), move |config| settler.settle(answer(config.map(flat))));
    })
}

/// Like [`try_config`], for `wx.agentConfig`.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn try_agent_config(id: u32, url: String) -> Answer {
    table::with(id, |client| answer(client.try_agent_config(&url).map(flat_agent)))
}

/// Like [`config`], for `wx.agentConfig`.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn agent_config(env: &Env, id: u32, url: String, wait: u32) -> napi::Result<Waited<'_>> {
    ask(env, id, wait, |client, settler| {
        client.agent_config_then(&url, client.timeout(), move |config| {
            settler.settle(answer(config.map(flat_agent)));
        });
    })
}

/// Like [`try_config`], for `chooseInvoice`.
#[napi(catch_unwind)]
pub fn try_invoice_config(id: u32) -> Answer {
    table::with(id, |client| answer(client.try_invoice_config().map(flat_invoice)))
}

/// Like [`config`], for `chooseInvoice`.
#[napi(catch_unwind)]
pub fn invoice_config(env: &Env, id: u32, wait: u32) -> napi::Result<Waited<'_>> {
    ask(env, id, wait, |client, settler| {
        client.invoice_config_then(client.timeout(), move |config| {
            settler.settle(answer(config.map(flat_invoice)));
        });
    })
}

/// The ticket, likewise.
#[napi(catch_unwind)]
pub fn ticket(env: &Env, id: u32, wait: u32) -> napi::Result<Waited<'_>> {
    ask(env, id, wait, |client, settler| {
        client.ticket_then(client.timeout(), move |ticket| settler.settle(answer(ticket)));
    })
}

/// The access token, likewise.
#[napi(catch_unwind)]
pub fn access_token(env: &Env, id: u32, wait: u32) -> napi::Result<Waited<'_>> {
    ask(env, id, wait, |client, settler| {
        client.access_token_then(client.timeout(), move |token| settler.settle(answer(token)));
    })
}

/// A number to give a wait up by.
#[napi(catch_unwind)]
pub fn new_wait() -> u32 {
    table::new_wait()
}

/// Ends a wait: a promise that is still pending is answered with `ABORTED`. What it waited for goes
/// on for others.
#[napi(catch_unwind)]
pub fn give_up(wait: u32) {
    if let Some(wait) = table::forget(wait).filter(Wait::is_pending) {
        wait.settle(Either::B(failure_of(Code::Aborted, "the caller's signal was aborted")));
    }
}

/// Replaces the caller's own token.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn set_access_token(id: u32, token: String) -> Either<bool, Failure> {
    table::with(id, |client| either(client.set_access_token(&token).map(|()| true)))
}

/// Replaces the caller's own ticket.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn set_ticket(id: u32, ticket: String) -> Either<bool, Failure> {
    table::with(id, |client| either(client.set_ticket(&ticket).map(|()| true)))
}

/// Drops a credential that is still this value.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn invalidate(id: u32, value: String) -> Either<bool, Failure> {
    table::with(id, |client| either(client.invalidate(&value)))
}

/// The state as JSON.
#[napi(catch_unwind)]
pub fn state(id: u32) -> Answer {
    table::with(id, |client| answer(client.state().map(|state| state.to_json())))
}

/// An explanation that is to be found. That may take tenths of a second, so JavaScript's thread does
/// not do it.
pub struct Explanation(Option<Box<dyn FnOnce() -> Answer + Send>>);

impl Task for Explanation {
    type Output = Answer;
    type JsValue = Answer;

    fn compute(&mut self) -> napi::Result<Answer> {
        let found = self.0.take().and_then(|find| catch_unwind(AssertUnwindSafe(find)).ok());
        Ok(found.unwrap_or_else(|| Either::B(failure_of(Code::Internal, "the explanation failed"))))
    }

    fn resolve(&mut self, _env: Env, answer: Answer) -> napi::Result<Answer> {
        Ok(answer)
    }
}

/// Explains a failed signature with the tickets that the client remembers: JSON in, JSON out.
#[napi(catch_unwind)]
pub fn client_explain(id: u32, evidence: String) -> AsyncTask<Explanation> {
    let find: Box<dyn FnOnce() -> Answer + Send> = match table::with(id, |client| either(client.explainer()))
    {
        Either::A(explain) => Box::new(move || {
            answer(Evidence::from_json(&evidence).map(|evidence| explain(&evidence).to_json()))
        }),
        Either::B(failure) => Box::new(|| Either::B(failure)),
    };
    AsyncTask::new(Explanation(Some(find)))
}

/// Closes the client; its state can still be read.
#[napi(catch_unwind)]
pub fn close(id: u32) {
    let _: Either<(), Failure> = table::with(id, |client| {
        client.close();
        Either::A(())
    });
}

/// Forgets the client for good: JavaScript has collected its object.
#[napi(catch_unwind)]
pub fn release(id: u32) {
    table::remove(id);
}

fn ask(env: &Env, id: u32, number: u32, call: impl FnOnce(&Client, Settler)) -> napi::Result<Waited<'_>> {
    let wait = Wait::new();
    let asked = table::with(id, |client| {
        call(client, wait.settler());
        Either::A(())
    });
    if let Either::B(failure) = asked {
        return Ok(Either::A(Either::B(failure)));
    }
    if number != 0 {
        table::note(number, wait.clone());
    }
    wait.finish(env)
}

#[allow(clippy::needless_pass_by_value)] // the shape that Result::map wants
fn flat(config: Config) -> String {
    pack(&config.nonce, config.timestamp, config.signature.as_str())
}

#[allow(clippy::needless_pass_by_value)]
fn flat_agent(config: AgentConfig) -> String {
    pack(&config.nonce, config.timestamp, config.signature.as_str())
}

#[allow(clippy::needless_pass_by_value)]
fn flat_invoice(config: InvoiceConfig) -> String {
    pack(&config.nonce, config.timestamp, &config.card_sign)
}
