//! Addresses of indexes and files: the little of RFC 3986 that package indexes need.

use std::fmt;
use std::path::{Path, PathBuf};

/// An absolute `http`, `https` or `file` address, split so that its credentials never travel along unseen.
///
/// It shows itself without credentials.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    scheme: &'static str,
    credentials: Option<Box<Credentials>>,
    authority: String,
    path: String,
}

/// A user name and a password.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password, perhaps empty.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}:****)", self.user)
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an http, https or file address: {0}")]
pub struct BadAddress(pub String);

impl Address {
    /// Reads an absolute address. Blanks around it and a fragment are dropped.
    ///
    /// # Errors
    ///
    /// Another scheme, no host, or blanks and control characters inside.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(without_credentials(text));
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let known = ["http", "https", "file"];
        let scheme = known
            .into_iter()
            .find(|known| scheme.eq_ignore_ascii_case(known))
            .ok_or_else(bad)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (credentials, authority) = match authority.rsplit_once('@') {
            Some((before, host)) => (Some(Box::new(Credentials::parse(before))), host),
            None => (None, authority),
        };
        if text.contains(char::is_whitespace) || text.contains(char::is_control) {
            return Err(bad());
        }
        let complete = if scheme == "file" {
            ["", "localhost"].contains(&authority)
        } else {
            !authority.is_empty()
        };
        if !complete {
            return Err(bad());
        }
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            scheme,
            credentials,
            authority: authority.to_ascii_lowercase(),
            path: without_dots(&path),
        })
    }

    /// The address of a path of this machine, which must be absolute.
    pub fn of_path(path: &Path) -> Self {
        let mut escaped = String::new();
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b'+' | b'!' => {
                    escaped.push(char::from(*byte));
                }
                _ => escaped.push_str(&format!("%{byte:02X}")),
            }
        }
        Self {
            scheme: "file",
            credentials: None,
            authority: String::new(),
            path: escaped,
        }
    }

    /// Resolves a reference found in a page at this address.
    ///
    /// # Errors
    ///
    /// The reference has a scheme that is not one of ours.
    pub fn join(&self, reference: &str) -> Result<Self, BadAddress> {
        let reference = reference.trim().split('#').next().unwrap_or_default();
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme));
        }
        let directory = self.directory();
        let path = match reference.chars().next() {
            None => self.path.clone(),
            Some('/') => reference.to_owned(),
            Some('?') => format!("{}{reference}", self.file_part()),
            Some(_) => format!("{directory}{reference}"),
        };
        let path = path.replace(' ', "%20");
        Ok(Self {
            path: without_dots(&path),
            ..self.clone()
        })
    }

    fn file_part(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn directory(&self) -> &str {
        let path = self.file_part();
        &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
    }

    /// The address of an entry below this one, taken as a folder whether or not it ends in a slash.
    #[must_use]
    pub fn below(&self, entry: &str) -> Self {
        let path = format!("{}/{entry}", self.file_part().trim_end_matches('/'));
        Self { path, ..self.clone() }
    }

    /// The same with its path extended by a suffix, before the query if it has one.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let (path, query) = self.path.split_at(self.file_part().len());
        Self {
            path: format!("{path}{suffix}{query}"),
            ..self.clone()
        }
    }

    /// The same without user name and password.
    #[must_use]
    pub fn without_credentials(&self) -> Self {
        Self {
            credentials: None,
            ..self.clone()
        }
    }

    /// Whether it names a path of this machine.
    pub fn is_file(&self) -> bool {
        self.scheme == "file"
    }

    /// The path of this machine that a `file` address names.
    pub fn to_path(&self) -> PathBuf {
        use std::os::unix::ffi::OsStringExt as _;
        PathBuf::from(std::ffi::OsString::from_vec(percent_decoded(self.file_part())))
    }

    /// The last part of the path, percent signs decoded.
    pub fn file_name(&self) -> String {
        let path = self.file_part().trim_end_matches('/');
        let name = path.rsplit('/').next().unwrap_or_default();
        String::from_utf8_lossy(&percent_decoded(name)).into_owned()
    }

    /// `http`, `https` or `file`.
    pub fn scheme(&self) -> &str {
        self.scheme
    }

    /// Host and port, as written.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        let end = match self.authority.rfind(':') {
            Some(colon) if !self.authority[colon..].contains(']') => colon,
            _ => self.authority.len(),
        };
        &self.authority[..end]
    }

    /// The credentials written in it.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_deref()
    }

    /// Whether both have scheme, host and port in common, so that credentials may be shared.
    pub fn same_origin(&self, other: &Self) -> bool {
        (self.scheme, self.authority_with_port()) == (other.scheme, other.authority_with_port())
    }

    fn authority_with_port(&self) -> String {
        let default = if self.scheme == "https" { 443 } else { 80 };
        if self.host().len() == self.authority.len() {
            return format!("{}:{default}", self.authority);
        }
        self.authority.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Credentials {
    fn parse(text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let plain = |part: &str| String::from_utf8_lossy(&percent_decoded(part)).into_owned();
        Self {
            user: plain(user),
            password: plain(password),
        }
    }
}

/// The text of an address with its credentials taken out, for messages, even where it is no address.
pub fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://****@{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

fn has_scheme(reference: &str) -> bool {
    let Some((scheme, _)) = reference.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// RFC 3986, 5.2.4, on the part before the query.
fn without_dots(path: &str) -> String {
    let end = path.find('?').unwrap_or(path.len());
    let (path, query) = path.split_at(end);
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == parts.len();
        match *part {
            ".." => {
                kept.pop();
            }
            "." => {}
            part => {
                kept.push(part);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests;
