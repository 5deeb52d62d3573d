//! Reading the lock.

use cli::{Failure, Session};
use lock::{Lock, Outside, without_credentials};
use wire::Kind;

/// Reads the lock named, `-` for standard input, and makes sure that it is one.
pub(crate) fn read(name: &str, allow_empty: bool, session: &Session) -> Result<Lock, Failure> {
    let input = session.input(name)?;
    let mut nested = |name: &str| fs_err::read(name).map_err(|error| error.to_string());
    let mut outside = Outside {
        read: &mut nested,
        variable: &|name| std::env::var(name).ok(),
    };
    let lock = lock::read(&input.bytes, &input.name, &mut outside)?;
    if lock.packages.is_empty() && !allow_empty {
        let failure = Failure::new(Kind::NoInput, "the lock names no packages").file(&input.name);
        return Err(failure.hint("--allow-empty, if it is meant"));
    }
    if let Some(package) = lock.unlocked().next() {
        let asked = without_credentials(&package.requirement.to_string());
        let message = format!("{asked} is not pinned with a hash");
        let place = package.site.place();
        let failure = Failure::new(Kind::MissingHash, message).file(place.file.unwrap_or(input.name));
        return Err(match place.line {
            Some(line) => failure.line(line),
            None => failure,
        });
    }
    Ok(lock)
}
