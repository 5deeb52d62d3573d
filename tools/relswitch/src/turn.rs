//! Pointing `current` to another release, with a journal, and back if it proves wrong.

use cli::Failure;
use disk::{Begun, Durability, Journal, Staged};
use serde::{Deserialize, Serialize};
use wire::Kind;
use wire::release::{CommandRun, Purpose, ReleaseState, Switched};

use crate::app::{self, App, Current, RELEASE_FILE};
use crate::crash;
use crate::hooks::{self, Hooks};
use crate::log::{self, Event};
use crate::state::{self, State, Turn};

/// What a switch under way has to undo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// How far it is.
    pub(crate) phase: Phase,
    /// The release that ran before.
    pub(crate) from: Option<String>,
    /// The release that is to run.
    pub(crate) to: String,
    /// The release that was marked bad by this, and was not before.
    pub(crate) marked: Option<String>,
    /// The commands that run afterwards, and again after going back.
    pub(crate) hooks: Hooks,
}

/// How far a switch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// The link may have moved.
    Switching,
    /// The link has moved, and reloads may have run.
    Reloading,
    /// The link may have moved back, and reloads may have to run again.
    Undoing,
}

/// What is asked of [`make`].
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The release to switch to.
    pub(crate) to: String,
    /// Where `current` was seen to point.
    pub(crate) from: Option<Current>,
    /// Whether the release that is left is marked bad.
    pub(crate) mark_bad: bool,
    /// What happens afterwards.
    pub(crate) hooks: Hooks,
}

/// Returns the journal of switches.
pub(crate) fn journal(app: &App) -> Journal<Entry> {
    Journal::at(app.private().join("journal"))
}

/// Reads the entry of a switch that is under way, or was interrupted.
pub(crate) fn under_way(app: &App) -> Result<Option<Entry>, Failure> {
    journal(app).read().map_err(|error| match error {
        disk::Error::Damaged { .. } => Failure::from(error)
            .hint("if no relswitch is at work, remove the file: the link current alone says what runs"),
        _ => error.into(),
    })
}

/// Makes a release current: the journal, the link, the state, the reloads, the probes. Goes back if one fails.
pub(crate) fn make(app: &App, state: &mut State, wanted: &Wanted) -> Result<Switched, Failure> {
    let left = wanted.from.as_ref().map(|from| from.id.clone());
    let marked = left.clone().filter(|left| {
        wanted.mark_bad
            && state
                .get(left)
                .is_some_and(|release| release.state != ReleaseState::Bad)
    });
    let mut entry = Entry {
        phase: Phase::Switching,
        from: left.clone(),
        to: wanted.to.clone(),
        marked,
        hooks: wanted.hooks.clone(),
    };
    let mut report = Switched {
        id: wanted.to.clone(),
        from: left,
        current: Some(wanted.to.clone()),
        changed: true,
        bad: entry.marked.clone(),
        ..Switched::default()
    };
    let ready = Ready::new(app, state, &entry)?;
    match all_steps(app, state, ready, wanted, &mut entry, &mut report) {
        Ok(()) => Ok(report),
        Err(failure) => Err(back(app, state, entry, report, failure)),
    }
}

/// What a switch writes, complete beside its place before anything moves: where there is no room for it, nothing has
/// happened.
#[derive(Debug)]
struct Ready {
    journal: Staged,
    list: Begun,
    /// The own file of a release that is marked.
    mark: Option<Begun>,
    /// What the list says.
    state: State,
    turn: Turn,
}

impl Ready {
    fn new(app: &App, state: &State, entry: &Entry) -> Result<Self, Failure> {
        let mut state = state.clone();
        let turn = Turn::now(&entry.to);
        state.history.push(turn.clone());
        let mut mark = None;
        if let Some(marked) = &entry.marked {
            state.set(marked, ReleaseState::Bad);
            mark = state::begin_mark(app, marked, ReleaseState::Bad);
        }
        let list = state.begin(app)?;
        let journal = journal(app).with(durability(entry)).begin(entry)?;
        Ok(Self {
            journal: journal.wait()?,
            list,
            mark,
            state,
            turn,
        })
    }
}

