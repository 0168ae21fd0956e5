//! The doctor against the sandbox in each of its faults: one line names it, and the exit code is 1.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use common::{Ran, SECRET, Sandbox, run};
use serde_json::{Value, json};

const THREADS: usize = 12;

/// A fault, and how the doctor must end: the check that fails with its code, or none.
struct Case {
    fault: Value,
    fails: Option<(&'static str, String)>,
}

/// The faults of the matrix that all bindings share, at an expired token and an expired ticket.
fn of_the_matrix() -> Vec<Case> {
    let matrix: Value = serde_json::from_str(include_str!("../../tests/matrix/cells.json")).unwrap();
    let mut known = BTreeSet::new();
    let cells = matrix["cells"].as_array().unwrap().iter().filter(|cell| {
        cell["token_api"] == "stable"
            && cell["name"].as_str().unwrap().ends_with(", expired")
            && known.insert(cell["fault"].to_string())
    });
    cells
        .map(|cell| {
            let name = if cell["faulty"] == "token" { "token" } else { "ticket" };
            let code = cell["caller"].as_str().unwrap();
            Case { fault: cell["fault"].clone(), fails: (code != "OK").then(|| (name, code.to_owned())) }
        })
        .collect()
}

/// The kinds that the matrix leaves to the network's tests.
fn others() -> Vec<Case> {
    let case =
        |fault, code: &str| Case { fault, fails: (!code.is_empty()).then(|| ("token", code.to_owned())) };
    vec![
        case(json!({"endpoint": "any", "kind": "chunked"}), ""),
        case(json!({"endpoint": "any", "kind": "numbers"}), ""),
        case(json!({"endpoint": "any", "kind": "numbers", "spelling": "fraction"}), "BAD_RESPONSE"),
        case(json!({"endpoint": "any", "kind": "bom"}), ""),
        case(json!({"endpoint": "any", "kind": "gzip"}), "BAD_RESPONSE"),
        case(json!({"endpoint": "any", "kind": "endless"}), "BAD_RESPONSE"),
        case(json!({"endpoint": "any", "kind": "hang", "layer": "body"}), "TIMEOUT"),
    ]
}

/// What is wrong with a run, if anything is.
fn problem(case: &Case, ran: &Ran) -> Option<String> {
    let lines: Vec<&str> = ran.out.lines().collect();
    let fault = &case.fault;
    if ran.out.contains(SECRET) || ran.err.contains(SECRET) {
        return Some(format!("{fault}: the secret is in the output"));
    }
    let Some((name, code)) = &case.fails else {
        let is_fine = ran.code == 0 && !ran.out.contains("FAILURE");
        return (!is_fine).then(|| format!("{fault} should do no harm:\n{}", ran.out));
    };
    let named = lines.iter().position(|line| line.contains(&format!("FAILURE {name} [{code}] ")));
    let next = named.and_then(|at| lines.get(at + 1)).is_some_and(|line| line.trim().starts_with('→'));
    (ran.code != 1 || !next).then(|| format!("{fault} is not {name} [{code}]:\n{}", ran.out))
}

/// One line has the check, the code and what failed, and the line below it what to do.
#[test]
fn every_fault_is_named_in_one_line() {
    let cases: Vec<Case> = of_the_matrix().into_iter().chain(others()).collect();
    let readme = include_str!("../../sandbox/README.md");
    let table = readme.split("| kind | with | what happens |").nth(1).unwrap().split("\n\n").next().unwrap();
    for row in table.lines().filter(|row| row.starts_with("| `")) {
        let kind = row.split('`').nth(1).unwrap();
        assert!(cases.iter().any(|case| case.fault["kind"] == kind), "no case has the fault {kind}");
    }
    assert!(cases.len() > 90, "{}", cases.len());
    let (waiting, problems) = (Mutex::new(cases), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let sandbox = Sandbox::start();
                while let Some(case) = { waiting.lock().unwrap().pop() } {
                    sandbox.post("/_sandbox/reset", "");
                    assert!(sandbox.post("/_sandbox/fault", &case.fault.to_string()).contains("true"));
                    let ran = run(&["doctor"], &sandbox.variables(&[]), "");
                    problems.lock().unwrap().extend(problem(&case, &ran));
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
