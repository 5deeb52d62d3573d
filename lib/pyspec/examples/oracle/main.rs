//! Answers questions about the standards: one JSON object per line in, one answer per line out.
//!
//! `cargo run -p pyspec --example oracle` lets another program ask this crate, to compare it with the
//! libraries of Python. Every answer is `{"ok": …}` or `{"error": "…"}`.

mod serve;

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match serve::serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever asked has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
