//! The command `wxsign-sandbox`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let caller = wxsign_sandbox::Caller { command: "wxsign-sandbox", is_chinese: false };
    ExitCode::from(wxsign_sandbox::run(std::env::args().skip(1), caller))
}
