//! Digests of files that were read before and have not changed since.
//!
//! A file is known again by its place on the disk, its size and both its times, to the nanosecond.
//! What changed within two seconds before it was looked at is not remembered: it could change once
//! more without a sign. A damaged file of these is as good as none.

use crate::{state::store::Store, tree::hash};
use cli::Failure;
use disk::{Durability, Entry};
use std::{
    cell::{Cell, RefCell},
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

const MAGIC: &[u8; 16] = b"etcsync.seen/1\n\0";
const KEY: usize = 48;
const DIGEST: usize = 32;
const RECORD: usize = KEY + DIGEST;

/// How old a change must be to be remembered, seconds: some file systems count no finer.
const SETTLED: i64 = 2;

/// What a file is known again by: device, inode, size and times, each with its highest byte first.
type Key = [u8; KEY];

/// The digests of files that were seen before, and those of now.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// A whole file of sorted records, each a key and a digest; empty if there is no sound one.
    before: Vec<u8>,
    /// What is remembered next time.
    now: Mutex<Notes>,
    /// Nothing that changed later is remembered, seconds since 1970; nothing at all, if there is no next time.
    settled: Option<i64>,
}

/// What was seen, for the next run.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Which of the records from before still hold.
    known: Vec<usize>,
    /// New records.
    new: Vec<u8>,
}

impl Seen {
    /// Reads what was remembered.
    pub(crate) fn of(store: &Store) -> Self {
        let before = fs_err::read(store.path("seen"));
        Self {
            before: before.ok().filter(|bytes| is_sound(bytes)).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Takes note of what is seen, to be kept.
    pub(crate) fn noting(self) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            settled: Some(i64::try_from(now.as_secs()).unwrap_or_default() - SETTLED),
            ..self
        }
    }

    /// Begins another one, for another thread, with the same memory.
    pub(crate) fn beside(&self) -> Beside<'_> {
        Beside {
            seen: self,
            next: Cell::default(),
            notes: RefCell::default(),
        }
    }

    /// Adds what a thread has seen.
    pub(crate) fn add(&self, notes: Notes) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.known.extend(notes.known);
        now.new.extend(notes.new);
    }

    /// Remembers what was noted, for the next run.
    pub(crate) fn keep(&self, store: &Store) -> Result<(), Failure> {
        if self.settled.is_none() {
            return Ok(());
        }
        let now = std::mem::take(&mut *self.now.lock().unwrap_or_else(PoisonError::into_inner));
        let before = self.records();
        let known = now.known.iter().filter_map(|at| before.get(*at));
        let mut records: Vec<&[u8; RECORD]> = known.chain(now.new.as_chunks().0).collect();
        records.sort_unstable();
        records.dedup();
        if records.iter().copied().eq(before) {
            return Ok(());
        }
        let bytes = file(&records);
        Ok(disk::write_atomic(
            &store.path("seen"),
            &bytes,
            0o600,
            Durability::Unsynced,
        )?)
    }

    fn records(&self) -> &[[u8; RECORD]] {
        let body = self.before.len().saturating_sub(DIGEST);
        self.before
            .get(MAGIC.len()..body)
            .unwrap_or_default()
            .as_chunks()
            .0
    }

    /// Finds a record; `next` are the places where it is if files are asked for in the order of their
    /// inodes, in two trees by turns.
    fn find(&self, key: &Key, next: [usize; 2]) -> Option<usize> {
        let records = self.records();
        let is_it = |at: &usize| records.get(*at).is_some_and(|record| record.starts_with(key));
        let search = || records.binary_search_by(|record| record[..KEY].cmp(key)).ok();
        next.into_iter().find(is_it).or_else(search)
    }
}

/// What one thread sees.
#[derive(Debug)]
pub(crate) struct Beside<'a> {
    seen: &'a Seen,
    /// The places after those found last.
    next: Cell<[usize; 2]>,
    notes: RefCell<Notes>,
}

