//! What stands in front of a line's options: a requirement by name, an address or a path.

use super::{Kind, Unnamed};
use crate::filename::WheelName;
use crate::marker::Marker;
use crate::name::Name;
use crate::url;

/// Says what is wrong, and where in the text.
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) reason: String,
}

/// The endings of archives that pip opens.
const ARCHIVES: [&str; 12] = [
    ".zip",
    ".whl",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// The version control systems whose addresses pip takes, alone or with `+` and a transport.
const VERSION_CONTROL: [&str; 4] = ["git", "hg", "bzr", "svn"];

/// Reads a requirement, an address or a path.
pub(super) fn classify(text: &str) -> Result<Kind, Fault> {
    if is_address(text) {
        // Semicolons may stand in addresses, so a marker's has a blank behind it.
        return unnamed(text, "; ").map(Kind::Url);
    }
    if is_path(text.split(';').next().unwrap_or_default().trim_end()) {
        return unnamed(text, ";").map(Kind::Path);
    }
    text.parse()
        .map(Kind::Requirement)
        .map_err(|error: crate::Error| {
            let hint = hint(text);
            Fault {
                at: error.position().unwrap_or(0),
                reason: format!("{error}{hint}"),
            }
        })
}

/// Guesses what was meant by a requirement that is none.
fn hint(text: &str) -> &'static str {
    let operators = ["===", "==", "~=", "!=", "<=", ">="];
    if text.contains('=') && !operators.iter().any(|operator| text.contains(operator)) {
        return "; `=` is no operator, `==` may be meant";
    }
    if text.contains(" -") || text.contains("\t-") {
        return "; an option begins behind a blank";
    }
    ""
}

/// Tells whether the text is an address that pip takes.
fn is_address(text: &str) -> bool {
    let Some(scheme) = url::scheme(text).map(str::to_ascii_lowercase) else {
        return false;
    };
    let system = scheme
        .split_once('+')
        .map_or(scheme.as_str(), |(system, _)| system);
    VERSION_CONTROL.contains(&system)
        || matches!(
            scheme.as_str(),
            "http" | "https" | "file" | "ftp" | "ssh" | "sftp"
        )
}

/// Tells whether the text looks like a path: a `/` or a `.` in front, or an archive's ending.
fn is_path(text: &str) -> bool {
    let looks_so = |text: &str| text.contains('/') || text.starts_with('.');
    // `name @ address` has slashes as well.
    if text.split_once('@').is_some_and(|(name, _)| !looks_so(name)) {
        return false;
    }
    let (text, _) = without_extras(text);
    let lowered = text.to_ascii_lowercase();
    looks_so(text) || ARCHIVES.iter().any(|ending| lowered.ends_with(ending))
}

fn unnamed(text: &str, separator: &str) -> Result<Unnamed, Fault> {
    let (address, marker) = match text.split_once(separator) {
        Some((address, marker)) => (address, marker),
        None => (text, ""),
    };
    let marker = match marker.trim() {
        "" => None,
        marker => Some(marker.parse::<Marker>().map_err(|error| Fault {
            at: text.len() - text.trim_end().len()
                + text.rfind(marker).unwrap_or(0)
                + error.position().unwrap_or(0),
            reason: error.to_string(),
        })?),
    };
    let address = address.trim();
    if url::scheme(address).is_some() {
        let (name, extras) = egg(address);
        return Ok(Unnamed {
            address: address.to_owned(),
            name,
            extras,
            marker,
        });
    }
    let (path, extras) = without_extras(address);
    let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty());
    let extras = extras.map(Name::parse).collect::<Result<_, _>>();
    let extras = extras.map_err(|error| Fault {
        at: path.len(),
        reason: error.to_string(),
    })?;
    let name = path.rsplit('/').next().and_then(wheel);
    Ok(Unnamed {
        address: path.to_owned(),
        name,
        extras,
        marker,
    })
}

/// Takes `[extras]` off the end of a path.
fn without_extras(text: &str) -> (&str, &str) {
    let inside = text.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match inside {
        Some((path, extras)) if !path.is_empty() => (path.trim_end(), extras),
        _ => (text, ""),
    }
}

/// Reads the project's name off a wheel's file name or an `#egg=name[extras]`.
fn egg(address: &str) -> (Option<Name>, Vec<Name>) {
    if let Some(name) = url::filename(address).and_then(|file| wheel(&file)) {
        return (Some(name), Vec::new());
    }
    let fragment = url::split_fragment(address).1.unwrap_or_default();
    let egg = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))
        .unwrap_or_default();
    let egg = url::unquote(egg);
    let (name, extras) = without_extras(&egg);
    let extras = extras
        .split(',')
        .filter_map(|extra| Name::parse(extra.trim()).ok());
    (Name::parse(name).ok(), extras.collect())
}

fn wheel(file: &str) -> Option<Name> {
    file.parse::<WheelName>().ok().map(|wheel| wheel.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        classify(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.reason))
    }

    #[test]
    fn addresses_are_told_by_their_scheme() {
        for text in [
            "https://example.com/a.zip",
            "git+ssh://git@example.com/a@main#egg=a",
            "file:///a",
            "FTP://example.com/a.zip",
            "svn+svn://example.com/a",
        ] {
            assert!(matches!(kind(text), Kind::Url(_)), "{text}");
        }
    }

    #[test]
    fn paths_are_told_by_their_look() {
        for text in [
            ".",
            "./a",
            "../a[x,y]",
            "a/b",
            "a-1.0.tar.gz",
            "a-1.0-py3-none-any.whl ; os_name == 'a'",
            "/a@b/c",
        ] {
            assert!(matches!(kind(text), Kind::Path(_)), "{text}");
        }
        let Kind::Path(path) = kind("./b/Foo_bar-1.0-py3-none-any.whl [x, y]") else {
            panic!()
        };
        assert_eq!(path.address, "./b/Foo_bar-1.0-py3-none-any.whl");
        assert_eq!(path.name.unwrap().as_str(), "foo-bar");
        assert_eq!(path.extras.len(), 2);
    }

    #[test]
    fn names_are_requirements() {
        for text in [
            "a",
            "a[b]>=1",
            "a @ https://example.com/a.zip",
            "a@file:///a",
            "a ; os_name == '/'",
        ] {
            assert!(matches!(kind(text), Kind::Requirement(_)), "{text}");
        }
    }

    #[test]
    fn an_egg_names_the_project() {
        let Kind::Url(url) = kind("git+https://example.com/a#subdirectory=b&egg=A_b[c]") else {
            panic!()
        };
        assert_eq!(url.name.unwrap().as_str(), "a-b");
        assert_eq!(url.extras[0].as_str(), "c");
    }

    #[test]
    fn one_equals_sign_is_explained() {
        let fault = classify("a=1").err().unwrap();
        assert!(fault.reason.contains("`==` may be meant"), "{}", fault.reason);
        assert_eq!(fault.at, 1);
    }
}
