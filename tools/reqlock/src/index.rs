//! What inputs and command line say of the index, on top of pip's configuration.

use crate::{args::Args, asked::Asked, failures::at};
use cli::Failure;
use index::{Client, Options};
use std::{collections::BTreeMap, ffi::OsStr};
use wire::Kind;

/// Makes the client.
pub(crate) fn client(args: &Args, asked: &Asked, program: &OsStr) -> Result<Client, Failure> {
    let options = Options {
        lines: asked.lines.clone(),
        pinned: pinned(args, asked)?,
        ..args.index.clone()
    };
    let client = source::client(&options, program)?;
    Ok(if args.refresh {
        client
    } else {
        client.trusting_freshness()
    })
}

/// Returns the address of the index for each package whose line names one.
fn pinned(args: &Args, asked: &Asked) -> Result<Vec<(String, String)>, Failure> {
    let mut named = BTreeMap::new();
    for text in &args.places.indexes {
        let known = text
            .split_once('=')
            .filter(|(name, url)| !name.is_empty() && !url.is_empty());
        let Some((name, url)) = known else {
            let shown = index::without_credentials(text);
            return Err(Failure::new(
                Kind::Usage,
                format!("--index {shown}: expected NAME=URL"),
            ));
        };
        named.insert(name, url);
    }
    let indexes = asked.indexes.iter();
    let address = |(project, (name, origin)): (&pyspec::name::Name, &(String, resolve::Origin))| {
        let url = named.get(name.as_str()).ok_or_else(|| {
            let message = format!("{project} is to come from the index {name}, which no --index names");
            at(origin, Kind::NoIndex, message).hint(format!("--index {name}=URL"))
        })?;
        Ok((project.to_string(), (*url).to_owned()))
    };
    indexes.map(address).collect()
}
