//! Secrets: a plan says of their content only what this host's key makes of it.

use crate::{state::store::Store, tree::change::Change, tree::hash};
use cli::Failure;
use disk::Durability;
use std::io::Read;
use wire::{
    Kind,
    etc::{Entry, Op},
};

/// The key of a root's state, for its owner alone.
#[derive(Debug)]
pub(crate) struct Veil {
    key: [u8; 32],
}

impl Veil {
    /// Returns the key, made at the first need.
    pub(crate) fn of(store: &Store, make: impl FnOnce() -> Result<(), Failure>) -> Result<Self, Failure> {
        let path = store.path("key");
        if !path.exists() {
            make()?;
            let mut key = [0; 32];
            fs_err::File::open("/dev/urandom")?.read_exact(&mut key)?;
            disk::write_atomic(&path, &key, 0o600, Durability::Synced)?;
        }
        let key = fs_err::read(&path)?.try_into();
        let key = key.map_err(|_| {
            Failure::new(Kind::BadState, "expected a key of 32 bytes").file(path.display().to_string())
        })?;
        Ok(Self { key })
    }

    fn entry(&self, entry: &mut Entry) {
        if let Entry::File { digest, size, .. } = entry {
            *digest = format!("hmac-sha256:{}", hash::hmac(&self.key, digest.as_bytes()));
            *size = None;
        }
    }
}

/// Returns the ops as a plan shows them.
pub(crate) fn ops(changes: &[Change], veil: Option<&Veil>) -> Vec<Op> {
    let mut ops: Vec<Op> = changes.iter().map(|change| change.op.clone()).collect();
    for op in ops.iter_mut().filter(|op| op.secret) {
        if let Some(veil) = veil {
            veil.entry(&mut op.before);
            veil.entry(&mut op.after);
        }
    }
    ops
}