impl Beside<'_> {
    /// Says whether anything is remembered at all.
    pub(crate) fn knows_nothing(&self) -> bool {
        self.seen.before.is_empty()
    }

    /// Returns the digest of a file that has not changed since it was read.
    pub(crate) fn digest(&self, file: &Entry) -> Option<[u8; DIGEST]> {
        if self.knows_nothing() {
            return None;
        }
        let at = self.seen.find(&key(file), self.next.get())?;
        let [_, last] = self.next.replace([0; 2]);
        self.next.set([last, at + 1]);
        if self.seen.settled.is_some() {
            self.notes.borrow_mut().known.push(at);
        }
        self.seen.records()[at].last_chunk().copied()
    }

    /// Takes note of a file that was read.
    pub(crate) fn remember(&self, file: &Entry, digest: &[u8; DIGEST]) {
        let is_old = |settled| file.modified.0 < settled && file.changed.0 < settled;
        if self.seen.settled.is_some_and(is_old) {
            let new = &mut self.notes.borrow_mut().new;
            new.extend(key(file));
            new.extend(digest);
        }
    }

    /// Returns what was seen, for [`Seen::add`].
    pub(crate) fn notes(self) -> Notes {
        self.notes.into_inner()
    }
}

fn key(file: &Entry) -> Key {
    let mut key = [0; KEY];
    let numbers = [
        file.device.to_be_bytes(),
        file.inode.to_be_bytes(),
        file.size.to_be_bytes(),
        file.modified.0.to_be_bytes(),
        file.changed.0.to_be_bytes(),
        // Nanoseconds are below 2³², so that two fit into eight bytes.
        ((file.modified.1 << 32) | file.changed.1).to_be_bytes(),
    ];
    for (place, number) in key.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number);
    }
    key
}

/// Makes a file of sorted records.
fn file(records: &[&[u8; RECORD]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + records.len() * RECORD + DIGEST);
    bytes.extend(MAGIC);
    for record in records {
        bytes.extend(*record);
    }
    let digest = hash::bytes(&bytes);
    bytes.extend(digest);
    bytes
}

/// Says whether a file is whole.
fn is_sound(bytes: &[u8]) -> bool {
    let Some((body, digest)) = bytes.split_last_chunk::<DIGEST>() else {
        return false;
    };
    let records = body.strip_prefix(MAGIC);
    records.is_some_and(|records| records.len() % RECORD == 0) && hash::bytes(body) == *digest
}

#[cfg(test)]
mod tests {
    use super::{RECORD, SETTLED, Seen, file, is_sound};
    use disk::{Entry, FileKind};

    fn entry(inode: u64, changed: i64) -> Entry {
        Entry {
            kind: FileKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 7,
            device: 1,
            inode,
            links: 1,
            modified: (50, 999_999_999),
            changed: (changed, 1),
        }
    }

    fn seen_at(now: i64, before: Vec<u8>) -> Seen {
        Seen {
            before,
            settled: Some(now - SETTLED),
            ..Seen::default()
        }
    }

    #[test]
    fn a_file_is_known_again_until_it_changes() {
        let seen = seen_at(100, Vec::new());
        let beside = seen.beside();
        beside.remember(&entry(2, 60), &[2; 32]);
        beside.remember(&entry(1, 60), &[1; 32]);
        let new = beside.notes().new;
        let mut records: Vec<&[u8; RECORD]> = new.as_chunks().0.iter().collect();
        records.sort_unstable();
        let seen = seen_at(100, file(&records));
        let again = seen.beside();
        assert_eq!(again.digest(&entry(1, 60)), Some([1; 32]));
        assert_eq!(again.digest(&entry(2, 60)), Some([2; 32]));
        assert_eq!(again.digest(&entry(1, 60)), Some([1; 32]));
        assert_eq!(again.digest(&entry(2, 61)), None);
        let other = Entry {
            size: 8,
            ..entry(2, 60)
        };
        assert_eq!(again.digest(&other), None);
        let other = Entry {
            modified: (50, 999_999_998),
            ..entry(2, 60)
        };
        assert_eq!(again.digest(&other), None);
        assert_eq!(again.digest(&entry(3, 60)), None);
        assert_eq!(again.notes().known, [0, 1, 0]);
    }

    /// Also where the clock was set back: then changes lie in the future.
    #[test]
    fn a_young_change_is_not_remembered() {
        let seen = seen_at(100, Vec::new());
        let beside = seen.beside();
        for changed in [98, 99, 100, 101, 1_000_000] {
            beside.remember(&entry(1, changed), &[1; 32]);
        }
        assert_eq!(beside.notes().new, [0; 0]);
    }

    #[test]
    fn a_damaged_memory_is_none() {
        let bytes = file(&[&[7; RECORD]]);
        assert!(is_sound(&bytes));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(!is_sound(&damaged) && !is_sound(&bytes[..at]));
        }
    }
}
