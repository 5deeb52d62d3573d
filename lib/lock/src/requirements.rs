//! A lock as requirements.txt.

use crate::{Lock, Package};
use pyspec::{name::Name, requirement::Requirement};
use std::{collections::BTreeSet, fmt::Write as _};

impl Lock {
    /// Writes the lock as requirements.txt: header, options, then the packages with hashes and who asked for them.
    ///
    /// pip reads it, and so does [`read`](crate::read()), with the same lock as the result.
    pub fn to_requirements(&self) -> String {
        let mut text = self.header.to_string();
        for option in &self.options {
            _ = writeln!(text, "{}", option.written);
        }
        let several = self.has_several_origins();
        for package in &self.packages {
            let origin = package
                .origin
                .as_ref()
                .filter(|_| several && package.index.is_none());
            write_package(&mut text, package, origin);
        }
        text
    }

    /// Says whether packages are from several indexes without being pinned to them: then each says from which it is.
    /// Where all are from one, its address is nobody's business but pip's.
    fn has_several_origins(&self) -> bool {
        let unpinned = self.packages.iter().filter(|package| package.index.is_none());
        let origins: BTreeSet<_> = unpinned.filter_map(|package| package.origin.as_ref()).collect();
        origins.len() > 1
    }
}

fn write_package(text: &mut String, package: &Package, origin: Option<&String>) {
    // The normalised name, however it was spelt: the lock does not depend on that.
    let requirement = Requirement {
        name: normalised(package.name()),
        ..package.requirement.clone()
    };
    text.push_str(&requirement.to_string());
    for hash in &package.hashes {
        _ = write!(text, " \\\n    --hash={hash}");
    }
    text.push('\n');
    if let Some(index) = &package.index {
        _ = writeln!(text, "    # index {index}");
    }
    if let Some(origin) = origin {
        _ = writeln!(text, "    # from {origin}");
    }
    if let Some(reason) = &package.because {
        _ = writeln!(text, "    # because {reason}");
    }
    if let Some(day) = &package.released {
        _ = writeln!(text, "    # released {day}");
    }
    if let Some(reason) = &package.yanked {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        _ = writeln!(text, "{}", format!("    # yanked {reason}").trim_end());
    }
    for via in &package.via {
        _ = writeln!(text, "    # via {via}");
    }
}

/// Returns a name spelt as it is normalised, whatever the spelling it was read with.
pub(crate) fn normalised(name: &Name) -> Name {
    Name::parse(name.as_str()).unwrap_or_else(|_| name.clone())
}
