//! The calls that wait, as futures. A callback from wxsign wakes the task, so any runtime
//! works.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::{AgentConfig, Client, Config, InvoiceConfig};
use crate::error::Error;
use crate::sync::lock;

/// What the callback and the future share: the outcome, and the waker of the task.
struct Shared<T> {
    outcome: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

/// Waits for a callback.
struct OutcomeFuture<T>(Arc<Mutex<Shared<T>>>);

impl<T: Send + 'static> OutcomeFuture<T> {
    /// Passes `ask` the callback to call.
    fn of(ask: impl FnOnce(Box<dyn FnOnce(Result<T, Error>) + Send>)) -> Self {
        let shared = Arc::new(Mutex::new(Shared { outcome: None, waker: None }));
        let callback = Arc::clone(&shared);
        ask(Box::new(move |outcome| {
            let mut shared = lock(&callback);
            shared.outcome = Some(outcome);
            let waker = shared.waker.take();
            // A waker is the runtime's code, so it runs after our lock is released.
            drop(shared);
            if let Some(waker) = waker {
                waker.wake();
            }
        }));
        Self(shared)
    }
}

impl<T> Future for OutcomeFuture<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = lock(&self.0);
        if let Some(outcome) = shared.outcome.take() {
            return Poll::Ready(outcome);
        }
        // A second poll may come with the waker of another task.
        let old = shared.waker.replace(context.waker().clone());
        drop(shared);
        drop(old);
        Poll::Pending
    }
}

impl Client {
    /// Like [`Client::config`], for async code: it never blocks the thread and needs no particular
    /// runtime.
    ///
    /// Fetching starts with the call, and the client's timeout counts from then. Dropping the
    /// future does not stop the fetch, which goes on for other callers.
    pub fn config_async(
        &self,
        url: &str,
    ) -> impl Future<Output = Result<Config, Error>> + Send + Sync + Unpin + use<> {
        OutcomeFuture::of(|done| self.config_then(url, self.timeout(), done))
    }

    /// Like [`Client::agent_config`], for async code; see [`Client::config_async`].
    pub fn agent_config_async(
        &self,
        url: &str,
    ) -> impl Future<Output = Result<AgentConfig, Error>> + Send + Sync + Unpin + use<> {
        OutcomeFuture::of(|done| self.agent_config_then(url, self.timeout(), done))
    }

    /// Like [`Client::invoice_config`], for async code; see [`Client::config_async`].
    pub fn invoice_config_async(
        &self,
    ) -> impl Future<Output = Result<InvoiceConfig, Error>> + Send + Sync + Unpin + use<> {
        OutcomeFuture::of(|done| self.invoice_config_then(self.timeout(), done))
    }

    /// Like [`Client::ticket`], for async code; see [`Client::config_async`].
    pub fn ticket_async(&self) -> impl Future<Output = Result<String, Error>> + Send + Sync + Unpin + use<> {
        OutcomeFuture::of(|done| self.ticket_then(self.timeout(), done))
    }

    /// Like [`Client::access_token`], for async code; see [`Client::config_async`].
    pub fn access_token_async(
        &self,
    ) -> impl Future<Output = Result<String, Error>> + Send + Sync + Unpin + use<> {
        OutcomeFuture::of(|done| self.access_token_then(self.timeout(), done))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::error::Code;

    #[derive(Default)]
    struct CountedWaker(AtomicUsize);

    impl Wake for CountedWaker {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(outcome: &mut OutcomeFuture<u8>, count: &Arc<CountedWaker>) -> Poll<Result<u8, Code>> {
        let waker = Waker::from(Arc::clone(count));
        Pin::new(outcome).poll(&mut Context::from_waker(&waker)).map_err(|error| error.code())
    }

    /// An answer that is ready at once needs no waker. A later one wakes the task that polled last.
    #[test]
    fn the_task_that_polled_last_is_woken_once() {
        let [first, second] = [(); 2].map(|()| Arc::new(CountedWaker::default()));
        let mut at_once = OutcomeFuture::of(|done| done(Ok(1)));
        assert_eq!(poll(&mut at_once, &first), Poll::Ready(Ok(1)));

        let mut kept = None;
        let mut later = OutcomeFuture::of(|done| kept = Some(done));
        assert!(poll(&mut later, &first).is_pending());
        assert!(poll(&mut later, &second).is_pending());
        kept.take().unwrap()(Err(Error::new(Code::Closed, "")));
        assert_eq!((first.0.load(Ordering::SeqCst), second.0.load(Ordering::SeqCst)), (0, 1));
        assert_eq!(poll(&mut later, &second), Poll::Ready(Err(Code::Closed)));
    }

    #[test]
    fn an_answer_to_a_dropped_future_goes_nowhere() {
        let (mut kept, count) = (None, Arc::new(CountedWaker::default()));
        let mut dropped = OutcomeFuture::of(|done| kept = Some(done));
        assert!(poll(&mut dropped, &count).is_pending());
        drop(dropped);
        kept.take().unwrap()(Ok(1));
        assert!(count.0.load(Ordering::SeqCst) <= 1);
    }
}
