//! How a run is done: what a person has decided.

use clap::Args;

/// How to apply.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct How {
    /// Replace what somebody else changed; it is kept
    #[arg(long)]
    pub(crate) overwrite_drift: bool,
    /// Put a folder where a file is, and the other way round
    #[arg(long)]
    pub(crate) retype: bool,
    /// Leave the reloads pending
    #[arg(long)]
    pub(crate) no_reload: bool,
    /// Give every check and every reload so long
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) timeout: u64,
    /// Wait so long for another run to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) wait: u64,
}
