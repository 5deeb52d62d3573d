//! What inputs and command line say of the index, on top of pip's configuration.

use crate::{args::Args, inputs::Asked, targets::Targets};
use cli::Failure;
use index::{Client, Options};

/// Makes the client.
pub(crate) fn client(args: &Args, asked: &Asked, targets: &Targets) -> Result<Client, Failure> {
    let options = Options {
        lines: asked.lines.clone(),
        ..args.index.clone()
    };
    let client = source::client(&options, targets.program())?;
    Ok(if args.refresh {
        client
    } else {
        client.trusting_freshness()
    })
}
