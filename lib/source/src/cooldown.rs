//! Files that are too new to be trusted: most bad releases are found out within days.

use jiff::{SignedDuration, Timestamp};
use pyspec::name::Name;
use std::collections::BTreeMap;

/// How long ago a file must have been uploaded; without a word, it does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cooldown {
    /// The moment after which files of any project are too new.
    general: Option<Timestamp>,
    /// The same for single projects; `None` for those that need not wait.
    names: BTreeMap<Name, Option<Timestamp>>,
}

impl Cooldown {
    /// Takes up one `--cooldown`: `7d` for all, `NAME=12h` for one project; `0d` lifts it.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with it.
    pub fn take(&mut self, value: &str, now: Timestamp) -> Result<(), String> {
        let (name, age) = match value.split_once('=') {
            Some((name, age)) => (Some(name), age),
            None => (None, value),
        };
        let until = before(age, now)?;
        match name {
            Some(name) => {
                let name = Name::parse(name).map_err(|error| error.to_string())?;
                self.names.insert(name, until);
            }
            None => self.general = until,
        }
        Ok(())
    }

    /// Returns the moment after which files of a project are too new.
    pub(crate) fn until(&self, name: &Name) -> Option<Timestamp> {
        self.names.get(name).copied().unwrap_or(self.general)
    }
}

/// Returns the moment that lies an age before now; none if the age is nothing.
fn before(age: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    let wrong = || format!("{age} is no age; 7d and 12h are");
    let unit = age.chars().last().ok_or_else(wrong)?;
    let hours = match unit {
        'd' => 24,
        'h' => 1,
        _ => return Err(wrong()),
    };
    let number: i64 = age[..age.len() - 1].parse().map_err(|_| wrong())?;
    if number <= 0 {
        return if number == 0 { Ok(None) } else { Err(wrong()) };
    }
    let hours = number
        .checked_mul(hours)
        .filter(|hours| *hours < 1_000_000)
        .ok_or_else(wrong)?;
    now.checked_sub(SignedDuration::from_hours(hours))
        .map(Some)
        .map_err(|error| error.to_string())
}

/// Returns why a file has to wait, if it does.
pub(crate) fn waits(uploaded: Option<&str>, until: Timestamp) -> Option<String> {
    match uploaded.map(str::parse::<Timestamp>) {
        Some(Ok(uploaded)) if uploaded <= until => None,
        Some(Ok(uploaded)) => Some(format!("is too new (uploaded {})", uploaded.strftime("%Y-%m-%d"))),
        Some(Err(_)) | None => Some("has no time of upload, and so may be too new".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cooldown, Name, Timestamp, waits};

    fn now() -> Timestamp {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn files_wait_for_their_age() {
        let mut cooldown = Cooldown::default();
        let name = Name::parse("a").unwrap();
        assert_eq!(cooldown.until(&name), None);
        cooldown.take("7d", now()).unwrap();
        let until = cooldown.until(&name).unwrap();
        assert_eq!(waits(Some("2026-03-01T00:00:00.5Z"), until), None);
        assert_eq!(
            waits(Some("2026-03-05T00:00:00Z"), until).unwrap(),
            "is too new (uploaded 2026-03-05)"
        );
        assert!(waits(None, until).is_some() && waits(Some("soon"), until).is_some());
        cooldown.take("A=12h", now()).unwrap();
        assert_eq!(
            waits(Some("2026-03-05T00:00:00Z"), cooldown.until(&name).unwrap()),
            None
        );
        cooldown.take("a=0d", now()).unwrap();
        assert_eq!(cooldown.until(&name), None);
    }

    #[test]
    fn what_is_no_age_is_refused() {
        for value in [
            "",
            "7",
            "d",
            "-1d",
            "7w",
            "a=",
            "=7d",
            "99999999999999999999d",
            "9999999999d",
            "7\u{e4}",
        ] {
            assert!(Cooldown::default().take(value, now()).is_err(), "{value}");
        }
    }
}
