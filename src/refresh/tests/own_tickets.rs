//! Tickets that the caller brings: one value, or a function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use super::hangs::{Gates, LONG, Open, account, timed};
use super::world::{T0, World, code, is_served, ticket};
use crate::client::CredentialState;
use crate::clock::Clock;
use crate::clock::tests::Manual;
use crate::credential::{Account, Freshness, Kind, Source};
use crate::diagnosis::TicketEnd;
use crate::error::{Code, Subject};
use crate::refresh::{OwnTickets, Parts, Refresher, TicketReply, TokenSource};
use crate::secret::Secret;
use crate::store::MemoryStore;
use crate::upstream::TokenApi;

const DAY: i64 = 86_400_000;

fn fixed() -> TokenSource {
    TokenSource::Unneeded(OwnTickets::Fixed(Kind::Ticket))
}

/// A process with this fixed ticket.
fn with_fixed(world: &World, ticket: &str) -> Arc<Refresher> {
    let refresher = process(world, fixed());
    refresher.set_ticket(Secret::new(ticket)).unwrap();
    refresher
}

fn function(function: impl Fn(Kind, Option<&str>, TicketReply) + Send + Sync + 'static) -> TokenSource {
    TokenSource::Unneeded(OwnTickets::Function(Arc::new(function)))
}

fn process(world: &World, source: TokenSource) -> Arc<Refresher> {
    world.process_with(source)
}

/// A function that numbers its tickets, and names a life if `life` is one.
fn counting(life: Option<Duration>) -> (TokenSource, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let source = function(move |_, _, reply| {
        let ticket = format!("MINE-{}", seen.fetch_add(1, Ordering::SeqCst));
        match life {
            Some(life) => reply.send_with_life(ticket, life),
            None => reply.send(Ok(ticket)),
        }
    });
    (source, calls)
}

/// It is served at once and for ever, whatever the clocks do, until the caller replaces it. It is
/// never dropped, because wxsign has no way to another one.
#[test]
fn a_fixed_ticket_is_served_until_replaced() {
    let world = World::new();
    let refresher = with_fixed(&world, "FIRST");
    assert!(is_served(&refresher));
    for step in [60_000, DAY, 400 * DAY] {
        world.pass(step, step, std::slice::from_ref(&refresher));
        assert_eq!(ticket(&refresher).unwrap(), "FIRST");
    }
    // The wall clock gains on the boot clock, as after a suspend that the boot clock did not count.
    world.clock.jump(40 * DAY);
    assert_eq!(ticket(&refresher).unwrap(), "FIRST");
    world.clock.jump(-80 * DAY);
    assert_eq!(ticket(&refresher).unwrap(), "FIRST");
    assert!(!refresher.invalidate("FIRST"));
    assert_eq!(refresher.look(Kind::Ticket).1.unwrap().source, Source::Caller);
    refresher.set_ticket(Secret::new("SECOND")).unwrap();
    assert_eq!(ticket(&refresher).unwrap(), "SECOND");
    assert_eq!(world.counts(), (0, 0));
}

/// Two threads set the ticket at the same time. One of them is the later one: its ticket is served,
/// is the newest that `client.explain` knows, and goes on.
#[test]
fn one_of_two_tickets_set_at_once_is_the_later() {
    let world = World::new();
    let refresher = with_fixed(&world, "FIRST");
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for name in ["ONE", "OTHER"] {
            let (refresher, barrier) = (&refresher, &barrier);
            scope.spawn(move || {
                for n in 0..5_000 {
                    barrier.wait();
                    refresher.set_ticket(Secret::new(format!("{name}-{n}"))).unwrap();
                    barrier.wait();
                    let served = ticket(refresher).unwrap();
                    assert!(served.ends_with(&format!("-{n}")), "{served} in turn {n}");
                    let known = refresher.known_tickets();
                    assert_eq!((known[0].value.reveal(), known[0].end), (served.as_str(), None), "turn {n}");
                    assert!(matches!(known[1].end, Some((TicketEnd::Replaced, _))), "turn {n}");
                }
            });
        }
    });
}

/// For `client.explain`: when a fixed ticket was replaced.
#[test]
fn the_end_of_a_fixed_ticket_is_remembered() {
    let world = World::new();
    let refresher = with_fixed(&world, "FIRST");
    assert_eq!(ticket(&refresher).unwrap(), "FIRST");
    world.clock.advance(60_000);
    refresher.set_ticket(Secret::new("SECOND")).unwrap();
    world.clock.advance(3_600_000);
    assert_eq!(ticket(&refresher).unwrap(), "SECOND");
    let known = refresher.known_tickets();
    let first = known.iter().find(|one| one.kind == Kind::Ticket && one.value.reveal() == "FIRST").unwrap();
    let replaced_at = u64::try_from((T0 + 60_000) / 1_000).unwrap();
    assert_eq!(first.end, Some((TicketEnd::Replaced, replaced_at)));
}

