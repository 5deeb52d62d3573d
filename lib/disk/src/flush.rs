//! Writing to the disk while there is still more to write.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::syncfs;
use rustix::io::Errno;

use crate::Error;
use crate::sync::open_folder;

/// How long the disk is left alone between two syncs.
const PAUSE: Duration = Duration::from_millis(200);

/// Syncs a file system again and again in the background, so that the disk works while its user computes.
///
/// It makes nothing durable that its user could count on, but leaves little for the [`sync_filesystem`] at the end.
///
/// [`sync_filesystem`]: crate::sync_filesystem
#[derive(Debug)]
pub struct Flusher {
    path: PathBuf,
    // Dropping it ends the thread.
    running: Sender<()>,
    /// `None` where the system gives no thread: then everything is left for the end.
    thread: Option<JoinHandle<Result<(), Errno>>>,
}

impl Flusher {
    /// Starts to sync the file system of `folder`.
    pub fn start(folder: &Path) -> Result<Self, Error> {
        let opened = open_folder(folder)?;
        let (running, ended) = channel();
        let thread = std::thread::Builder::new()
            .spawn(move || flush(&opened, &ended))
            .ok();
        Ok(Self {
            path: folder.to_owned(),
            running,
            thread,
        })
    }

    /// Ends it.
    ///
    /// # Errors
    /// Something could not be written. The system says so once, and not again to those who sync later.
    pub fn finish(self) -> Result<(), Error> {
        drop(self.running);
        let ended = self.thread.map_or(Ok(Ok(())), JoinHandle::join);
        let ended = ended.unwrap_or(Err(Errno::IO));
        ended.map_err(Error::io("sync the file system of", &self.path))
    }
}

fn flush(folder: &OwnedFd, ended: &Receiver<()>) -> Result<(), Errno> {
    while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        syncfs(folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_it_is_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let flusher = Flusher::start(folder.path()).unwrap();
        fs_err::write(folder.path().join("file"), "content").unwrap();
        std::thread::sleep(PAUSE * 2);
        flusher.finish().unwrap();
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Flusher::start(&folder.path().join("absent")).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }
}