/// Does everything from the journal's first entry to its end.
fn all_steps(
    app: &App,
    state: &mut State,
    ready: Ready,
    wanted: &Wanted,
    entry: &mut Entry,
    report: &mut Switched,
) -> Result<(), Failure> {
    step(app, state, ready, wanted)?;
    if wanted.hooks.is_empty() {
        // Nothing can fail any more but the wait for the disk, which is one for the list and the journal's end: whoever
        // is told that the release runs will find it so after a power cut.
        journal(app).unsynced().clear()?;
        crash::at("cleared");
        return Ok(disk::sync_directory(&app.private())?);
    }
    crash::at("recorded");
    entry.phase = Phase::Reloading;
    journal(app).write(entry)?;
    crash::at("reloading");
    after(app, wanted, report).inspect_err(|_| {
        state.mark(app, &wanted.to, ReleaseState::Bad);
        report.bad = Some(wanted.to.clone());
    })?;
    Ok(journal(app).clear()?)
}

/// Returns how durable the journal of a switch has to be: each wait for the disk is a part of the time that it takes.
fn durability(entry: &Entry) -> Durability {
    match (entry.hooks.is_empty(), &entry.marked) {
        // A power cut may leave either release: the link alone decides, and the state follows it.
        (true, None) => Durability::Unsynced,
        // The mark has to come with the link: wherever that has moved, the entry has to be whole.
        (true, Some(_)) => Durability::Contents,
        // What the reloads tell others cannot be read from the link.
        (false, _) => Durability::Synced,
    }
}

/// Moves the link and writes down that it moved.
///
/// The link has to be on the disk before the list says so, on file systems that keep no order between two folders as
/// well. The wait for the content of the list is one for the link, where there is an order.
fn step(app: &App, state: &mut State, ready: Ready, wanted: &Wanted) -> Result<(), Failure> {
    ready.journal.commit()?;
    crash::at("journaled");
    let from = wanted.from.as_ref().map(|from| from.target.as_path());
    disk::relink(&app.link(), from, &app::target(&wanted.to), Durability::Unsynced)?;
    crash::at("relinked");
    log::add(app, Event::Switched, ready.turn);
    let list = ready.list.wait()?;
    let mark = ready.mark.map(Begun::wait).transpose()?;
    disk::sync_directory(app.root())?;
    // As in `state::begin_mark`: without it the list alone knows.
    let _ = mark.map(Staged::commit);
    *state = ready.state;
    Ok(list.commit()?)
}

/// Runs the reloads, then the probes.
fn after(app: &App, wanted: &Wanted, report: &mut Switched) -> Result<(), Failure> {
    report.commands = wanted.hooks.reload(app, &wanted.to, Purpose::Reload);
    crash::at("reloaded");
    refuse_failed(&report.commands, Kind::ReloadFailed, "a reload failed")?;
    // Else the probes would look for the new release in vain, for as long as they may.
    refuse_moved(app, &wanted.to)?;
    report.commands.extend(wanted.hooks.probe(app, &wanted.to));
    crash::at("probed");
    refuse_failed(
        &report.commands,
        Kind::ProbeFailed,
        "the probe did not see the new release",
    )?;
    refuse_moved(app, &wanted.to)
}

/// Refuses a link that a reload or a probe, or somebody meanwhile, has moved: what runs is not what would be told.
fn refuse_moved(app: &App, to: &str) -> Result<(), Failure> {
    let why = match app.current() {
        Ok(Some(current)) if current.id == to => return Ok(()),
        Ok(Some(current)) => format!("it points to {}", current.id),
        Ok(None) => "it is gone".to_owned(),
        Err(failure) => failure.message().to_owned(),
    };
    Err(Failure::new(Kind::ApplyFailed, "current was moved meanwhile").cause(why))
}

