//! Names of files that include each other.

use crate::url;

/// Puts the name of an included file together with that of the including one.
pub(super) fn nested(including: &str, name: &str) -> String {
    let is_address = |name: &str| {
        let scheme = url::scheme(name).map(str::to_ascii_lowercase);
        matches!(scheme.as_deref(), Some("http" | "https" | "file"))
    };
    if is_address(including) {
        url::join(including, name)
    } else if is_address(name) || name.starts_with('/') {
        normalized(name)
    } else {
        let folder = including.rfind('/').map_or(0, |at| at + 1);
        normalized(&format!("{}{name}", &including[..folder]))
    }
}

/// Takes `.`, `..` and doubled slashes out of a path, so that one file has one name; addresses stay.
pub(super) fn normalized(path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match parts.last() {
            Some(last) if part == ".." && *last != ".." => {
                parts.pop();
            }
            None if part == ".." && !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if joined.is_empty() && root.is_empty() {
        ".".to_owned()
    } else {
        format!("{root}{joined}")
    }
}