/// A clock that fails if it is asked for the boot's id, which is in a file.
struct NoFile(Arc<Manual>);

impl Clock for NoFile {
    fn wall(&self) -> i64 {
        self.0.wall()
    }
    fn boot(&self) -> i64 {
        self.0.boot()
    }
    fn boot_id(&self) -> &str {
        panic!("the boot's id is in a file")
    }
    fn sleep(&self, time: Duration) {
        self.0.sleep(time);
    }
}

/// P8: creating a client, `config` and `state()` do no I/O.
#[test]
fn a_fixed_ticket_reads_no_file() {
    let world = World::new();
    let refresher = Refresher::new(Parts {
        account: Account::new(["https://api", "wx1", "own", ""]),
        clock: Arc::new(NoFile(world.clock.clone())),
        store: Box::new(MemoryStore),
        token_source: fixed(),
        ..world.parts("", TokenApi::Stable)
    });
    refresher.set_ticket(Secret::new("MINE")).unwrap();
    assert_eq!(ticket(&refresher).unwrap(), "MINE");
    refresher.set_ticket(Secret::new("OTHER")).unwrap();
    world.clock.advance(1_500);
    let state = CredentialState::of(&refresher, Kind::Ticket);
    assert_eq!((state.age_ms, state.remaining_ms, state.next_refresh_ms), (Some(1_500), None, None));
    assert_eq!(refresher.known_tickets().len(), 2);
}

/// A fixed ticket signs `wx.config` and nothing else, and with the caller's own tickets there is no
/// token. The error names the option.
#[test]
fn kinds_that_cannot_be_are_refused_by_option() {
    let world = World::new();
    let refused = |refresher: &Refresher, kind| {
        let error = refresher.check_kind(kind).unwrap_err();
        error.code() == Code::InvalidArgument && error.subject() == Some(&Subject::Option("ticket"))
    };
    let refresher = with_fixed(&world, "MINE");
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Ticket) {
        assert!(refused(&refresher, kind), "{kind:?}");
        // A flight that was asked for in spite of that.
        assert_eq!(refresher.get(kind, 1, LONG, || ()).unwrap_err().code(), Code::InvalidArgument);
    }
    assert!(refresher.check_kind(Kind::Ticket).is_ok());
    assert_eq!(refresher.set_token(Secret::new("t")).unwrap_err().code(), Code::InvalidArgument);

    let refresher = process(&world, counting(None).0);
    assert!(refused(&refresher, Kind::Token));
    assert!(Kind::ALL.into_iter().filter(|kind| kind.is_ticket()).all(|k| refresher.check_kind(k).is_ok()));
    assert_eq!(refresher.set_ticket(Secret::new("t")).unwrap_err().code(), Code::InvalidArgument);
    let fetched = world.process();
    assert_eq!(fetched.set_ticket(Secret::new("t")).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(world.counts(), (0, 0));
}

/// The ticket may die at any moment if its life is unknown, so it is kept for a minute. In use it
/// is asked for again ahead of that, while callers are served; an idle client stops asking.
#[test]
fn a_function_without_a_life_is_asked_each_minute() {
    let world = World::new();
    let (source, calls) = counting(None);
    let refresher = process(&world, source);
    ticket(&refresher).unwrap();
    for _ in 0..3_600 {
        world.pass(1_000, 1_000, std::slice::from_ref(&refresher));
        assert!(is_served(&refresher), "a caller would wait");
    }
    let asked = calls.load(Ordering::SeqCst);
    assert!((60..=100).contains(&asked), "{asked} calls in an hour of use");
    world.pass(3_600_000, 1_000, std::slice::from_ref(&refresher));
    assert!(calls.load(Ordering::SeqCst) <= asked + 2, "it is idle");
    assert_eq!(refresher.look(Kind::Ticket).0, Freshness::Expired);
}

/// A life that the function names is the time that is left: it counts to its end, and at most a
/// day.
#[test]
fn a_named_life_is_the_time_that_is_left() {
    for (life, end) in [(7_200_000, 7_200_000), (1, 1), (40 * DAY, DAY)] {
        let world = World::new();
        let (source, _) = counting(Some(Duration::from_millis(u64::try_from(life).unwrap())));
        let refresher = process(&world, source);
        ticket(&refresher).unwrap();
        assert_eq!(world.clock_end(&refresher) - world.now(), end);
    }
}

