//! Who can be asked what a source distribution needs.

use pyspec::target::Target;
use std::path::Path;
use wire::Fault;

/// Finds out what a source distribution needs.
pub trait SdistMetadata: Sync {
    /// Returns the METADATA of the wheel that the archive would make.
    ///
    /// # Errors
    ///
    /// The archive is bad, or may not or cannot be built.
    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>>;

    /// Says whether what a backend tells here is what it would tell on a target.
    fn speaks_for(&self, target: &Target) -> bool;

    /// Returns what was told before of the archive with this sha256, if that was kept.
    fn kept(&self, sha256: &str) -> Option<Vec<u8>> {
        let _ = sha256;
        None
    }
}
