//! What the tools know of daemons before anybody tells them.

use crate::{
    Error,
    attrs::{self, Line},
};
use std::collections::BTreeMap;
use wire::etc::Service;

/// The built-in rules, in the language that users write.
pub const BUILTIN: &str = include_str!("builtin.attrs");

/// Says whether what a failing check wrote speaks against the configuration.
///
/// logrotate also fails over logs that are not there yet, which says nothing of its files.
pub fn objects(service: &str, output: &[String]) -> bool {
    let not_there_yet =
        |line: &String| line.starts_with("error: stat of ") && line.ends_with("No such file or directory");
    service != "logrotate"
        || output
            .iter()
            .any(|line| line.starts_with("error:") && !not_there_yet(line))
}

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

    /// Adds services that are known from before, where nobody has defined them anew.
    pub fn add(&mut self, known: &BTreeMap<String, Service>) {
        for (name, service) in known {
            let now = self.0.entry(name.clone()).or_insert_with(|| service.clone());
            if !now.defined {
                *now = service.clone();
            }
        }
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

#[cfg(test)]
mod tests {
    use super::objects;

    fn objects_to(service: &str, output: &[&str]) -> bool {
        objects(
            service,
            &output.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_log_that_is_not_there_yet_is_no_objection() {
        let missing = "error: stat of /var/log/x.log failed: No such file or directory";
        assert!(!objects_to("logrotate", &["rotating", missing]));
        assert!(objects_to(
            "logrotate",
            &[missing, "error: x:1 unknown option 'dayly' -- ignoring line"]
        ));
        assert!(objects_to("nginx", &[missing]));
    }
}
