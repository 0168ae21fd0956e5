//! What a thread keeps from one signature to the next: the text that is hashed, laid out up to the page, and the hash
//! of its first block.
//!
//! Behind a ticket of WeChat's, the first 19 characters of the nonce fill up a block. They serve 16 signatures in a row,
//! so that this block is hashed once for all of them; the other 13 characters, 65 bits, are new each time.

use std::cell::RefCell;

use super::Prepared;
use super::digits::{Decimal, hex};
use super::signed::Signed;
use super::stream::Stream;
use super::text::{BLOCK, State, Text};
use crate::fork;
use crate::nonce::{Nonce, Pool};

/// How many nonces begin alike.
const ALIKE: u32 = 16;
/// The characters of a nonce that are new each time ...
const NEW: usize = 13;
/// ... and those that are not.
const OLD: usize = Nonce::LEN - NEW;

struct Pen {
    /// For which ticket, second and process everything below was laid out ...
    ticket: u64,
    second: u64,
    mark: u64,
    /// ... and for how many signatures more.
    left: u32,
    /// What is behind the ticket's whole blocks, up to the page, but for the new part of the nonce.
    text: Text,
    /// Where that goes, and where the page goes.
    new_at: usize,
    page_at: usize,
    /// After the blocks that are full before the new part of the nonce, and how many those are: one or none.
    state: State,
    begun: usize,
    signed: Signed,
    pool: Pool,
}

thread_local! {
    static PEN: RefCell<Pen> = const {
        RefCell::new(Pen {
            ticket: 0,
            second: 0,
            mark: 0,
            left: 0,
            text: Text::new(),
            new_at: 0,
            page_at: 0,
            state: [0; 5],
            begun: 0,
            signed: Signed::new(),
            pool: Pool::new(),
        })
    };
}

/// Signs `page` with a nonce of its own, and lends what came out: copying what was just written would wait for the
/// writes.
#[inline]
pub(super) fn sign<T>(ticket: &Prepared, second: u64, page: &str, take: impl FnOnce(&Signed) -> T) -> T {
    PEN.with_borrow_mut(|pen| {
        let mark = fork::mark();
        if pen.left == 0 || pen.ticket != ticket.id || pen.second != second || pen.mark != mark {
            pen.begin(ticket, second, mark);
        }
        pen.left -= 1;
        pen.sign(ticket, mark, page);
        take(&pen.signed)
    })
}

impl Pen {
    #[inline(never)]
    fn begin(&mut self, ticket: &Prepared, second: u64, mark: u64) {
        let nonce: &[u8; Nonce::LEN] = self.pool.take(mark);
        self.text = Text::new();
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
        (self.ticket, self.second, self.mark) = (ticket.id, second, mark);
        // Where no block can be saved, nothing is shared.
        self.left = if self.begun > 0 { ALIKE } else { 1 };
    }

    #[inline]
    fn sign(&mut self, ticket: &Prepared, mark: u64, page: &str) {
        let new: &[u8; NEW] = self.pool.take(mark);
        self.text.replace(self.new_at, new);
        self.text.truncate(self.page_at);
        let state = if self.text.has_room_for(page.len()) {
            self.text.put(page.as_bytes());
            self.text.finish(self.state, ticket.before, self.begun)
        } else {
            let mut stream = Stream::new(ticket.state, ticket.before);
            stream.add(self.text.as_bytes());
            stream.add(page.as_bytes());
            stream.finish()
        };
        self.signed.end(OLD, new, &hex(state));
    }
}
