//! Time. Records carry the wall clock's time. Decisions use the time since boot, which cannot be
//! set.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use once_cell::race::OnceBox;

/// A source of time. Tests replace it.
pub(crate) trait Clock: Send + Sync {
    /// Unix time in milliseconds.
    fn wall(&self) -> i64;
    /// Milliseconds since boot, sleep included where the system counts it.
    fn boot(&self) -> i64;
    /// Milliseconds on a clock that stops in suspend. Deadlines use it.
    fn monotonic(&self) -> i64 {
        self.boot()
    }
    /// The boot clock and the timestamp of a signature together: every call of a user reads them.
    /// May be some milliseconds old.
    fn now(&self) -> Now {
        Now { boot: self.boot(), second: u64::try_from(self.wall() / 1_000).unwrap_or_default() }
    }
    /// Names the boot that [`Clock::boot`] counts from.
    fn boot_id(&self) -> &str;
    /// Blocks the thread.
    fn sleep(&self, time: Duration);
}

/// See [`Clock::now`].
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) boot: i64,
    /// Unix time in whole seconds, as `wx.config` takes it.
    pub(crate) second: u64,
}

/// The machine's clocks.
pub(crate) struct System;

impl Clock for System {
    fn wall(&self) -> i64 {
        wall_ms()
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn boot(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[inline]
    fn now(&self) -> Now {
        tick::now()
    }

    /// `Instant` stops in sleep there; `CLOCK_MONOTONIC` does not.
    #[cfg(target_vendor = "apple")]
    fn boot(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn boot(&self) -> i64 {
        since_start()
    }

    fn monotonic(&self) -> i64 {
        since_start()
    }

    fn boot_id(&self) -> &str {
        // Without a lock: a child that is forked while a thread reads the files reads them itself.
        static ID: OnceBox<String> = OnceBox::new();
        ID.get_or_init(|| Box::new(boot_id()))
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Milliseconds since the process first asked, without the time of a suspend.
fn since_start() -> i64 {
    static START: OnceBox<Instant> = OnceBox::new();
    let start = START.get_or_init(|| Box::new(Instant::now()));
    i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)
}

fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Linux keeps the wall clock's value at its last tick, some milliseconds ago: reading it costs a
/// quarter of reading a clock. It changes at every tick, at the end of a suspend and when the clock
/// is set. So each thread reads the boot clock once per tick, of which there are a hundred a second
/// or more.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod tick {
    use std::cell::Cell;

    use rustix::time::{ClockId, Timespec, clock_gettime};

    use super::{Clock, Now, System};

    thread_local! {
        /// The wall clock's seconds and nanoseconds at a tick, and the boot clock then.
        static LAST: Cell<(i64, i64, i64)> = const { Cell::new((0, 0, 0)) };
    }

    #[inline]
    pub(super) fn now() -> Now {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::RealtimeCoarse);
        let (seconds, nanoseconds, mut boot) = LAST.get();
        if (tv_sec, tv_nsec) != (seconds, nanoseconds) {
            boot = System.boot();
            LAST.set((tv_sec, tv_nsec, boot));
        }
        Now { boot, second: u64::try_from(tv_sec).unwrap_or_default() }
    }
}

/// Names the time line of [`Clock::boot`]. On Linux that is the boot and, in a container with its
/// own clocks, the time namespace with its offset. Elsewhere the count starts with the process, so
/// no other process shares its time line.
fn boot_id() -> String {
    if cfg!(any(target_os = "linux", target_os = "android"))
        && let Ok(id) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
    {
        return format!("{}{}", id.trim(), time_namespace());
    }
    format!("{:016x}{:016x}", unlikely_twice(), unlikely_twice())
}

/// Empty in the first time namespace of a machine, and where the system has none.
fn time_namespace() -> String {
    /// Linux's number of the first namespace.
    const FIRST: &str = "time:[4026531834]";
    match std::fs::read_link("/proc/self/ns/time") {
        Ok(name) if name.as_os_str() != FIRST => {
            // Linux reuses the number of a namespace that is gone, so the offset is part of the
            // name.
            let offsets = std::fs::read_to_string("/proc/self/timens_offsets").unwrap_or_default();
            let boot = offsets.lines().find(|line| line.starts_with("boottime")).unwrap_or_default();
            let offset = boot.split_whitespace().skip(1).collect::<Vec<_>>().join(".");
            format!(" {} {offset}", name.display())
        }
        _ => String::new(),
    }
}

/// A number that differs between calls, threads and processes without asking the system for
/// randomness.
pub(crate) fn unlikely_twice() -> u64 {
    RandomState::new().hash_one((std::process::id(), SystemTime::now(), std::thread::current().id()))
}

/// By how much the wall clock was ahead of the boot clock when a record was written, and in which
/// boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) boot_id: String,
    /// Wall minus boot, in milliseconds.
    pub(crate) offset: i64,
}

impl Stamp {
    pub(crate) fn take(clock: &dyn Clock) -> Self {
        Self { boot_id: clock.boot_id().to_owned(), offset: clock.wall().saturating_sub(clock.boot()) }
    }

