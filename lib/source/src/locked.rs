//! From what was chosen to what a lock says of it.

use crate::{Error, File};
use lock::Package;
use pyspec::{
    hash::{Algorithm, Hash},
    marker::Marker,
    target::Target,
};
use resolve::{Pin, separate};

/// Makes the package of a lock out of a pin and its files.
///
/// # Errors
///
/// No marker tells the pin's targets from the others, or a file's hash is none.
pub fn locked(pin: &Pin, files: &[File], targets: &[Target]) -> Result<Package, Error> {
    let mut package = Package::pinned(pin.name.clone(), pin.version.clone());
    package.requirement.extras = pin.extras.iter().cloned().collect();
    package.requirement.marker = marker(pin, targets)?;
    package.files = files.iter().map(file).collect::<Result<_, _>>()?;
    package.hashes = package.files.iter().map(|file| file.hash.clone()).collect();
    package.via = pin.via.iter().map(ToString::to_string).collect();
    package.because.clone_from(&pin.because);
    package.origin = files.iter().find_map(|file| file.index.clone());
    if !files.is_empty() && files.iter().all(|file| file.yanked.is_some()) {
        package.yanked = files.iter().find_map(|file| file.yanked.clone());
    }
    package.date();
    Ok(package)
}

fn file(file: &File) -> Result<lock::File, Error> {
    let hash = Hash::from_hex(Algorithm::Sha256, &file.sha256).map_err(|reason| Error::BadHash {
        file: file.name.clone(),
        reason,
    })?;
    Ok(lock::File {
        name: file.name.clone(),
        hash,
        size: file.size,
        url: Some(file.url.clone()),
        uploaded: file.uploaded.clone(),
    })
}

/// Returns the marker that tells the targets of a pin from the others, if there are others.
fn marker(pin: &Pin, targets: &[Target]) -> Result<Option<Marker>, Error> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..targets.len()).partition(|target| pin.targets.contains(target));
    if outside.is_empty() {
        return Ok(None);
    }
    let named = |numbers: &[usize]| numbers.iter().map(|number| &targets[*number]).collect::<Vec<_>>();
    let text = separate(&named(&inside), &named(&outside));
    let marker = text.and_then(|text| text.parse().ok());
    marker.map(Some).ok_or_else(|| Error::Inseparable {
        package: format!("{} {}", pin.name, pin.version),
    })
}
