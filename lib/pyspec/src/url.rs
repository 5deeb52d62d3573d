//! The little of URLs that pages, requirements and lock files need: joining, quoting, the file's name.
//!
//! Standard: RFC 3986. No address is opened or even understood here.

use std::borrow::Cow;

/// Is a URL in its five parts.
#[derive(Clone, Copy)]
struct Split<'url> {
    scheme: Option<&'url str>,
    authority: Option<&'url str>,
    path: &'url str,
    query: Option<&'url str>,
    fragment: Option<&'url str>,
}

/// Tells whether a URL has a scheme, and so stands for itself.
///
/// ```
/// assert!(pyspec::url::is_absolute("https://example.com/"));
/// assert!(!pyspec::url::is_absolute("../a.whl"));
/// ```
#[must_use]
pub fn is_absolute(url: &str) -> bool {
    scheme(url).is_some()
}

/// Returns the scheme of a URL as written, without the colon.
///
/// ```
/// assert_eq!(pyspec::url::scheme("git+https://example.com/a"), Some("git+https"));
/// assert_eq!(pyspec::url::scheme("a/b:c"), None);
/// ```
#[must_use]
pub fn scheme(url: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let length = url.bytes().position(|byte| !plain(byte))?;
    let scheme = url[length..].starts_with(':').then(|| &url[..length])?;
    let begins = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    begins.then_some(scheme)
}

/// Resolves a reference found on a page against the page's own URL (RFC 3986 section 5.2).
///
/// ```
/// use pyspec::url::join;
/// let base = "https://example.com/simple/a/?x";
/// assert_eq!(join(base, "../../files/a.whl#sha256=0"), "https://example.com/files/a.whl#sha256=0");
/// assert_eq!(join(base, "//other.example.com/a.whl"), "https://other.example.com/a.whl");
/// assert_eq!(join(base, "file:///a.whl"), "file:///a.whl");
/// ```
#[must_use]
pub fn join(base: &str, reference: &str) -> String {
    // What pages say of files of their own host: there is nothing to be resolved.
    if reference.starts_with('/')
        && !reference.starts_with("//")
        && !reference.contains("/.")
        && !reference.contains(['?', '#'])
        && let Some(root) = root(base)
    {
        return [root, reference].concat();
    }
    let (from, to) = (split(base), split(reference));
    if to.scheme.is_some() || from.scheme.is_none() {
        return reference.to_owned();
    }
    let (authority, path, query) = if to.authority.is_some() {
        (to.authority, without_dots(to.path), to.query)
    } else if to.path.is_empty() {
        (from.authority, from.path.to_owned(), to.query.or(from.query))
    } else if to.path.starts_with('/') {
        (from.authority, without_dots(to.path), to.query)
    } else {
        (from.authority, without_dots(&merged(&from, to.path)), to.query)
    };
    let mut url = format!("{}:", from.scheme.unwrap_or_default());
    for (before, part) in [
        ("//", authority),
        ("", Some(path.as_str())),
        ("?", query),
        ("#", to.fragment),
    ] {
        if let Some(part) = part {
            url.push_str(before);
            url.push_str(part);
        }
    }
    url
}

/// Returns scheme and authority of a URL that has both and begins with letters.
fn root(base: &str) -> Option<&str> {
    let scheme = scheme(base)?;
    let behind = base[scheme.len()..].strip_prefix("://")?;
    let host = behind.find(['/', '?', '#']).unwrap_or(behind.len());
    Some(&base[..scheme.len() + "://".len() + host])
}

/// Returns the name of the file that a URL's path ends in, unquoted; `None` if it ends in `/` or has no path.
///
/// ```
/// use pyspec::url::filename;
/// assert_eq!(filename("https://example.com/a%2B1.whl?b/c#d/e").as_deref(), Some("a+1.whl"));
/// assert_eq!(filename("https://example.com/"), None);
/// ```
#[must_use]
pub fn filename(url: &str) -> Option<Cow<'_, str>> {
    let path = split(url).path;
    let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
    Some(unquote(last))
}

/// Takes the fragment off a URL: what stands before the `#`, and what stands behind it.
///
/// ```
/// assert_eq!(pyspec::url::split_fragment("https://example.com/a#b"), ("https://example.com/a", Some("b")));
/// ```
#[must_use]
pub fn split_fragment(url: &str) -> (&str, Option<&str>) {
    match memchr::memchr(b'#', url.as_bytes()) {
        Some(at) => (&url[..at], Some(&url[at + 1..])),
        None => (url, None),
    }
}

/// Undoes percent-encoding; what is then not UTF-8 is replaced by U+FFFD.
///
/// ```
/// assert_eq!(pyspec::url::unquote("a%2Bb%zz"), "a+b%zz");
/// ```
#[must_use]
pub fn unquote(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        match behind {
            [high, low, ..] if *first == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(value(*high) << 4 | value(*low));
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// Percent-encodes what may not stand in a URL: blanks, control characters, quotes and brackets, non-ASCII.
///
/// ```
/// assert_eq!(pyspec::url::quote("https://example.com/a b%20é"), "https://example.com/a%20b%20%C3%A9");
/// ```
#[must_use]
pub fn quote(url: &str) -> Cow<'_, str> {
    let is_fine = |byte: u8| FINE[usize::from(byte)];
    if url.bytes().fold(true, |all, byte| all & is_fine(byte)) {
        return Cow::Borrowed(url);
    }
    let mut quoted = String::with_capacity(url.len() + 16);
    for byte in url.bytes() {
        if is_fine(byte) {
            quoted.push(char::from(byte));
        } else {
            quoted.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(quoted)
}

/// Which bytes may stand in a URL as they are. Pages of indexes have millions, so they are looked up.
static FINE: [bool; 256] = fine();

const fn fine() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = !matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        );
        byte += 1;
    }
    table
}

/// Returns the value of a digit that was checked to be hexadecimal.
fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

fn split(url: &str) -> Split<'_> {
    let (rest, fragment) = split_fragment(url);
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let scheme = scheme(rest);
    let rest = scheme.map_or(rest, |scheme| &rest[scheme.len() + 1..]);
    let Some(behind) = rest.strip_prefix("//") else {
        return Split {
            scheme,
            authority: None,
            path: rest,
            query,
            fragment,
        };
    };
    let (authority, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
    Split {
        scheme,
        authority: Some(authority),
        path,
        query,
        fragment,
    }
}

/// Puts a relative path in the place of what follows the base's last `/`.
fn merged(base: &Split<'_>, path: &str) -> String {
    match base.path.rfind('/') {
        Some(at) => format!("{}{path}", &base.path[..=at]),
        None if base.authority.is_some() => format!("/{path}"),
        None => path.to_owned(),
    }
}

/// Takes `.` and `..` out of a path.
fn without_dots(path: &str) -> String {
    let (root, relative) = match path.strip_prefix('/') {
        Some(relative) => ("/", relative),
        None => ("", path),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    // A path that ended in dots names a folder.
    if matches!(relative.rsplit('/').next(), Some("." | "..")) {
        parts.push("");
    }
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_as_the_standard_shows() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("./../g", "http://a/b/g"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(join(base, reference), expected, "{reference}");
        }
    }

    #[test]
    fn a_base_without_a_path_has_a_root() {
        assert_eq!(join("https://example.com", "a"), "https://example.com/a");
        assert_eq!(join("file:///a/b", "c"), "file:///a/c");
    }
}
