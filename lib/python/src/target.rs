//! Documents `target/1` and what they mean.

use pyspec::marker::Environment;
use pyspec::tags::Interpreter;
use pyspec::tags::platform::{Linux, linux, macos, other};
use pyspec::target::{Parts, Target};
use wire::target::System;

use crate::error::{Error, Result};

/// Reads what `--target` names: a short name, or a file with a document `target/1`, whose bytes `read` gets.
///
/// `-` and whatever ends in `.json` or has a `/` in it is a file.
///
/// # Errors
///
/// It is neither, or `read` fails.
pub fn named<E: From<Error>>(name: &str, read: impl FnOnce(&str) -> Result<Vec<u8>, E>) -> Result<Target, E> {
    let is_file = name == "-" || name.ends_with(".json") || name.contains('/');
    if !is_file {
        return Target::parse(name).map_err(|error| Error::BadName(error.to_string()).into());
    }
    let document = wire::read(&read(name)?).map_err(|error| Error::BadDocument {
        file: name.to_owned(),
        why: error.to_string(),
    })?;
    Ok(self::read(&document)?)
}

/// Reads a document as a target for tags and markers.
///
/// # Errors
///
/// It contradicts itself, or lacks what a target needs.
pub fn read(document: &wire::target::Target) -> Result<Target> {
    let mut document = document.clone();
    complete(&mut document)?;
    let (major, minor) = minor_version(&document)?;
    let interpreter = Interpreter {
        name: document.implementation,
        major,
        minor,
        abis: document.abis,
    };
    let markers = serde_json::to_value(&document.markers).and_then(serde_json::from_value::<Environment>);
    let environment = markers.map_err(|error| Error::BadTarget(format!("its markers: {error}")))?;
    Ok(Target::from_parts(Parts {
        name: document.name,
        interpreter,
        platforms: document.platforms,
        environment,
    }))
}

/// Works out the members that a probe leaves open: platform tags and name.
///
/// # Errors
///
/// There is nothing to work them out of.
pub fn complete(document: &mut wire::target::Target) -> Result<()> {
    if document.platforms.is_empty() {
        let system = document.system.as_ref();
        let system = system.ok_or_else(|| Error::BadTarget("neither platforms nor system".to_owned()))?;
        document.platforms = platforms(system);
    }
    if document.name.is_empty() {
        minor_version(document)?;
        let best = document.platforms.iter().find(|tag| !tag.starts_with("linux_"));
        let platform = best.or(document.platforms.first()).map_or("any", String::as_str);
        let threading = if is_free_threaded(document) { "t" } else { "" };
        document.name = format!(
            "{}{}{threading}-{platform}",
            document.implementation, document.version
        );
    }
    Ok(())
}

fn is_free_threaded(document: &wire::target::Target) -> bool {
    document
        .abis
        .first()
        .is_some_and(|abi| abi.starts_with("cp") && abi.ends_with('t'))
}

fn platforms(system: &System) -> Vec<String> {
    if let Some((major, minor)) = system.macos {
        let architecture = system.platform.rsplit('-').next().unwrap_or_default();
        return macos(major, minor, architecture);
    }
    if system.platform.starts_with("linux") {
        return linux(&Linux {
            platform: system.platform.clone(),
            is_32_bit: system.bits == 32,
            glibc: system.glibc,
            musl: system.musl,
            elf_fits: system.elf_fits,
            declined: system.declined.clone(),
        });
    }
    other(&system.platform)
}

fn minor_version(document: &wire::target::Target) -> Result<(u32, u32)> {
    let mut parts = document.version.split('.').map(str::parse);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => Err(Error::BadTarget(format!("version {:?}", document.version))),
    }
}
