//! What a signer keeps from one signature to the next: the text that is hashed, laid out up to the page, and the hash
//! of what is the same in many.
//!
//! Behind a ticket of WeChat's, the first 19 characters of the nonce fill up a block. They serve 64 signatures in a row,
//! so that this block is hashed once for all of them; the other 13 characters, 65 bits, are new each time. Whoever signs
//! more than that within a second has the block behind it hashed ahead (see [`super::ahead`]), and then waits for the rest
//! of the page alone.

use std::cell::RefCell;

use super::Prepared;
use super::ahead::{Ahead, MANY, NEW};
use super::digits::{Decimal, hex};
use super::signed::Signed;
use super::text::{BLOCK, State, Text};
use crate::clock::Glance;
use crate::fork;
use crate::nonce::{Nonce, Pool};

/// The characters of a nonce that are the same in many.
const OLD: usize = Nonce::LEN - NEW;

/// One thread's means of signing, or one client's that stays with its thread.
pub(crate) struct Pen {
    /// The clocks, as they were looked at last.
    pub(crate) glance: Glance,
    /// For which ticket, second and process everything below was laid out ...
    ticket: u64,
    second: u64,
    mark: u64,
    /// ... and for how many signatures more.
    left: usize,
    /// What is behind the ticket's whole blocks, up to the page, but for the new part of the nonce.
    text: Text,
    /// Where that part goes, and where the page goes.
    new_at: usize,
    page_at: usize,
    /// After the blocks that are full before the new part of the nonce, and how many those are: one or none.
    state: State,
    begun: usize,
    /// Signatures that are begun by the block behind those, what is hashed behind that, and where the page goes on there.
    ahead: Ahead,
    tail: Text,
    tail_at: usize,
    signed: Signed,
    pool: Pool,
}

thread_local! {
    static PEN: RefCell<Pen> = const { RefCell::new(Pen::new()) };
}

impl Pen {
    pub(crate) const fn new() -> Self {
        Self {
            glance: Glance::NONE,
            ticket: 0,
            second: 0,
            mark: 0,
            left: 0,
            text: Text::new(),
            new_at: 0,
            page_at: 0,
            state: [0; 5],
            begun: 0,
            ahead: Ahead::new(),
            tail: Text::new(),
            tail_at: 0,
            signed: Signed::new(),
            pool: Pool::new(),
        }
    }

    /// Lends this thread's.
    #[inline]
    pub(crate) fn borrow<T>(sign: impl FnOnce(&mut Self) -> T) -> T {
        PEN.with_borrow_mut(sign)
    }

    /// Signs `page`, which is already without its fragment, at `second`, in Unix time, and with a nonce of its own. Lends
    /// what came out: copying what was just written would wait for the writes.
    #[inline]
    pub(crate) fn sign<T>(
        &mut self,
        ticket: &Prepared,
        second: u64,
        page: &str,
        take: impl FnOnce(&Signed) -> T,
    ) -> T {
        self.sign_in(fork::mark(), ticket, second, page.as_bytes(), take)
    }

    /// The same, in the process of that mark.
    #[inline]
    pub(super) fn sign_in<T>(
        &mut self,
        mark: u64,
        ticket: &Prepared,
        second: u64,
        page: &[u8],
        take: impl FnOnce(&Signed) -> T,
    ) -> T {
        if self.left == 0 || self.ticket != ticket.id || self.second != second || self.mark != mark {
            self.begin(ticket, second, mark, page);
        }
        self.left -= 1;
        let hash = match self.ahead.take(page) {
            Some((start, rest)) => {
                self.signed.put_nonce(OLD, &start.new);
                let before = ticket.before + ((self.begun + 1) * BLOCK) as u64;
                self.tail.truncate(self.tail_at);
                self.tail.finish_with(rest, start.state, before, 0)
            }
            None => self.hash(ticket, page),
        };
        self.signed.put_signature(&hex(hash));
        take(&self.signed)
    }

    /// Hashes all that is not shared, with a nonce from the pool.
    #[inline(never)]
    fn hash(&mut self, ticket: &Prepared, page: &[u8]) -> State {
        let new: &[u8; NEW] = self.pool.take(self.mark);
        self.signed.put_nonce(OLD, new);
        self.text.replace(self.new_at, new);
        self.text.truncate(self.page_at);
        self.text.finish_with(page, self.state, ticket.before, self.begun)
    }

    #[inline(never)]
    fn begin(&mut self, ticket: &Prepared, second: u64, mark: u64, page: &[u8]) {
        // Who has used up what was shared, in one second, is likely to sign as many once more.
        let busy = self.left == 0 && (self.ticket, self.second, self.mark) == (ticket.id, second, mark);
        (self.ticket, self.second, self.mark, self.left) = (ticket.id, second, mark, MANY);
        let nonce: &[u8; Nonce::LEN] = self.pool.take(mark);
        self.text.truncate(0);
        self.text.put(ticket.rest());
        self.new_at = self.text.len() + OLD;
        self.text.put(nonce);
        self.text.put(b"&timestamp=");
        self.text.put(Decimal::of(second).as_bytes());
        self.text.put(b"&url=");
        self.page_at = self.text.len();
        self.begun = self.new_at / BLOCK;
        self.state = self.text.begin(ticket.state, self.begun);
        self.signed.begin(nonce, second);
        self.ahead.clear();
        if busy {
            self.begin_ahead(page);
        }
    }

    /// Begins as many signatures as are left, for pages that begin as this one does; if the block ends behind the nonce,
    /// and not behind the page.
    fn begin_ahead(&mut self, page: &[u8]) {
        let (before, end) = (self.begun * BLOCK, (self.begun + 1) * BLOCK);
        self.tail.truncate(0);
        self.tail.put(self.text.as_bytes().get(end..).unwrap_or_default());
        self.tail_at = self.tail.len();
        self.text.put(page.get(..BLOCK).unwrap_or(page));
        if self.new_at + NEW <= end && end <= self.text.len() {
            let places = (self.new_at - before, self.page_at - before);
            self.ahead.begin(self.state, self.text.block(self.begun), places, || *self.pool.take(self.mark));
        }
    }
}
