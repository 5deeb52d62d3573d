//! What the documents look like to people.

use anstyle::AnsiColor;
use cli::Report;
use serde::Serialize;
use wire::etc::{
    Checked, Finding, Generation, Git, Level, Log, Op, OpKind, Outcome, Plan, Report as Applied, Rules,
    Source, Status, Verdict,
};

/// A document of ours, as people read it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Page<T>(pub(crate) T);

impl Report for Page<Plan> {
    fn people(&self, page: &mut cli::Page) {
        let plan = &self.0;
        for op in &plan.ops {
            page.line(op_line(op, page));
            for note in op.notes.iter().chain(&op.blocked) {
                page.line(format_args!("           {note}"));
            }
        }
        findings(page, &plan.lint);
        for check in &plan.checks {
            let missing = if check.unavailable {
                " (not on this host)"
            } else {
                ""
            };
            page.line(format_args!("check    {}{missing}", words(&check.argv)));
        }
        for argv in &plan.books {
            page.line(format_args!("books    {}", words(argv)));
        }
        for reload in &plan.reloads {
            for command in &reload.commands {
                page.line(format_args!("reload   {}", words(command)));
            }
        }
        for skipped in &plan.skipped {
            page.line(format_args!(
                "skipped  {} of {}: {}",
                skipped.what, skipped.name, skipped.why
            ));
        }
        if let Source::Layers { git: Some(git), .. } = &plan.source {
            page.line(format_args!("from     {}", commit(git)));
        }
        let summary = &plan.summary;
        page.line(format_args!(
            "{} to do, {} as they should be",
            plan.ops.len(),
            summary.same
        ));
    }
}

/// Writes a command as it would be typed.
fn words(argv: &[String]) -> String {
    cli::quoted(argv).unwrap_or_else(|| argv.join(" "))
}

fn commit(git: &Git) -> String {
    let commit = git.commit.get(..12).unwrap_or(&git.commit);
    match git.dirty {
        true => format!("commit {commit}, with changes that are not committed"),
        false => format!("commit {commit}"),
    }
}

fn op_line(op: &Op, page: &cli::Page) -> String {
    let colour = match op.op {
        _ if op.blocked.is_some() => AnsiColor::Red,
        OpKind::Create => AnsiColor::Green,
        OpKind::Delete => AnsiColor::Red,
        OpKind::Unknown => AnsiColor::Magenta,
        _ => AnsiColor::Yellow,
    };
    let drift = if op.drift { "  (drifted)" } else { "" };
    let mode = match &op.after {
        wire::etc::Entry::File { mode, .. } | wire::etc::Entry::Folder { mode, .. } => mode.to_string(),
        _ => "    ".to_owned(),
    };
    format!(
        "{}  {mode}  {}{drift}",
        page.paint(colour, format!("{:7}", op.op.name())),
        op.path
    )
}

fn findings(page: &mut cli::Page, findings: &[Finding]) {
    for finding in findings {
        let (colour, level) = match finding.level {
            Level::Error => (AnsiColor::Red, "error"),
            Level::Warning => (AnsiColor::Yellow, "warning"),
        };
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let level = page.paint(colour, format!("{level:7}"));
        page.line(format_args!(
            "{level}  {}{line}: {} [{}]",
            finding.path, finding.text, finding.rule
        ));
    }
}

impl Report for Page<Applied> {
    fn people(&self, page: &mut cli::Page) {
        let report = &self.0;
        for done in &report.done {
            page.line(format_args!("{:7}  {}", done.op.name(), done.path));
        }
        outcomes(page, "check", &report.checks);
        outcomes(page, "books", &report.books);
        outcomes(page, "reload", &report.reloads);
        for name in &report.pending {
            page.line(format_args!("pending  reload of {name}"));
        }
        for skipped in &report.skipped {
            page.line(format_args!(
                "skipped  {} of {}: {}",
                skipped.what, skipped.name, skipped.why
            ));
        }
        for note in &report.notes {
            page.line(format_args!("note     {note}"));
        }
        page.line(format_args!(
            "generation {}, {} changed",
            report.generation,
            report.done.len()
        ));
    }
}

fn outcomes(page: &mut cli::Page, what: &str, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let (colour, result) = match outcome.result {
            Verdict::Passed => (AnsiColor::Green, "passed"),
            Verdict::Failed => (AnsiColor::Red, "failed"),
            Verdict::Unavailable => (AnsiColor::Yellow, "unavailable"),
        };
        let how = outcome
            .how
            .as_ref()
            .map(|how| format!(" ({how})"))
            .unwrap_or_default();
        page.line(format_args!(
            "{what:7}  {}: {}{how}",
            outcome.name,
            page.paint(colour, result)
        ));
        for line in &outcome.output {
            page.line(format_args!("         {line}"));
        }
    }
}

impl Report for Page<Checked> {
    fn people(&self, page: &mut cli::Page) {
        let checked = &self.0;
        findings(page, &checked.lint);
        outcomes(page, "check", &checked.checks);
        for skipped in &checked.skipped {
            page.line(format_args!(
                "skipped  {} of {}: {}",
                skipped.what, skipped.name, skipped.why
            ));
        }
        if checked.lint.is_empty() && checked.checks.is_empty() {
            page.line("nothing to object to");
        }
    }
}

impl Report for Page<Status> {
    fn people(&self, page: &mut cli::Page) {
        let status = &self.0;
        page.line(format_args!(
            "{}: generation {}, {} paths managed",
            status.root, status.generation, status.managed
        ));
        if let Some(phase) = status.interrupted {
            let phase = format!("{phase:?}").to_lowercase();
            page.line(format_args!(
                "a run was interrupted while {phase}: etcsync recover"
            ));
        }
        for drifted in status.drift.iter().take(5) {
            page.line(format_args!(
                "{:10}  {}",
                format!("{:?}", drifted.how).to_lowercase(),
                drifted.path
            ));
        }
        if status.drift.len() > 5 {
            page.line(format_args!(
                "and {} more that others changed",
                status.drift.len() - 5
            ));
        }
        if let Some(first) = status.waiting.first() {
            let others = match status.waiting.len() {
                1 => String::new(),
                count => format!(", and {} more", count - 1),
            };
            page.line(format_args!("a package's new version waits: {first}{others}"));
        }
        if !status.pending.is_empty() {
            page.line(format_args!("pending reloads: {}", status.pending.join(", ")));
        }
        if status.drift.is_empty() {
            page.line("everything is as etcsync wrote it");
        }
    }
}

impl Report for Page<Log> {
    fn people(&self, page: &mut cli::Page) {
        let rows: Vec<Vec<String>> = self.0.generations.iter().map(row).collect();
        page.table(&rows);
    }
}

fn row(generation: &Generation) -> Vec<String> {
    let source = match &generation.source {
        Source::Layers {
            layers,
            git: Some(git),
            ..
        } => format!("{}, {}", layers.join(" "), commit(git)),
        Source::Layers { layers, .. } => layers.join(" "),
        Source::Generation { to } => format!("rollback to {to}"),
    };
    vec![
        generation.number.to_string(),
        format!("{} changed", generation.done.len()),
        source,
    ]
}

impl Report for Page<Rules> {
    fn people(&self, page: &mut cli::Page) {
        for (path, rules) in &self.0.paths {
            let rules: Vec<String> = rules
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            page.line(format_args!("{path} {}", rules.join(" ")));
        }
    }
}
