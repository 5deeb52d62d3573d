//! Short names of targets.

use super::Parts;
use crate::Error;
use crate::marker::Environment;
use crate::tags::{Interpreter, platform};

/// Is the interpreter's half of a short name.
struct Python {
    interpreter: Interpreter,
    /// The patch release, if the name says one.
    patch: Option<u32>,
}

/// Is the platform's half of a short name, and what markers see of it.
struct Platform {
    tags: Vec<String>,
    os_name: &'static str,
    sys_platform: &'static str,
    system: &'static str,
    /// `None` where the platform tag does not tell.
    machine: Option<String>,
}

pub(super) fn parse(name: &str) -> Result<Parts, Error> {
    let fault = |at: usize, expected: &str| Error::syntax("target", name, at, expected);
    let (python, system) = name.split_once('-').ok_or_else(|| {
        fault(
            name.len(),
            "an interpreter, `-` and a platform, as in `cp312-manylinux_2_28_x86_64`",
        )
    })?;
    let python = interpreter(python)
        .ok_or_else(|| fault(0, "an interpreter: `cp312`, `cp3.12.4`, `cp313t` or `pp310`"))?;
    let platform = platform(system).ok_or_else(|| {
        let known =
            "a platform: `manylinux_2_28_x86_64`, `musllinux_1_2_x86_64`, `macosx_14_0_arm64` or `win_amd64`";
        fault(name.len() - system.len(), known)
    })?;
    Ok(Parts {
        name: name.to_owned(),
        environment: environment(&python, &platform),
        interpreter: python.interpreter,
        platforms: platform.tags,
    })
}

fn interpreter(text: &str) -> Option<Python> {
    let implementation = text.get(..2)?;
    let (version, free_threaded) = match text[2..].strip_suffix('t') {
        Some(version) => (version, true),
        None => (&text[2..], false),
    };
    let (major, minor, patch) = version_of(version)?;
    let interpreter = match implementation {
        "cp" if free_threaded && (major, minor) < (3, 13) => return None,
        "cp" => Interpreter::cpython_build(major, minor, free_threaded, false),
        "pp" if !free_threaded => Interpreter::pypy(major, minor),
        _ => return None,
    };
    Some(Python { interpreter, patch })
}

/// Reads `312` (one digit and the rest) or `3.12.4`.
fn version_of(text: &str) -> Option<(u32, u32, Option<u32>)> {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [both] if both.len() > 1 && both.is_ascii() => Some((number(&both[..1])?, number(&both[1..])?, None)),
        [major, minor] => Some((number(major)?, number(minor)?, None)),
        [major, minor, patch] => Some((number(major)?, number(minor)?, Some(number(patch)?))),
        _ => None,
    }
}

/// Reads a number of at most three digits without leading zeros.
fn number(text: &str) -> Option<u32> {
    let plain = matches!(text.len(), 1..=3) && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    (plain && !leading).then(|| text.parse().ok()).flatten()
}

fn platform(text: &str) -> Option<Platform> {
    let linux = |tags, architecture: &str| Platform {
        tags,
        os_name: "posix",
        sys_platform: "linux",
        system: "Linux",
        machine: Some(architecture.to_owned()),
    };
    if let Some((major, minor, architecture)) = glibc(text) {
        let tags = platform::manylinux(architecture, major, minor);
        return (!tags.is_empty()).then(|| linux(tags, architecture));
    }
    if let Some((major, minor, architecture)) = versioned(text, "musllinux_") {
        return Some(linux(
            platform::musllinux(architecture, major, minor),
            architecture,
        ));
    }
    if let Some(architecture) = text.strip_prefix("linux_").filter(|name| is_architecture(name)) {
        return Some(linux(vec![text.to_owned()], architecture));
    }
    if let Some((major, minor, architecture)) = versioned(text, "macosx_") {
        return macos(major, minor, architecture);
    }
    windows(text)
}

/// Reads `manylinux_2_28_x86_64`, or one of the names before PEP 600.
fn glibc(text: &str) -> Option<(u32, u32, &str)> {
    let legacy = [("manylinux1_", 5), ("manylinux2010_", 12), ("manylinux2014_", 17)];
    for (prefix, minor) in legacy {
        if let Some(architecture) = text.strip_prefix(prefix).filter(|name| is_architecture(name)) {
            return Some((2, minor, architecture));
        }
    }
    versioned(text, "manylinux_")
}

/// Reads a prefix, two numbers and an architecture, joined by `_`.
fn versioned<'text>(text: &'text str, prefix: &str) -> Option<(u32, u32, &'text str)> {
    let mut parts = text.strip_prefix(prefix)?.splitn(3, '_');
    let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
    Some((major, minor, parts.next().filter(|name| is_architecture(name))?))
}

fn is_architecture(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(plain)
}

fn macos(major: u32, minor: u32, architecture: &str) -> Option<Platform> {
    let tags = platform::macos(major, minor, architecture);
    let known = matches!(architecture, "arm64" | "x86_64" | "i386" | "ppc" | "ppc64") && !tags.is_empty();
    known.then(|| Platform {
        tags,
        os_name: "posix",
        sys_platform: "darwin",
        system: "Darwin",
        machine: Some(
            if architecture == "ppc" {
                "Power Macintosh"
            } else {
                architecture
            }
            .to_owned(),
        ),
    })
}

fn windows(text: &str) -> Option<Platform> {
    let machine = match text {
        "win_amd64" => Some("AMD64"),
        "win_arm64" => Some("ARM64"),
        // A 32-bit Python calls the machine by its processor, which may be a 64-bit one.
        "win32" => None,
        _ => return None,
    };
    Some(Platform {
        tags: vec![text.to_owned()],
        os_name: "nt",
        sys_platform: "win32",
        system: "Windows",
        machine: machine.map(str::to_owned),
    })
}

fn environment(python: &Python, platform: &Platform) -> Environment {
    let (major, minor) = (python.interpreter.major, python.interpreter.minor);
    let full = python.patch.map(|patch| format!("{major}.{minor}.{patch}"));
    let is_cpython = python.interpreter.name == "cp";
    let (lower, proper) = if is_cpython {
        ("cpython", "CPython")
    } else {
        ("pypy", "PyPy")
    };
    Environment {
        implementation_name: Some(lower.to_owned()),
        // PyPy counts its own versions, which the name does not tell.
        implementation_version: full.clone().filter(|_| is_cpython),
        os_name: Some(platform.os_name.to_owned()),
        platform_machine: platform.machine.clone(),
        platform_release: None,
        platform_system: Some(platform.system.to_owned()),
        platform_version: None,
        python_full_version: full,
        platform_python_implementation: Some(proper.to_owned()),
        python_version: Some(format!("{major}.{minor}")),
        sys_platform: Some(platform.sys_platform.to_owned()),
    }
}
