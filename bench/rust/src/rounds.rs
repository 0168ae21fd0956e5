//! Interleaved rounds: every contender has a turn in each round, so that what disturbs the machine
//! disturbs all of them.

use std::time::Instant;

const REPEAT: u32 = 2_000;
const TRIES: usize = 6;
const WARM_UP: usize = 20;

/// A name and a loop.
pub type Contender = (&'static str, Box<dyn FnMut(u32)>);

/// Its own loop for each, so that the call may be part of it.
pub fn contender(name: &'static str, mut call: impl FnMut() + 'static) -> Contender {
    (
        name,
        Box::new(move |times| {
            for _ in 0..times {
                call();
            }
        }),
    )
}

/// How often the kernel gave the processor to another program, if it reports that.
fn disturbances() -> Option<String> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    status.lines().find(|line| line.starts_with("nonvoluntary_ctxt_switches")).map(str::to_owned)
}

/// The nanoseconds of a call. A turn that was disturbed is taken again, some times at most.
fn undisturbed(run: &mut dyn FnMut(u32)) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..TRIES {
        let before = disturbances();
        let began = Instant::now();
        run(REPEAT);
        least = least.min(began.elapsed().as_secs_f64() * 1e9 / f64::from(REPEAT));
        if disturbances() == before {
            break;
        }
    }
    least
}

/// For each name the nanoseconds of a call, one number for each round, as JSON.
pub fn interleave(mut contenders: Vec<Contender>) -> String {
    let given = std::env::var("BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds: usize = given.unwrap_or(100);
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..WARM_UP + rounds {
        for turn in 0..contenders.len() {
            let at = (turn + round) % contenders.len();
            let ns = undisturbed(&mut contenders[at].1);
            if round >= WARM_UP {
                times[at].push(ns);
            }
        }
    }
    let rows = contenders.iter().zip(&times).map(|((name, _), ns)| format!("{name:?}:{ns:?}"));
    format!("{{{}}}", rows.collect::<Vec<_>>().join(","))
}
