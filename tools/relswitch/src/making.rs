//! From a filled folder to a release with a name, a number and an entry in the state.

use std::path::Path;

use cli::Failure;
use disk::{Durability, Scratch};
use wire::Kind;
use wire::release::Release;

use crate::app::{App, RELEASE_FILE};
use crate::crash;
use crate::extract::Extracted;
use crate::state::{self, State};

/// What a release is made in.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    /// The application.
    pub(crate) app: &'a App,
    /// Its state, which gets an entry.
    pub(crate) state: &'a mut State,
    /// Whether links that lead out of the release are refused.
    pub(crate) strict: bool,
}

impl Making<'_> {
    /// Makes a release: `fill` puts the files into its folder and says what they are.
    ///
    /// The folder appears under its final name when it is complete and on the disk.
    pub(crate) fn make(
        &mut self,
        mut release: Release,
        fill: impl FnOnce(&Path, &mut Release) -> Result<Extracted, Failure>,
    ) -> Result<Release, Failure> {
        release.path = format!("releases/{}", release.id);
        release.seq = self.state.next;
        release.created = state::now();
        cli::on_interrupt(disk::remove_unfinished);
        let scratch = Scratch::beside(&self.app.release(&release.id), 0o755)?;
        let extracted = fill(scratch.path(), &mut release)?;
        crash::at("extracted");
        release.links_outside = extracted.links_outside(scratch.path());
        if self.strict {
            refuse_links(&release.links_outside)?;
        }
        release.files = extracted.paths.len() as u64;
        release.bytes = extracted.bytes;
        let file = scratch.path().join(RELEASE_FILE);
        disk::write_json(&file, &release, 0o644, Durability::Unsynced)?;
        self.publish(scratch, &release)?;
        Ok(release)
    }

    fn publish(&mut self, scratch: Scratch, release: &Release) -> Result<(), Failure> {
        self.state.next += 1;
        self.state.releases.push(state::summary(release));
        // Written first: a crash right after leaves an entry without a folder, which the next run drops. Publishing
        // syncs the file system, and the state with it.
        self.state.write(self.app, Durability::Contents)?;
        crash::at("recorded");
        let published = scratch.publish(Durability::Synced);
        if let Err(error) = &published {
            self.retract(&release.id, error)?;
        }
        crash::at("published");
        Ok(published?)
    }

    /// Takes back a release that could not be published, be it before its folder had its name or after.
    fn retract(&mut self, id: &str, error: &disk::Error) -> Result<(), Failure> {
        if !matches!(error, disk::Error::Exists { .. }) {
            disk::remove_tree(&self.app.release(id))?;
        }
        self.state.forget(&[id.to_owned()]);
        self.state.save(self.app)
    }
}

/// Returns an id for people: when, and of what. The order of releases is the sequence's, not the name's.
///
/// No id contains another one, so that a probe's output cannot mean two of them.
pub(crate) fn free_id(app: &App, of: &str) -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let id = format!("{now}-{of}");
    let numbered = (2..).map(|number| format!("{now}-{number}-{of}"));
    let is_free = |id: &String| fs_err::symlink_metadata(app.release(id)).is_err();
    std::iter::once(id.clone())
        .chain(numbered)
        .find(is_free)
        .unwrap_or(id)
}

/// Refuses a release with links that lead out of it.
pub(crate) fn refuse_links(links: &[String]) -> Result<(), Failure> {
    if links.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Unsupported,
        format!("links lead out of the release: {}", links.join(", ")),
    )
    .hint("use relative links that stay inside, or stage without --strict"))
}
