//! What the tools know of daemons before anybody tells them.

use crate::{
    Error,
    attrs::{self, Line},
};
use std::collections::BTreeMap;
use wire::etc::Service;

/// The built-in rules, in the language that users write.
pub const BUILTIN: &str = include_str!("builtin.attrs");

/// The services by name.
#[derive(Clone, Debug, Default)]
pub struct Services(pub(crate) BTreeMap<String, Service>);

impl Services {
    /// Returns the built-in services.
    ///
    /// # Errors
    ///
    /// None; a test reads the table.
    pub fn builtin() -> Result<Self, Error> {
        let mut services = Self::default();
        services.read("built-in", BUILTIN, false)?;
        Ok(services)
    }

    /// Adds the services that a user defines; a built-in one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// A line is malformed, or is not a `define`.
    pub fn define(&mut self, file: &str, text: &str) -> Result<(), Error> {
        for (line, found) in attrs::parse(file, text)? {
            if !matches!(found, Line::Define { .. }) {
                let message = "only define belongs here".to_owned();
                return Err(Error::Syntax {
                    file: file.to_owned(),
                    line,
                    message,
                });
            }
        }
        self.read(file, text, true)
    }

    /// Returns a service.
    pub fn get(&self, name: &str) -> Option<&Service> {
        self.0.get(name)
    }

    /// Returns them all, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Service)> {
        self.0.iter()
    }

    fn read(&mut self, file: &str, text: &str, defined: bool) -> Result<(), Error> {
        for (_, line) in attrs::parse(file, text)? {
            if let Line::Define { name, mut service } = line {
                // Nobody talks a guarded service out of being guarded.
                service.guarded |= self.get(&name).is_some_and(|known| known.guarded);
                service.defined = defined;
                self.0.insert(name, service);
            }
        }
        Ok(())
    }
}
