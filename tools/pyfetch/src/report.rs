//! What a run says at its end.

use cli::{Page, Report};
use serde::Serialize;
use wire::wheelhouse::{FindingKind, Run, Wheelhouse};

/// The wheelhouse, said with what was done.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Filled {
    pub(crate) wheelhouse: Wheelhouse,
    #[serde(skip)]
    pub(crate) folder: String,
}

impl Report for Filled {
    fn people(&self, page: &mut Page) {
        let none = Run::default();
        let run = self.wheelhouse.run.as_ref().unwrap_or(&none);
        let targets: Vec<&str> = self
            .wheelhouse
            .targets
            .iter()
            .map(|target| target.name.as_str())
            .collect();
        let total: u64 = self.wheelhouse.files.iter().map(|file| file.size).sum();
        page.line(format_args!(
            "{}: {}, {}, for {}",
            self.folder,
            cli::counted(self.wheelhouse.files.len(), "file"),
            amount(total),
            targets.join(", ")
        ));
        page.line(format_args!(
            "{} fetched ({}), {} built, {} there already",
            run.fetched.len(),
            amount(run.bytes),
            run.built.len(),
            run.kept
        ));
        for name in &run.removed {
            page.line(format_args!("removed {name}"));
        }
        for name in &run.stale {
            page.line(format_args!("no longer asked for: {name} (--prune removes it)"));
        }
    }
}

/// What `--check` found: exit status 1 if anything is missing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Checked(pub(crate) wire::wheelhouse::Check);

impl Report for Checked {
    fn people(&self, page: &mut Page) {
        if self.0.missing.is_empty() {
            page.line(format_args!("all {} files are here and good", self.0.good));
        }
        for missing in &self.0.missing {
            page.line(format_args!("{}: {}", missing.requirement, missing.why));
        }
    }
}

/// What `--refresh` found.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Refreshed(pub(crate) wire::wheelhouse::Refresh);

impl Report for Refreshed {
    fn people(&self, page: &mut Page) {
        page.line(format_args!("{} files asked about", self.0.checked));
        for finding in &self.0.findings {
            let what = match finding.kind {
                FindingKind::Changed => "CHANGED".to_owned(),
                FindingKind::Withdrawn => "withdrawn".to_owned(),
                FindingKind::Yanked => "yanked".to_owned(),
                FindingKind::Status => "project".to_owned(),
                FindingKind::Newer => "newer version".to_owned(),
            };
            page.line(format_args!("{}: {what}: {}", finding.file, finding.detail));
        }
    }
}

/// A number of bytes for people.
pub(crate) fn amount(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB"];
    let step = units
        .iter()
        .enumerate()
        .rev()
        .find(|(power, _)| bytes >= 1000u64.pow(u32::try_from(*power).unwrap_or(0)));
    match step {
        None | Some((0, _)) => format!("{bytes} B"),
        Some((power, unit)) => {
            let tenths = bytes / (1000u64.pow(u32::try_from(power).unwrap_or(1)) / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_short() {
        let said = [0, 999, 1000, 1_234_567, 25_000_000_000].map(amount);
        assert_eq!(said, ["0 B", "999 B", "1.0 kB", "1.2 MB", "25.0 GB"]);
    }
}
