//! A token or ticket with its life, and the history of those that one interface has issued.

use std::time::{Duration, Instant};

use crate::settings::{Settings, TicketMode};

/// A history forgets its oldest values beyond this many.
const MAX_REMEMBERED: usize = 256;

/// A token or ticket that was handed out.
#[derive(Debug, Clone)]
pub struct Issued {
    pub value: String,
    /// Its life when it was issued.
    pub life: Duration,
    ends: Instant,
    replaced: bool,
}

impl Issued {
    pub fn new(value: String, life: Duration, now: Instant) -> Self {
        Self { value, life, ends: now + life, replaced: false }
    }

    pub fn is_alive(&self, now: Instant) -> bool {
        now < self.ends
    }

    pub fn remaining(&self, now: Instant) -> Duration {
        self.ends.saturating_duration_since(now)
    }

    /// Whether it ended early, because another one replaced it or a test killed it.
    pub fn was_replaced(&self) -> bool {
        self.replaced
    }
}

/// The values of one interface, oldest first.
#[derive(Debug, Default)]
pub struct History {
    values: Vec<Issued>,
}

impl History {
    /// Issues a value, which becomes the current one. A known value starts a new life.
    pub fn issue(&mut self, value: String, life: Duration, now: Instant) -> (String, Duration) {
        self.values.retain(|old| old.value != value);
        if self.values.len() >= MAX_REMEMBERED {
            self.values.remove(0);
        }
        self.values.push(Issued::new(value.clone(), life, now));
        (value, life)
    }

    /// The current ticket or a new one, and the `expires_in` that the ticket mode claims for it.
    pub fn ticket(
        &mut self,
        settings: &Settings,
        new_value: fn() -> String,
        now: Instant,
    ) -> (String, Duration) {
        let fixed = settings.fixed_ticket.as_ref();
        let usable = self.current(now).filter(|ticket| fixed.is_none_or(|fixed| *fixed == ticket.value));
        match (usable, settings.ticket_mode) {
            (Some(ticket), TicketMode::Reserve) => (ticket.value.clone(), ticket.life),
            (Some(ticket), TicketMode::Remaining) => (ticket.value.clone(), ticket.remaining(now)),
            _ => self.issue(fixed.cloned().unwrap_or_else(new_value), settings.ticket_life, now),
        }
    }

    /// The newest value, if it is still alive.
    pub fn current(&self, now: Instant) -> Option<&Issued> {
        self.values.last().filter(|issued| issued.is_alive(now))
    }

    pub fn find(&self, value: &str) -> Option<&Issued> {
        self.values.iter().find(|issued| issued.value == value)
    }

    pub fn living(&self, now: Instant) -> impl Iterator<Item = &Issued> {
        self.values.iter().filter(move |issued| issued.is_alive(now))
    }

    pub fn dead(&self, now: Instant) -> impl Iterator<Item = &Issued> {
        self.values.iter().filter(move |issued| !issued.is_alive(now))
    }

    /// Lets the living values go on for `overlap` at most. With no overlap they are dead at once.
    pub fn replace(&mut self, overlap: Duration, now: Instant) {
        for issued in self.values.iter_mut().filter(|issued| issued.ends > now + overlap) {
            issued.ends = now + overlap;
            issued.replaced = true;
        }
    }
}
