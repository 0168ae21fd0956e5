//! A token or ticket with its life, and the shelf on which an account keeps those it has been given.

use std::time::{Duration, Instant};

/// Beyond this many, the oldest are forgotten.
const REMEMBERED: usize = 256;

/// A token or ticket that was handed out.
#[derive(Debug, Clone)]
pub struct Grant {
    pub value: String,
    /// The life it was given at its birth.
    pub life: Duration,
    ends: Instant,
    replaced: bool,
}

impl Grant {
    pub fn new(value: String, life: Duration, now: Instant) -> Self {
        Self { value, life, ends: now + life, replaced: false }
    }

    pub fn is_alive(&self, now: Instant) -> bool {
        now < self.ends
    }

    pub fn remaining(&self, now: Instant) -> Duration {
        self.ends.saturating_duration_since(now)
    }

    /// Whether its end came early, because another one took its place or a test killed it.
    pub fn was_replaced(&self) -> bool {
        self.replaced
    }
}

/// Grants of one kind, oldest first.
#[derive(Debug, Default)]
pub struct Shelf {
    grants: Vec<Grant>,
}

impl Shelf {
    /// Adds a grant, which becomes the current one. A value that is there already starts a new life.
    pub fn put(&mut self, grant: Grant) {
        self.grants.retain(|old| old.value != grant.value);
        if self.grants.len() >= REMEMBERED {
            self.grants.remove(0);
        }
        self.grants.push(grant);
    }

    /// The newest, if it is still alive.
    pub fn current(&self, now: Instant) -> Option<&Grant> {
        self.grants.last().filter(|grant| grant.is_alive(now))
    }

    pub fn find(&self, value: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.value == value)
    }

    pub fn living(&self, now: Instant) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.is_alive(now))
    }

    pub fn dead(&self, now: Instant) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| !grant.is_alive(now))
    }

    /// Lets those alive go on for `overlap` at most. With none, they are dead at once.
    pub fn replace(&mut self, overlap: Duration, now: Instant) {
        for grant in self.grants.iter_mut().filter(|grant| grant.ends > now + overlap) {
            grant.ends = now + overlap;
            grant.replaced = true;
        }
    }
}
