//! Refreshing ahead: what is used and due is asked for before anybody has to wait.

use super::Refresher;
use crate::credential::Kind;
use crate::store::LockMode;

impl Refresher {
    /// When the scheduler should look again, on the boot clock: only what is used is refreshed ahead.
    pub(crate) fn next_due(&self) -> Option<i64> {
        Kind::ALL.into_iter().filter_map(|kind| self.due(kind)).min()
    }

    /// Refreshes what is due; called by the scheduler.
    pub(crate) fn refresh_due(&self) {
        let now = self.clock.boot();
        for kind in Kind::ALL {
            if self.due(kind).is_some_and(|at| at <= now) {
                self.kick(kind);
            }
        }
    }

    fn due(&self, kind: Kind) -> Option<i64> {
        let slot = self.slot(kind);
        let held = slot.held().filter(|_| slot.is_used() && !slot.is_flying())?;
        let cooldown = self.cooldown(kind).and_then(|error| error.retry_at_ms());
        let wait = cooldown.map_or(0, |at| at.saturating_sub(self.clock.wall()).max(0));
        let mut allowed = i64::MIN;
        if wait > 0 {
            allowed = self.clock.boot().saturating_add(wait);
            if self.store.lock_mode() != LockMode::Process {
                allowed = allowed.min(slot.look_at());
            }
        }
        let at = held.ask_at.max(allowed).max(slot.board().rests_until());
        if held.ask_at == held.end {
            // A ticket that was to be handed out up to its very end: its turn is looked at once, or nobody would know the
            // age of the next one.
            return (at == held.end && slot.board().last_error.is_none()).then_some(at);
        }
        (at < held.end && self.clock.boot() < held.end).then_some(at)
    }
}
