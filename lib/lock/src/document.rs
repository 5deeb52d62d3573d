//! A lock as the document `lock/1`.

use crate::git::without_credentials;
use crate::{Error, File, Header, Input, Lock, Package, Site, TargetLine};
use pyspec::{
    hash::Hash,
    marker::Marker,
    name::Name,
    requirement::{Requirement, Source},
    specifier::Specifiers,
    version::Version,
};
use std::{fmt::Display, str::FromStr};
use wire::{Schema, lock as wired, wheelhouse::Wheelhouse};

impl Lock {
    /// Returns the lock as a document.
    pub fn to_document(&self) -> wired::Lock {
        wired::Lock {
            schema: Schema::new(),
            inputs: self.header.inputs.iter().map(input_out).collect(),
            targets: self.header.targets.iter().map(target_out).collect(),
            overrides: self.header.overrides.clone(),
            excludes: self.header.excludes.clone(),
            packages: self.packages.iter().map(document_of).collect(),
            changes: Vec::new(),
        }
    }

    /// Takes a lock from a document; `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// A name, version, marker or hash in it is not one; the error names the package.
    pub fn from_document(document: &wired::Lock, file: &str) -> Result<Self, Error> {
        Ok(Self {
            header: header_in(document, file)?,
            options: Vec::new(),
            packages: document
                .packages
                .iter()
                .map(|package| package_in(package, file))
                .collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// Takes a lock from what `pyfetch` says: the lock that it answers, and the files that are there.
    ///
    /// The files count beside those of the lock: a wheel that was built has a hash of its own.
    ///
    /// # Errors
    ///
    /// As for [`Lock::from_document`].
    pub fn from_wheelhouse(wheelhouse: &Wheelhouse, file: &str) -> Result<Self, Error> {
        let mut lock = Self::from_document(&wheelhouse.lock, file)?;
        for found in &wheelhouse.files {
            let version = parse::<Version>(&found.version, file)?;
            let asked = lock
                .packages
                .iter_mut()
                .filter(|package| package.name().as_str() == found.project);
            for package in asked.filter(|package| package.version.as_ref().is_none_or(|pin| *pin == version))
            {
                let hash = parse::<Hash>(&found.hash, file)?;
                package.hashes.insert(hash.clone());
                package.files.push(File {
                    name: found.name.clone(),
                    hash,
                    size: Some(found.size),
                    url: None,
                    uploaded: None,
                });
            }
        }
        Ok(lock)
    }
}

fn input_out(input: &Input) -> wired::Input {
    wired::Input {
        name: input.name.clone(),
        digest: input.digest.to_string(),
    }
}

fn target_out(target: &TargetLine) -> wired::Target {
    wired::Target {
        name: target.name.clone(),
        digest: target.digest.to_string(),
    }
}

/// Returns a package as the document `lock/1` has it.
pub fn document_of(package: &Package) -> wired::Package {
    let requirement = &package.requirement;
    wired::Package {
        name: requirement.name.to_string(),
        version: package
            .version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        extras: requirement.extras.iter().map(ToString::to_string).collect(),
        marker: requirement.marker.as_ref().map(ToString::to_string),
        url: requirement.url().map(without_credentials),
        index: package.index.clone(),
        origin: package.origin.clone(),
        released: package.released.clone(),
        yanked: package.yanked.clone(),
        because: package.because.clone(),
        hashes: package.hashes.iter().map(ToString::to_string).collect(),
        files: package.files.iter().map(file_out).collect(),
        via: package.via.clone(),
    }
}

fn file_out(file: &File) -> wired::File {
    let File {
        name,
        hash,
        size,
        url,
        uploaded,
    } = file.clone();
    wired::File {
        name,
        hash: hash.to_string(),
        size,
        url,
        uploaded,
    }
}

fn header_in(document: &wired::Lock, file: &str) -> Result<Header, Error> {
    let digest = |text: &str| parse::<Hash>(text, file);
    let inputs = document.inputs.iter();
    let inputs = inputs.map(|input| {
        Ok(Input {
            name: input.name.clone(),
            digest: digest(&input.digest)?,
        })
    });
    let targets = document.targets.iter();
    let targets = targets.map(|target| {
        Ok(TargetLine {
            name: target.name.clone(),
            digest: digest(&target.digest)?,
        })
    });
    Ok(Header {
        inputs: inputs.collect::<Result<_, Error>>()?,
        targets: targets.collect::<Result<_, Error>>()?,
        overrides: document.overrides.clone(),
        excludes: document.excludes.clone(),
    })
}

fn package_in(package: &wired::Package, file: &str) -> Result<Package, Error> {
    let subject = format!("{file}: package {}", package.name);
    let version = match package.version.as_str() {
        "" => None,
        text => Some(parse::<Version>(text, &subject)?),
    };
    let source = match (&package.url, &version) {
        (Some(url), _) => Source::Url(url.clone()),
        (None, Some(version)) => Source::Index(Specifiers::exactly(version)),
        (None, None) => Source::Index(Specifiers::any()),
    };
    let names = package.extras.iter().map(|extra| name_in(extra, &subject));
    let requirement = Requirement {
        name: name_in(&package.name, &subject)?,
        extras: names.collect::<Result<_, _>>()?,
        source,
        marker: package
            .marker
            .as_deref()
            .map(|text| parse::<Marker>(text, &subject))
            .transpose()?,
    };
    Ok(Package {
        requirement,
        version,
        hashes: package
            .hashes
            .iter()
            .map(|text| parse(text, &subject))
            .collect::<Result<_, _>>()?,
        files: package
            .files
            .iter()
            .map(|found| file_in(found, &subject))
            .collect::<Result<_, _>>()?,
        via: package.via.clone(),
        index: package.index.clone(),
        origin: package.origin.clone(),
        released: package.released.clone(),
        yanked: package.yanked.clone(),
        because: package.because.clone(),
        site: Site {
            file: file.to_owned(),
            line: 0,
        },
    })
}

fn file_in(file: &wired::File, subject: &str) -> Result<File, Error> {
    let wired::File {
        name,
        hash,
        size,
        url,
        uploaded,
    } = file.clone();
    Ok(File {
        name,
        hash: parse(&hash, subject)?,
        size,
        url,
        uploaded,
    })
}

fn name_in(text: &str, subject: &str) -> Result<Name, Error> {
    Name::parse(text).map_err(|error| Error::value(subject, &error))
}

fn parse<T: FromStr<Err: Display>>(text: &str, subject: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: T::Err| Error::value(subject, &error))
}