    /// The present on the time line of the stamped record. In the same boot the boot clock decides,
    /// so setting the wall clock moves nothing. In another boot only the wall clock can be
    /// compared.
    pub(crate) fn now(&self, clock: &dyn Clock) -> i64 {
        if self.boot_id == clock.boot_id() { clock.boot().saturating_add(self.offset) } else { clock.wall() }
    }
}

/// If the wall clock has gained more than this on the boot clock, the host had suspended this
/// machine, or the clock was set.
const MAX_GAIN_MS: i64 = 60_000;

/// Whether a wall clock that was `offset` ahead of the boot clock has gained on it since, and now
/// shows `wall` at `boot`.
#[inline]
pub(crate) fn has_gained(offset: i64, wall: i64, boot: i64) -> bool {
    wall.saturating_sub(boot).saturating_sub(offset) > MAX_GAIN_MS
}

impl Stamp {
    /// Whether the wall clock has gained on the boot clock since the stamp. In another boot that is
    /// unknown.
    pub(crate) fn is_behind(&self, clock: &dyn Clock) -> bool {
        self.boot_id == clock.boot_id() && has_gained(self.offset, clock.wall(), clock.boot())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A clock that stands still until a test (or a sleep) moves it.
    pub(crate) struct Manual {
        wall: AtomicI64,
        boot: AtomicI64,
        boot_id: Mutex<&'static str>,
        nap: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    }

    impl Manual {
        pub(crate) fn at(wall: i64) -> Arc<Self> {
            let boot_id = Mutex::new("boot-1");
            Arc::new(Self { wall: wall.into(), boot: 1_000_000.into(), boot_id, nap: Mutex::default() })
        }

        /// Runs `action` during the next sleep.
        pub(crate) fn during_sleep(&self, action: impl FnOnce() + Send + 'static) {
            *self.nap.lock().unwrap() = Some(Box::new(action));
        }

        pub(crate) fn advance(&self, ms: i64) {
            self.wall.fetch_add(ms, SeqCst);
            self.boot.fetch_add(ms, SeqCst);
        }

        /// Sets the wall clock.
        pub(crate) fn jump(&self, ms: i64) {
            self.wall.fetch_add(ms, SeqCst);
        }

        pub(crate) fn reboot(&self) {
            *self.boot_id.lock().unwrap() = "boot-2";
            self.boot.store(5_000, SeqCst);
        }
    }

    impl Clock for Manual {
        fn wall(&self) -> i64 {
            self.wall.load(SeqCst)
        }
        fn boot(&self) -> i64 {
            self.boot.load(SeqCst)
        }
        fn boot_id(&self) -> &str {
            *self.boot_id.lock().unwrap()
        }
        fn sleep(&self, time: Duration) {
            self.advance(i64::try_from(time.as_millis()).unwrap());
            let action = self.nap.lock().unwrap().take();
            if let Some(action) = action {
                action();
            }
        }
    }

    #[test]
    fn setting_the_wall_clock_moves_nothing_within_a_boot() {
        let clock = Manual::at(1_700_000_000_000);
        let stamp = Stamp::take(&*clock);
        clock.advance(5_000);
        clock.jump(-86_400_000);
        assert_eq!(stamp.now(&*clock), 1_700_000_005_000);
        clock.reboot();
        assert_eq!(stamp.now(&*clock), 1_700_000_005_000 - 86_400_000);
    }

    #[test]
    fn the_machine_has_both_clocks() {
        assert!(System.wall() > 1_700_000_000_000);
        assert!(System.boot() <= System.boot());
        assert!(!System.boot_id().is_empty());
        let (before, moment) = (System.boot(), System.now());
        let wall = u64::try_from(System.wall() / 1_000).unwrap();
        assert!((wall - 1..=wall).contains(&moment.second));
        assert!((before - 1_000..=System.boot()).contains(&moment.boot));
        // Looking again shows that time has passed.
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(10));
            if System.now().boot > moment.boot {
                return;
            }
        }
        panic!("the boot clock stood still for a second");
    }
}
