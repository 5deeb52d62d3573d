//! What the commands did, for people.

use anstyle::AnsiColor;
use cli::{Output, Page, Report};
use serde::Serialize;
use wire::release::{
    CommandRun, Initialised, LocalChoice, Pruned, Recovered, Release, ReleaseList, ReleaseState, Status,
    Switched,
};

use crate::app::App;
use crate::args::Print;

/// A document that this tool shows.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Shown<T>(pub T);

/// Returns what a command about one release has to say.
pub(crate) fn release(app: &App, release: Release, print: Option<Print>) -> Output {
    let text = match print {
        None => return Output::report(Shown(release)),
        Some(Print::Id) => release.id,
        Some(Print::Path) => app.release(&release.id).display().to_string(),
        Some(Print::Commit) => release.commit,
    };
    Output::words(text + "\n")
}

impl Report for Shown<Release> {
    fn people(&self, page: &mut Page) {
        let release = &self.0;
        page.line(format_args!(
            "{}  {}",
            page.paint(AnsiColor::Green, &release.id),
            word(release.state)
        ));
        let how = match release.commit.is_empty() {
            true => String::new(),
            false => format!(" ({:?})", release.ancestry).to_lowercase(),
        };
        page.line(format_args!(
            "  {}{how}",
            source(&release.reference, &release.commit)
        ));
        let files = match release.files {
            // Nobody counted those of a release that was taken over.
            0 => String::new(),
            files => counted(files, "file") + " ",
        };
        page.line(format_args!("  {files}in {}", release.path));
        if release.export_ignored > 0 {
            page.line(format_args!(
                "  kept out by export-ignore: {}",
                counted(release.export_ignored, "tracked file")
            ));
        }
        for link in &release.links_outside {
            page.line(format_args!("  a link leads outside: {link}"));
        }
        if let Some(choice) = release.local {
            let done = if choice == LocalChoice::Merged {
                "merged"
            } else {
                "left out"
            };
            page.line(format_args!(
                "  {done}: {} made here",
                cli::counted(release.local_commits.len(), "commit")
            ));
        }
    }
}

impl Report for Shown<ReleaseList> {
    fn people(&self, page: &mut Page) {
        let list = &self.0;
        let row = |release: &wire::release::Summary| {
            let mark = match Some(&release.id) {
                id if id == list.current.as_ref() => "*",
                id if id == list.previous.as_ref() => "-",
                _ => "",
            };
            [
                mark,
                &release.id,
                word(release.state),
                &release.reference,
                &release.created,
            ]
            .map(str::to_owned)
            .to_vec()
        };
        page.table(&list.releases.iter().map(row).collect::<Vec<_>>());
    }
}

impl Report for Shown<Switched> {
    fn people(&self, page: &mut Page) {
        let switched = &self.0;
        if !switched.changed {
            return page.line(format_args!("{} is current already", switched.id));
        }
        let from = switched.from.as_deref().unwrap_or("nothing");
        page.line(format_args!(
            "current: {} (was {from})",
            page.paint(AnsiColor::Green, &switched.id)
        ));
        commands(&switched.commands, page);
        if let Some(bad) = &switched.bad {
            page.line(format_args!("  {bad} is marked bad"));
        }
        if let Some(note) = &switched.note {
            page.line(format_args!("  {note}"));
        }
    }
}

impl Report for Shown<Initialised> {
    fn people(&self, page: &mut Page) {
        let made = &self.0;
        for id in &made.adopted {
            page.line(format_args!("adopted {id}"));
        }
        if made.created.is_empty() {
            return page.line(format_args!("{} has all it needs", made.app));
        }
        page.line(format_args!("{}: made {}", made.app, made.created.join(", ")));
        page.line(format_args!(
            "push into {}/repo.git, then relswitch stage main",
            made.app
        ));
    }
}

impl Report for Shown<Pruned> {
    fn people(&self, page: &mut Page) {
        let pruned = &self.0;
        let verb = if pruned.dry_run { "would remove" } else { "removed" };
        for id in &pruned.removed {
            page.line(format_args!("{verb} {id}"));
        }
        for kept in &pruned.kept {
            let processes: Vec<String> = kept.processes.iter().map(u32::to_string).collect();
            let used = match &processes[..] {
                [] => String::new(),
                [one] => format!(", process {one}"),
                _ => format!(", processes {}", processes.join(", ")),
            };
            page.line(format_args!("kept {} ({}{used})", kept.id, kept.why));
        }
        for left in &pruned.left {
            page.line(format_args!("left {}: {}", left.path, left.why));
        }
        if pruned.unreadable_processes > 0 {
            page.line(format_args!(
                "processes that could not be looked at: {}",
                pruned.unreadable_processes
            ));
        }
    }
}

impl Report for Shown<Status> {
    fn people(&self, page: &mut Page) {
        let status = &self.0;
        match &status.current {
            None => page.line("nothing is current"),
            Some(current) => {
                let since = status.since.as_deref().unwrap_or("an unknown time");
                page.line(format_args!(
                    "current: {} since {since}",
                    page.paint(AnsiColor::Green, &current.id)
                ));
                page.line(format_args!("  {}", source(&current.reference, &current.commit)));
            }
        }
        for (label, value) in [
            ("rollback goes to", &status.previous),
            ("ready to be switched to", &status.next),
            ("a switch is at work, to", &status.switching),
            (
                "an interrupted switch, to be undone by relswitch recover",
                &status.interrupted,
            ),
        ] {
            if let Some(value) = value {
                page.line(format_args!("{label}: {value}"));
            }
        }
        for commit in &status.local_commits {
            page.line(format_args!(
                "made here, and not in it: {} {}",
                short(&commit.commit),
                commit.subject
            ));
        }
        for path in status.drift.iter().flatten() {
            page.line(format_args!("differs from its commit: {path}"));
        }
        if let Some(bytes) = status.bytes {
            page.line(format_args!("all releases take {} MiB", bytes.div_ceil(1 << 20)));
        }
        if status.as_expected == Some(false) {
            page.line("this is not what was expected");
        }
    }
}

impl Report for Shown<Recovered> {
    fn people(&self, page: &mut Page) {
        let recovered = &self.0;
        if let Some(undone) = &recovered.undone {
            page.line(format_args!("the switch to {undone} was undone"));
        }
        if recovered.rebuilt {
            page.line("the list of releases was made anew");
        }
        for name in &recovered.swept {
            page.line(format_args!("removed {name}"));
        }
        commands(&recovered.commands, page);
        page.line(format_args!(
            "current: {}",
            recovered.current.as_deref().unwrap_or("nothing")
        ));
    }
}

fn commands(runs: &[CommandRun], page: &mut Page) {
    for run in runs {
        let result = run.why.as_deref().unwrap_or("ok");
        page.line(format_args!("  {}: {result}", run.argv.join(" ")));
    }
}

fn word(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Staging => "staging",
        ReleaseState::Ready => "ready",
        ReleaseState::Current => "current",
        ReleaseState::Retired => "retired",
        ReleaseState::Failed => "failed",
        ReleaseState::Bad => "bad",
    }
}

/// Says what a release was made from; of a plain folder there is no commit.
fn source(reference: &str, commit: &str) -> String {
    match short(commit) {
        "" if reference.is_empty() => "made by another tool: relswitch init --adopt takes it over".to_owned(),
        "" => reference.to_owned(),
        commit => format!("{reference} at {commit}"),
    }
}

fn counted(number: u64, noun: &str) -> String {
    cli::counted(usize::try_from(number).unwrap_or(usize::MAX), noun)
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
