//! Requirements files that are not on this machine, but at an address.

use crate::{args::Args, targets};
use cli::Failure;
use index::{Address, Client};
use std::collections::BTreeMap;

/// Gets files, each once.
pub(crate) struct Far<'a> {
    args: &'a Args,
    client: Option<Client>,
    known: BTreeMap<String, Vec<u8>>,
    /// What went wrong, for whoever can say more of it than a text.
    pub(crate) failure: Option<Failure>,
}

impl<'a> Far<'a> {
    pub(crate) fn new(args: &'a Args) -> Self {
        Self {
            args,
            client: None,
            known: BTreeMap::new(),
            failure: None,
        }
    }

    /// Says whether nobody is to be asked: then files at addresses count as empty.
    pub(crate) fn is_silent(&self) -> bool {
        self.args.check && !self.args.online
    }

    /// Returns the bytes at an address.
    pub(crate) fn get(&mut self, address: &str) -> Result<Vec<u8>, Failure> {
        if self.is_silent() {
            return Ok(Vec::new());
        }
        if let Some(known) = self.known.get(address) {
            return Ok(known.clone());
        }
        let place = Address::parse(address)
            .map_err(|error| Failure::new(wire::Kind::BadSyntax, error.to_string()))?;
        let bytes = self.client()?.text(&place)?;
        self.known.insert(address.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// Returns the client. No index is asked for a file, so that none has to be known.
    fn client(&mut self) -> Result<&Client, Failure> {
        let client = match self.client.take() {
            Some(client) => client,
            None => {
                let options = index::Options {
                    no_index: true,
                    ..self.args.index.clone()
                };
                source::client(&options, &targets::program(self.args))?
            }
        };
        Ok(self.client.insert(client))
    }
}
