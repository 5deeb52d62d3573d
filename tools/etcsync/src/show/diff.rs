//! `etcsync diff`: a plan as differences of text, in the manner of git.

use crate::{
    place::Place, plan::survey::Survey, root::current, state::blobs, state::store::Store,
    tree::change::Change, tree::entry,
};
use anstyle::AnsiColor;
use cli::{Failure, Page};
use similar::TextDiff;
use std::{fs::File, io::Read};
use wire::{Kind, etc::Entry};

/// Longer files are told by size and digest, bytes.
const LONGEST: u64 = 256 * 1024;

/// Returns the differences that a plan makes.
pub(crate) fn text(place: &Place, survey: &Survey, colours: bool) -> Result<String, Failure> {
    let mut page = Page::new(colours);
    let store = Store::of(place);
    for change in &survey.changes {
        head(&mut page, change);
        let before = content(&change.op.before, || current(place, change))?;
        let after = content(&change.op.after, || next(&store, survey, change))?;
        body(&mut page, change, &before, &after);
    }
    Ok(page.into_text())
}

fn head(page: &mut Page, change: &Change) {
    let bold = |page: &Page, line: String| page.paint(AnsiColor::BrightWhite, line);
    let path = &change.path;
    page.line(bold(page, format!("diff --git a/{path} b/{path}")));
    let (before, after) = (mode(&change.op.before), mode(&change.op.after));
    match (before, after) {
        (None, Some(after)) => page.line(bold(page, format!("new file mode {after}"))),
        (Some(before), None) => page.line(bold(page, format!("deleted file mode {before}"))),
        (Some(before), Some(after)) if before != after => {
            page.line(bold(page, format!("old mode {before}")));
            page.line(bold(page, format!("new mode {after}")));
        }
        _ => {}
    }
    if change.op.drift {
        page.line(page.paint(AnsiColor::Red, "changed by somebody else since etcsync wrote it"));
    }
    if let Some(why) = &change.op.blocked {
        page.line(page.paint(AnsiColor::Red, format!("blocked: {why}")));
    }
}

/// Writes the mode as git does: with the kind in front.
fn mode(entry: &Entry) -> Option<String> {
    match entry {
        Entry::File { mode, .. } => Some(format!("10{mode}")),
        Entry::Link { .. } => Some("120000".to_owned()),
        Entry::Folder { mode, .. } => Some(format!("04{mode}")),
        Entry::Absent => None,
        Entry::Special { .. } | Entry::Unknown { .. } => Some("000000".to_owned()),
    }
}

/// What there is to compare.
enum Content {
    Text(String),
    /// Not to be shown as text, and why.
    Opaque(String),
}

fn content(entry: &Entry, open: impl FnOnce() -> Result<File, Failure>) -> Result<Content, Failure> {
    match entry {
        Entry::Link { target, .. } => Ok(Content::Text(target.clone())),
        Entry::File { size, digest, .. } if size.is_none_or(|size| size > LONGEST) => Ok(Content::Opaque(
            format!("{} bytes, {digest}", size.unwrap_or_default()),
        )),
        Entry::File { size, digest, .. } => {
            let mut bytes = Vec::new();
            open()?.take(LONGEST).read_to_end(&mut bytes)?;
            let opaque = || Content::Opaque(format!("{} bytes, {digest}", size.unwrap_or_default()));
            let binary = bytes.contains(&0);
            Ok(String::from_utf8(bytes)
                .ok()
                .filter(|_| !binary)
                .map_or_else(opaque, Content::Text))
        }
        _ => Ok(Content::Text(String::new())),
    }
}

fn current(place: &Place, change: &Change) -> Result<File, Failure> {
    let open = current::open(place, &change.path, &change.op.before)?;
    open.ok_or_else(|| Failure::new(Kind::StalePlan, "it is no longer there").file(change.path.text()))
}

fn next(store: &Store, survey: &Survey, change: &Change) -> Result<File, Failure> {
    match (survey.layers(), change.op.layer) {
        (Some(layers), Some(layer)) => layers.cursor().file(layer, &change.path),
        _ => blobs::open(store, entry::digest(&change.op.after).unwrap_or_default()),
    }
}

fn body(page: &mut Page, change: &Change, before: &Content, after: &Content) {
    if change.op.secret {
        page.line("the content is secret");
        return;
    }
    let (Content::Text(old), Content::Text(new)) = (before, after) else {
        for (sign, side) in [("-", before), ("+", after)] {
            if let Content::Opaque(what) = side {
                page.line(format_args!("{sign} {what}"));
            }
        }
        return;
    };
    let name = |entry: &Entry, side| match entry {
        Entry::Absent => "/dev/null".to_owned(),
        _ => format!("{side}/{}", change.path),
    };
    let diff = TextDiff::from_lines(old, new);
    let mut unified = diff.unified_diff();
    unified.header(&name(&change.op.before, "a"), &name(&change.op.after, "b"));
    for line in unified.to_string().lines() {
        page.line(painted(page, line));
    }
}

fn painted(page: &Page, line: &str) -> String {
    match line.as_bytes().first() {
        _ if line.starts_with("--- ") || line.starts_with("+++ ") => page.paint(AnsiColor::BrightWhite, line),
        Some(b'-') => page.paint(AnsiColor::Red, line),
        Some(b'+') => page.paint(AnsiColor::Green, line),
        Some(b'@') => page.paint(AnsiColor::Cyan, line),
        _ => line.to_owned(),
    }
}
