//! The services that commands may run for: the built-in ones and those of the administrator.

use crate::place::Place;
use cli::Failure;
use etc::Services;
use std::{collections::BTreeMap, io::Read, os::unix::fs::MetadataExt, path::Path};
use wire::{Kind, etc::Service};

/// Where the administrator defines services for `/etc`.
const SYSTEM: &str = "/etc/etcsync/services";

/// Returns the services that count for a root.
///
/// Whoever defines a service has commands run as whoever applies: so for `/etc` only root's
/// own file counts, and for another root only its owner's.
pub(crate) fn of(place: &Place, own: Option<&str>) -> Result<Services, Failure> {
    let mut services = Services::builtin()?;
    match own {
        Some(_) if place.is_etc() => {
            let message = format!("for /etc, services are defined in {SYSTEM}");
            return Err(Failure::new(Kind::Usage, message).hint("leave --services out"));
        }
        Some(file) => {
            if rustix::fs::fstat(&place.root)
                .map_err(std::io::Error::from)?
                .st_uid
                != caller()
            {
                return Err(
                    Failure::new(Kind::NotOwner, "--services is for a root of your own").file(&place.name),
                );
            }
            define(&mut services, file, caller())?;
        }
        None if place.is_etc() && Path::new(SYSTEM).exists() => define(&mut services, SYSTEM, 0)?,
        None => {}
    }
    Ok(services)
}

/// Returns the services that the user defined.
pub(crate) fn defined(services: &Services) -> BTreeMap<String, Service> {
    let own = services.iter().filter(|(_, service)| service.defined);
    own.map(|(name, service)| (name.clone(), service.clone()))
        .collect()
}

fn define(services: &mut Services, name: &str, owner: u32) -> Result<(), Failure> {
    let mut file = fs_err::File::open(name)?;
    let metadata = file.metadata()?;
    if metadata.uid() != owner || metadata.mode() & 0o022 != 0 {
        let message = format!("expected a file that uid {owner} owns and nobody else can write");
        return Err(Failure::new(Kind::NotOwner, message)
            .file(name)
            .hint("its commands run with your rights: check it, then mend owner and mode"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(services.define(name, &text)?)
}

fn caller() -> u32 {
    rustix::process::geteuid().as_raw()
}
