//! Commands: how a script finds the interpreter of its environment.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use pyspec::entry_points::Script;

use crate::error::{Error, Result};

/// What older kernels read of a first line, in bytes, `#!` and line end included.
const LONGEST_FIRST_LINE: usize = 127;

/// Returns the text of the command that an entry point asks for.
///
/// # Errors
///
/// The interpreter's path cannot be named in a script.
pub(crate) fn command(python: &Path, script: &Script) -> Result<Vec<u8>> {
    let Script {
        module, attribute, ..
    } = script;
    let import = attribute.split('.').next().unwrap_or(attribute);
    let body = format!(
        "import sys\n\nfrom {module} import {import}\n\nif __name__ == \"__main__\":\n    sys.exit({attribute}())\n"
    );
    start_with(python, body.as_bytes())
}

/// Returns a wheel's own script with its first line, `#!python…`, replaced.
///
/// # Errors
///
/// As [`command`].
pub(crate) fn rewritten(python: &Path, script: &[u8]) -> Result<Vec<u8>> {
    let end = memchr::memchr(b'\n', script).map_or(script.len(), |at| at + 1);
    start_with(python, &script[end..])
}

/// Puts the lines that start the interpreter before a Python text.
///
/// A relative path is seen from the folder of the script.
fn start_with(python: &Path, body: &[u8]) -> Result<Vec<u8>> {
    let path = python.as_os_str().as_bytes();
    if python.is_relative() {
        let found = [b"\"$(dirname -- \"$(realpath -- \"$0\")\")/", path, b"\""].concat();
        let (coding, body) = split_coding(body);
        return Ok(through_shell(coding, &found, body));
    }
    let unsuitable = |why| {
        Err(Error::UnsuitablePath {
            path: python.to_owned(),
            why,
        })
    };
    if path.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        return unsuitable("it contains a line end");
    }
    let is_text = std::str::from_utf8(path).is_ok();
    let is_short = path.len() + 3 <= LONGEST_FIRST_LINE;
    if is_text && is_short && !path.iter().any(u8::is_ascii_whitespace) {
        return Ok([b"#!", path, b"\n", body].concat());
    }
    if path.iter().any(|byte| matches!(byte, b'"' | b'$' | b'`' | b'\\')) || contains(path, b"'''") {
        return unsuitable("it cannot be a first line, and has characters that shells interpret");
    }
    // Python reads the path too, and takes it for UTF-8 unless one of the first two lines says otherwise.
    let (coding, body): (&[u8], &[u8]) = match (is_text, body.is_ascii()) {
        (true, _) => split_coding(body),
        (false, true) => (b"# -*- coding: latin-1 -*-\n", body),
        (false, false) => return unsuitable("neither it nor the script is plain text"),
    };
    Ok(through_shell(coding, &[b"\"", path, b"\""].concat(), body))
}

/// Returns a script that is read by the shell and by Python: for the one it executes the interpreter with the script,
/// for the other the same is a text and a comment. `python` is a word of the shell's.
fn through_shell(coding: &[u8], python: &[u8], body: &[u8]) -> Vec<u8> {
    [
        b"#!/bin/sh\n",
        coding,
        b"'''exec' ",
        python,
        b" \"$0\" \"$@\"\n' '''\n",
        body,
    ]
    .concat()
}

/// Cuts a leading comment that declares the encoding off, which must stay among the first two lines.
fn split_coding(body: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', body).map_or(body.len(), |at| at + 1);
    let line = &body[..end];
    if line.starts_with(b"#") && contains(line, b"coding") {
        (line, &body[end..])
    } else {
        (b"", body)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use super::*;

    /// Writes a script for the system's Python, reached through a link of that name, and runs it.
    fn run(name: &[u8], body: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join(OsStr::from_bytes(name));
        fs_err::create_dir(&bin).unwrap();
        let python = bin.join("python");
        fs_err::os::unix::fs::symlink("/usr/bin/python3", &python).unwrap();
        let script = bin.join("script");
        kit::write_program(&script, &start_with(&python, body).unwrap());
        let output = Command::new(&script)
            .args(["one two", "$three"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn scripts_start_from_any_path() {
        let long = [b'x'; 200];
        let names: [&[u8]; 6] = [
            b"plain",
            b"with blanks",
            &long,
            b"caf\xe9",
            b"caf\xe9 caf\xe9",
            b"it's",
        ];
        for name in names {
            let found = run(name, b"import sys; print(*sys.argv[1:], sep='|')\n");
            assert_eq!(found, "one two|$three\n", "{}", String::from_utf8_lossy(name));
        }
    }

    #[test]
    fn the_encoding_of_a_script_is_kept() {
        for name in [&b"plain"[..], b"with blanks"] {
            let found = run(name, b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n");
            assert_eq!(found, "'\\xe9'\n");
        }
    }

    #[test]
    fn unspeakable_paths_are_refused() {
        for path in [
            "/a\nb/python",
            "/a b\"c/python",
            "/a $HOME/python",
            "/a '''/python",
        ] {
            assert!(start_with(Path::new(path), b"").is_err(), "{path}");
        }
        let foreign = Path::new(OsStr::from_bytes(b"/caf\xe9/python"));
        assert!(start_with(foreign, "print('é')".as_bytes()).is_err());
    }

    #[test]
    fn first_lines_of_wheels_are_replaced_whole() {
        let python = Path::new("/v/bin/python");
        for first in ["#!python", "#!pythonw", "#!python -u", "#!python3\r"] {
            let found = rewritten(python, format!("{first}\nx = 1\n").as_bytes()).unwrap();
            assert_eq!(found, b"#!/v/bin/python\nx = 1\n");
        }
        assert_eq!(rewritten(python, b"#!python").unwrap(), b"#!/v/bin/python\n");
    }
}
