//! The ticket that a thread signed with last, and the second: those who keep a ticket themselves pass the same one
//! again and again.

use std::cell::RefCell;

use super::digits::Decimal;
use super::stream::Stream;
use super::text::{INITIAL, State, Text};

/// Longer than any ticket that was seen; what is longer still is begun anew each time.
const LONGEST: usize = 192;

struct Last {
    ticket: [u8; LONGEST],
    /// Zero where nothing is kept.
    len: usize,
    /// After the blocks that the ticket fills ...
    state: State,
    /// ... and the length of those.
    before: u64,
    /// Begins with what is behind them, up to the nonce.
    text: Text,
    nonce_at: usize,
    timestamp: u64,
    middle: Middle,
}

/// What stands between nonce and page.
struct Middle {
    bytes: [u8; Self::MAX],
    len: usize,
}

thread_local! {
    static LAST: RefCell<Last> = const {
        RefCell::new(Last {
            ticket: [0; LONGEST],
            len: 0,
            state: INITIAL,
            before: 0,
            text: Text::new(),
            nonce_at: 0,
            timestamp: 0,
            middle: Middle { bytes: [0; Middle::MAX], len: 0 },
        })
    };
}

/// The hash of everything that is signed; `page` is without its fragment.
pub(super) fn digest(ticket: &str, nonce: &str, timestamp: u64, page: &str) -> State {
    LAST.with_borrow_mut(|last| {
        if last.len == 0 || last.ticket.get(..last.len) != Some(ticket.as_bytes()) {
            last.begin(ticket);
        }
        if last.timestamp != timestamp || last.middle.len == 0 {
            (last.timestamp, last.middle) = (timestamp, Middle::of(timestamp));
        }
        last.finish(nonce, page)
    })
}

impl Last {
    #[inline(never)]
    fn begin(&mut self, ticket: &str) {
        self.len = 0;
        if let Some(place) = self.ticket.get_mut(..ticket.len()) {
            place.copy_from_slice(ticket.as_bytes());
            self.len = ticket.len();
        }
        let mut stream = Stream::new(INITIAL, 0);
        for piece in [b"jsapi_ticket=", ticket.as_bytes(), b"&noncestr="] {
            stream.add(piece);
        }
        let (state, before, rest, rest_len) = stream.pause();
        (self.state, self.before, self.nonce_at) = (state, before, rest_len);
        self.text.replace(0, &rest);
    }

    #[inline]
    fn finish(&mut self, nonce: &str, page: &str) -> State {
        self.text.truncate(self.nonce_at);
        let pieces = [nonce.as_bytes(), self.middle.as_bytes(), page.as_bytes()];
        if self.text.has_room_for(pieces.iter().map(|piece| piece.len()).sum()) {
            for piece in pieces {
                self.text.put(piece);
            }
            return self.text.finish(self.state, self.before, 0);
        }
        let mut stream = Stream::new(self.state, self.before);
        stream.add(self.text.as_bytes());
        for piece in pieces {
            stream.add(piece);
        }
        stream.finish()
    }
}

impl Middle {
    const BEFORE: &'static [u8] = b"&timestamp=";
    const BEHIND: &'static [u8] = b"&url=";
    const MAX: usize = Self::BEFORE.len() + Decimal::MAX + Self::BEHIND.len();

    fn of(timestamp: u64) -> Self {
        let mut middle = Self { bytes: [0; Self::MAX], len: 0 };
        for piece in [Self::BEFORE, Decimal::of(timestamp).as_bytes(), Self::BEHIND] {
            for (to, from) in middle.bytes.iter_mut().skip(middle.len).zip(piece) {
                *to = *from;
            }
            middle.len += piece.len();
        }
        middle
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
