//! Option lines of requirements files.

use crate::{
    asked::{Asked, FormatLine},
    failures::at,
    names::Base,
};
use cli::Failure;
use pyspec::requirements_file::Setting;
use resolve::Origin;
use std::path::Path;
use wire::Kind;

/// Takes up an option line.
pub(crate) fn take(setting: Setting, origin: &Origin, base: &Base, asked: &mut Asked) -> Result<(), Failure> {
    let place = || index::config::Origin::Requirements(origin.file.clone(), origin.line.unwrap_or(0));
    let lines = &mut asked.lines;
    let format = |no_binary, value| FormatLine {
        origin: origin.clone(),
        no_binary,
        value,
    };
    match setting {
        Setting::IndexUrl(url) => lines.index_url = Some((url, place())),
        Setting::ExtraIndexUrl(url) => lines.extra_index_urls.push((url, place())),
        Setting::NoIndex => lines.no_index = true,
        Setting::FindLinks(links) => lines.find_links.push((folder(&links, origin, base), place())),
        Setting::TrustedHost(host) => lines.trusted_hosts.push(host),
        Setting::NoBinary(names) => asked.formats.push(format(true, names)),
        Setting::OnlyBinary(names) => asked.formats.push(format(false, names)),
        Setting::Pre => asked.policy.all_prereleases = true,
        Setting::AllReleases(names) => all_releases(&names, origin, asked)?,
        // What is left says how pip installs, not what is locked.
        Setting::OnlyFinal(_)
        | Setting::PreferBinary
        | Setting::RequireHashes
        | Setting::NoRequireHashes
        | Setting::UseFeature(_) => {}
    }
    Ok(())
}

/// A folder of links is relative to the file that names it.
fn folder(links: &str, origin: &Origin, base: &Base) -> String {
    if links.contains("://") {
        return links.to_owned();
    }
    let file = base.path(&origin.file);
    file.parent()
        .unwrap_or(Path::new("/"))
        .join(links)
        .to_string_lossy()
        .into_owned()
}

fn all_releases(names: &str, origin: &Origin, asked: &mut Asked) -> Result<(), Failure> {
    for name in names.split(',').map(str::trim) {
        asked
            .add_prereleases(name)
            .map_err(|error| at(origin, Kind::BadSyntax, error.to_string()))?;
    }
    Ok(())
}
