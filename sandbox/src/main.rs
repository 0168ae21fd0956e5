//! The command `wxsign-sandbox`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(wxsign_sandbox::run(std::env::args().skip(1)))
}
