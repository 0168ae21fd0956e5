//! The command `wxsign`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(wxsign_cli::run(std::env::args().skip(1)))
}