fn refuse_failed(runs: &[CommandRun], kind: Kind, message: &str) -> Result<(), Failure> {
    let Some(run) = hooks::failed(runs) else {
        return Ok(());
    };
    let command = run.argv.join(" ");
    let why = run.why.clone().unwrap_or_default();
    Err(Failure::new(kind, message).cause(format!("{command}: {why}")))
}

/// Goes back after a failure, and returns what to say.
fn back(app: &App, state: &mut State, entry: Entry, mut report: Switched, failure: Failure) -> Failure {
    let kind = failure.kind().unwrap_or(Kind::Bug);
    let causes = failure.causes().to_vec();
    let from = entry.from.clone();
    let undone = undo(app, state, entry);
    // Going back may have failed too.
    report.current = app.current().ok().flatten().map(|current| current.id);
    let place = from.map_or_else(
        || "nothing runs, as before".to_owned(),
        |from| format!("{from} runs again"),
    );
    let told = match undone {
        Ok(runs) => {
            report.commands.extend(runs);
            let kind = match kind {
                Kind::ReloadFailed | Kind::ProbeFailed => kind,
                _ => Kind::ApplyFailed,
            };
            Failure::new(kind, format!("{}; {place}", failure.message()))
        }
        Err(undo) => Failure::new(
            Kind::NeedsRecover,
            format!("{}, and going back failed", failure.message()),
        )
        .cause(undo.message().to_owned()),
    };
    causes.into_iter().fold(told, Failure::cause).report(&report)
}

/// Puts the link and the state back, and runs the reloads again if they may have run.
///
/// # Errors
/// Something of it failed. The journal stays, so that `recover` tries again.
pub(crate) fn undo(app: &App, state: &mut State, mut entry: Entry) -> Result<Vec<CommandRun>, Failure> {
    let journal = journal(app).with(durability(&entry));
    let reloaded = entry.phase != Phase::Switching;
    if reloaded {
        entry.phase = Phase::Undoing;
        journal.write(&entry)?;
    }
    crash::at("undoing");
    put_back(app, entry.from.as_deref())?;
    crash::at("put-back");
    // Not so if the crash came between the link and the state.
    if state.history.last().is_some_and(|turn| turn.id == entry.to) {
        state.history.pop();
        log::add(app, Event::Undone, Turn::now(&entry.to));
    }
    if let Some(marked) = &entry.marked {
        state.mark(app, marked, ReleaseState::Ready);
    }
    state.save(app)?;
    let mut runs = Vec::new();
    if let (true, Some(from)) = (reloaded, &entry.from) {
        runs = entry.hooks.reload(app, from, Purpose::ReloadBack);
        // A reload that moves the link has done so again.
        put_back(app, Some(from))?;
        refuse_failed(&runs, Kind::NeedsRecover, "the reload after going back failed")?;
    }
    journal.clear()?;
    sweep(app, &entry);
    Ok(runs)
}

/// Removes what a switch has written beside the places of its files, and did not come to name.
fn sweep(app: &App, entry: &Entry) {
    let own = |id: &String| app.release(id).join(RELEASE_FILE);
    let files = [journal(app).path().to_owned(), state::file(app)];
    for file in files.into_iter().chain(entry.marked.as_ref().map(own)) {
        // What stays is in nobody's way, and is looked for again by recover and prune.
        let _ = disk::sweep_files(&file);
    }
}

/// Points the link to a release, or removes it, whatever it says now.
fn put_back(app: &App, from: Option<&str>) -> Result<(), Failure> {
    let link = app.link();
    let found = disk::read_link(&link)?;
    let wanted = from.map(app::target);
    if found == wanted {
        return Ok(());
    }
    match wanted {
        Some(wanted) => Ok(disk::relink(
            &link,
            found.as_deref(),
            &wanted,
            Durability::Synced,
        )?),
        None => {
            fs_err::remove_file(&link)?;
            Ok(disk::sync_directory(app.root())?)
        }
    }
}
