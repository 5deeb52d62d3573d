//! Which member names are safe.

use crate::flaw::Flaw;

/// Checks that a name means one place below the root, the same one to everybody.
pub(crate) fn check(name: &str) -> Result<(), Flaw> {
    let unsafe_path = |why| Err(Flaw::UnsafePath(why));
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.is_empty() {
        return unsafe_path("it is empty or absolute");
    }
    if path.as_bytes().contains(&0) {
        return unsafe_path("it contains a NUL");
    }
    if path.as_bytes().contains(&b'\\') {
        return unsafe_path("it contains a backslash");
    }
    if path.as_bytes().get(1) == Some(&b':') {
        return unsafe_path("it names a drive");
    }
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        match part {
            b"" => return unsafe_path("it is absolute or has an empty part"),
            b"." | b".." => return unsafe_path("it has a part . or .."),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn ordinary_names_are_safe() {
        for name in ["a.py", "a/b.py", "a/", "..a/b..", "ü/a b", "-x"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_leave_or_confuse_are_not() {
        for name in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            "a/.",
            "C:/a",
            "a\\b",
            "a\0b",
            "//a",
        ] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
