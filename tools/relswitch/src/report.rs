//! What the commands did, for people.

use anstyle::AnsiColor;
use cli::{Output, Page, Report};
use serde::Serialize;
use wire::release::{CommandRun, Initialised, LocalChoice, Release, ReleaseList, ReleaseState, Switched};

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
        Some(Print::Id) => release.id.clone(),
        Some(Print::Path) => app.release(&release.id).display().to_string(),
        Some(Print::Commit) => release.commit.clone(),
    };
    Output::text(text + "\n", Shown(release))
}

impl Report for Shown<Release> {
    fn people(&self, page: &mut Page) {
        let release = &self.0;
        page.line(format_args!(
            "{}  {}",
            page.paint(AnsiColor::Green, &release.id),
            word(release.state)
        ));
        let how = format!("{:?}", release.ancestry).to_lowercase();
        page.line(format_args!(
            "  {} at {} ({how})",
            release.reference,
            short(&release.commit)
        ));
        page.line(format_args!("  {} files in {}", release.files, release.path));
        if release.export_ignored > 0 {
            page.line(format_args!(
                "  {} tracked files are kept out by export-ignore",
                release.export_ignored
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
                "  {} commits made here were {done}",
                release.local_commits.len()
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

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
