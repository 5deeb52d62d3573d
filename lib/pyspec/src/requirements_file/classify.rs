//! What stands in front of a line's options: a requirement by name, an address or a path.

use super::lines::is_blank;
use super::{Kind, Unnamed};
use crate::filename::WheelName;
use crate::marker::Marker;
use crate::name::Name;
use crate::requirement::Requirement;
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

/// The transports of the version control systems whose addresses pip takes.
const VERSION_CONTROL: [(&str, &[&str]); 4] = [
    ("git", &["http", "https", "ssh", "git", "file"]),
    ("hg", &["file", "http", "https", "ssh", "static-http"]),
    ("svn", &["ssh", "http", "https", "svn", "file"]),
    ("bzr", &["http", "https", "ssh", "sftp", "ftp", "lp", "file"]),
];

/// Reads a requirement, an address or a path.
pub(super) fn classify(text: &str) -> Result<Kind, Fault> {
    // Semicolons may stand in addresses, so a marker's has a blank behind it.
    let separator = if is_address(text) { "; " } else { ";" };
    let (front, marker) = text.split_once(separator).unwrap_or((text, ""));
    let behind = text.len() - marker.trim_start_matches(is_blank).len();
    let marker = match marker.trim_matches(is_blank) {
        "" => None,
        marker => Some(
            marker
                .parse::<Marker>()
                .map_err(|error| fault(&error, behind, ""))?,
        ),
    };
    let front = front.trim_matches(is_blank);
    if is_address(text) {
        return address(front, marker).map(Kind::Url);
    }
    if is_path(front) {
        return path(front, marker).map(Kind::Path);
    }
    let requirement: Requirement = front.parse().map_err(|error| fault(&error, 0, hint(front)))?;
    Ok(Kind::Requirement(Requirement {
        marker,
        ..requirement
    }))
}

fn fault(error: &crate::Error, begin: usize, hint: &str) -> Fault {
    Fault {
        at: begin + error.position().unwrap_or(0),
        reason: format!("{error}{hint}"),
    }
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
    let plain = matches!(
        scheme.as_str(),
        "http" | "https" | "file" | "ftp" | "ssh" | "sftp"
    );
    let (system, transport) = match scheme.split_once('+') {
        Some((system, transport)) => (system, Some(transport)),
        None => (scheme.as_str(), None),
    };
    let known = VERSION_CONTROL.iter().find(|known| known.0 == system);
    plain || known.is_some_and(|known| transport.is_none_or(|transport| known.1.contains(&transport)))
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

fn address(address: &str, marker: Option<Marker>) -> Result<Unnamed, Fault> {
    let name = match url::filename(address) {
        Some(file) if file.ends_with(".whl") => Some(wheel(&file)?),
        _ => egg(address)?,
    };
    Ok(Unnamed {
        address: address.to_owned(),
        name,
        extras: Vec::new(),
        marker,
    })
}

fn path(text: &str, marker: Option<Marker>) -> Result<Unnamed, Fault> {
    let (path, extras) = without_extras(text);
    let extras = extras
        .split(',')
        .map(|extra| extra.trim_matches(is_blank))
        .filter(|extra| !extra.is_empty());
    let extras = extras
        .map(Name::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| fault(&error, path.len(), ""))?;
    let file = path.rsplit('/').next().filter(|file| file.ends_with(".whl"));
    let name = file.map(wheel).transpose()?;
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

/// Reads the project's name off `#egg=name`.
fn egg(address: &str) -> Result<Option<Name>, Fault> {
    let found = ["#egg=", "&egg="]
        .iter()
        .filter_map(|mark| Some(address.find(mark)? + mark.len()))
        .min();
    let Some(at) = found else {
        return Ok(None);
    };
    let name = address[at..].split('&').next().unwrap_or_default();
    Name::parse(name)
        .map(Some)
        .map_err(|error| fault(&error, at, "; `name @ address` says more"))
}

/// Reads the project's name off a wheel's file name.
fn wheel(file: &str) -> Result<Name, Fault> {
    file.parse::<WheelName>()
        .map(|wheel| wheel.name)
        .map_err(|error| Fault {
            at: 0,
            reason: error.to_string(),
        })
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
        let Kind::Url(url) = kind("git+https://example.com/a#subdirectory=b&egg=A_b") else {
            panic!()
        };
        assert_eq!(url.name.unwrap().as_str(), "a-b");
        assert_eq!(
            classify("git+https://example.com/a#egg=b[c]").err().unwrap().at,
            31
        );
    }

    #[test]
    fn one_equals_sign_is_explained() {
        let fault = classify("a=1").err().unwrap();
        assert!(fault.reason.contains("`==` may be meant"), "{}", fault.reason);
        assert_eq!(fault.at, 1);
    }
}
