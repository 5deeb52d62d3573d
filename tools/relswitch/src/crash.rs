//! Crashes on purpose, for the tests of what a crash leaves behind.

/// Ends the process by SIGKILL if `RELSWITCH_CRASH_AT` names this step. Release builds have no such thing.
pub(crate) fn at(step: &str) {
    if cfg!(debug_assertions) && std::env::var_os("RELSWITCH_CRASH_AT").is_some_and(|wanted| wanted == step) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
