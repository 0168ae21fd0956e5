//! `wxsign-instructions WAY TIMES [BLOCKS | SANDBOX]`: signs one page so many times in one of the ways that the bindings offer.
//! `blocks` is what no signature can do without: so many blocks of SHA-1, and nothing else.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use sha1::block_api::compress;
use wxsign::{Client, LocalClient, StoreChoice, Ticket};

const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const NONCE: &str = "abcdefghijklmnopqrstuvwxyz234567";
const TIMESTAMP: u64 = 1_414_587_457;
const URL: &str = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0";

fn main() -> ExitCode {
    let given: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    let &[way, times, ref rest @ ..] = words.as_slice() else { return ExitCode::from(2) };
    let Ok(times) = times.parse() else { return ExitCode::from(2) };
    // As the bindings do that are told of every fork.
    wxsign::hooked();
    match (way, rest) {
        ("blocks", &[blocks]) => {
            let (mut state, text) = ([0_u32; 5], vec![[0x61; 64]; blocks.parse().unwrap_or_default()]);
            repeat(times, || compress(black_box(&mut state), black_box(&text)));
        }
        ("sign", []) => {
            repeat(times, || {
                wxsign::sign(black_box(TICKET), black_box(NONCE), black_box(TIMESTAMP), black_box(URL))
            });
        }
        ("ticket", []) => {
            let mut ticket = Ticket::new(TICKET);
            repeat(times, || ticket.sign(black_box(URL), |signed| black_box(signed.packed()).is_some()));
        }
        ("client", &[sandbox]) => {
            let Some(mut client) = ready(sandbox) else { return ExitCode::FAILURE };
            repeat(times, || {
                client.sign_if_fresh(black_box(URL), |signed| black_box(signed.packed()).is_some())
            });
        }
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

fn repeat<T>(times: u64, mut sign: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(sign());
    }
}

/// A client that has its ticket.
fn ready(sandbox: &str) -> Option<LocalClient> {
    let account =
        Client::builder().app_id("wx5823bf96d3bd56c7").app_secret("0123456789abcdef0123456789abcdef");
    let client =
        account.base_url(sandbox).allowed_hosts(["example.com"]).store(StoreChoice::Memory).build().ok()?;
    client.ticket().ok()?;
    Some(LocalClient::new(client))
}