/// The same ticket again with a new life is no ticket of false age, as WeChat's would be.
#[test]
fn the_same_ticket_again_gets_its_new_life() {
    let world = World::new();
    let refresher = process(&world, function(|_, _, reply| reply.send(Ok("SAME".to_owned()))));
    for _ in 0..10_000 {
        assert_eq!(ticket(&refresher).unwrap(), "SAME");
        world.pass(30_000, 1_000, std::slice::from_ref(&refresher));
    }
}

/// The function gets the kind that is needed, and the ticket that the caller has invalidated. If it
/// returns that one again, it is served: the function decides.
#[test]
fn a_ticket_function_gets_kind_and_dropped_ticket() {
    let world = World::new();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let refresher = process(
        &world,
        function(move |kind, rejected, reply| {
            seen.lock().unwrap().push((kind, rejected.map(str::to_owned)));
            reply.send_with_life(format!("{}-MINE", kind.word()), Duration::from_secs(7_200));
        }),
    );
    for kind in [Kind::Ticket, Kind::AgentTicket, Kind::CardTicket] {
        refresher.get(kind, 1, LONG, || ()).unwrap();
    }
    assert!(refresher.invalidate("agent_ticket-MINE"));
    assert_eq!(refresher.get(Kind::AgentTicket, 1, LONG, || ()).unwrap().reveal(), "agent_ticket-MINE");
    let want = [
        (Kind::Ticket, None),
        (Kind::AgentTicket, None),
        (Kind::CardTicket, None),
        (Kind::AgentTicket, Some("agent_ticket-MINE".to_owned())),
    ];
    assert_eq!(*asked.lock().unwrap(), want);
    assert_eq!(world.counts(), (0, 0));
}

/// What a ticket function returns passes the check of every other input, and its failure is typed.
#[test]
fn a_failing_ticket_function_is_a_typed_failure() {
    type Function = fn(TicketReply);
    let functions: [(Function, Code); 7] = [
        (|reply| reply.send(Err("vault is closed".into())), Code::NotReady),
        (drop, Code::NotReady),
        (|reply| reply.send(Ok(String::new())), Code::InvalidArgument),
        (|reply| reply.send(Ok("undefined".into())), Code::InvalidArgument),
        (|reply| reply.send(Ok("two words".into())), Code::InvalidArgument),
        (|reply| reply.send(Ok("x".repeat(4_097))), Code::InvalidArgument),
        (|reply| reply.send_with_life("GOOD".into(), Duration::ZERO), Code::InvalidArgument),
    ];
    for (n, (answer, want)) in functions.into_iter().enumerate() {
        let world = World::new();
        let refresher = process(&world, function(move |_, _, reply| answer(reply)));
        let error = ticket(&refresher).unwrap_err();
        assert_eq!(error.code(), want, "case {n}: {error}");
        match want {
            Code::NotReady => assert_eq!(error.reason(), Some("FUNCTION")),
            _ => assert_eq!((error.subject(), error.http_status()), (Some(&Subject::Option("ticket")), 500)),
        }
    }
}

/// The last ticket is served until it ends, and a failing function is asked again with a back-off.
#[test]
fn a_failing_function_keeps_the_last_ticket() {
    let world = World::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let refresher = process(
        &world,
        function(move |_, _, reply| match seen.fetch_add(1, Ordering::SeqCst) {
            0 => reply.send_with_life("GOOD".into(), Duration::from_secs(7_200)),
            _ => reply.send(Err("vault is closed".to_owned())),
        }),
    );
    ticket(&refresher).unwrap();
    for _ in 0..7_199 {
        world.pass(1_000, 500, std::slice::from_ref(&refresher));
        assert_eq!(ticket(&refresher).unwrap(), "GOOD");
    }
    // Ten minutes at most in which it is due. In the last of them each caller that waits asks.
    let asked = calls.load(Ordering::SeqCst);
    assert!(asked <= 600, "{asked} calls");
    world.pass(1_000, 1_000, std::slice::from_ref(&refresher));
    assert_eq!(code(ticket(&refresher)), Code::NotReady);
}

/// A ticket function that never returns ends its flight by the flight's deadline, and its thread is
/// given up on.
#[test]
fn a_hung_ticket_function_ends_with_the_flight() {
    let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
    let hung = Arc::<Gates>::default();
    let _open = Open(Arc::clone(&hung));
    hung.close("function");
    let gates = Arc::clone(&hung);
    let account = account(&store, &network, function(move |_, _, _| gates.pass("function")));
    let (outcome, took) = timed(&account, LONG);
    let error = outcome.unwrap_err();
    assert_eq!((error.code(), error.reason()), (Code::Timeout, Some("FUNCTION")));
    assert!(took < Duration::from_millis(10_500), "{took:?}");
}
