//! Standard error: progress, events and warnings for people.

use crate::{
    Common, Failure,
    args::Colour,
    input::{self, Input},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};
use wire::Progress;

/// The run of a tool: what it reads and how it speaks while it works.
#[derive(Debug)]
pub struct Session {
    tool: &'static str,
    quiet: bool,
    verbose: bool,
    colours: bool,
    colours_output: bool,
    bar: Mutex<Option<Bar>>,
}

#[derive(Debug)]
struct Bar {
    shown: ProgressBar,
    /// Where bytes are counted, files are as well.
    files: Option<Files>,
}

#[derive(Clone, Copy, Debug)]
struct Files {
    done: u64,
    total: u64,
}

impl Bar {
    fn new(what: &str, items: u64, bytes: Option<u64>, target: ProgressDrawTarget) -> Self {
        let shown = ProgressBar::with_draw_target(Some(bytes.unwrap_or(items)), target)
            .with_style(style(if bytes.is_some() { BYTES } else { ITEMS }))
            .with_prefix(what.to_owned());
        let bar = Self {
            shown,
            files: bytes.map(|_| Files {
                done: 0,
                total: items,
            }),
        };
        bar.tell();
        bar
    }

    fn expect(&mut self, items: u64, bytes: Option<u64>) {
        let Some(files) = &mut self.files else { return };
        files.total += items;
        match bytes {
            Some(bytes) => self.shown.inc_length(bytes),
            // From now on nobody knows how much it will be.
            None => {
                self.shown.unset_length();
                self.shown.set_style(style(UNSIZED));
            }
        }
        self.tell();
    }

    fn advance(&mut self, items: u64, bytes: u64) {
        let Some(files) = &mut self.files else {
            return self.shown.inc(items);
        };
        files.done += items;
        self.shown.inc(bytes);
        if items > 0 {
            self.tell();
        }
    }

    fn tell(&self) {
        if let Some(Files {
            done,
            total: total @ 1..,
        }) = self.files
        {
            self.shown.set_message(format!("{done}/{total} files"));
        }
    }
}

impl Session {
    pub(crate) fn new(tool: &'static str, common: &Common) -> Self {
        Self {
            tool,
            quiet: common.quiet,
            verbose: common.verbose,
            colours: colours(common.color, &io::stderr()),
            colours_output: colours(common.color, &io::stdout()),
            bar: Mutex::new(None),
        }
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// It cannot be read, is empty (standard input only), or is the failure of the command before us.
    pub fn input(&self, name: &str) -> Result<Input, Failure> {
        input::read(name)
    }

    /// Returns where libraries report progress to.
    pub fn progress(&self) -> &dyn Progress {
        self
    }

    /// Warns of something that a person should look at.
    pub fn warn(&self, line: impl AsRef<str>) {
        Progress::warn(self, line.as_ref());
    }

    /// Says whether a text for standard output gets colours.
    pub fn colours_output(&self) -> bool {
        self.colours_output
    }

    pub(crate) fn colours(&self) -> bool {
        self.colours
    }

    fn bar(&self) -> MutexGuard<'_, Option<Bar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line above the bar, if there is one.
    fn say(&self, line: &str) {
        let bar = self.bar();
        let write = || _ = writeln!(io::stderr(), "{line}");
        match &*bar {
            Some(bar) => bar.shown.suspend(write),
            None => write(),
        }
    }
}

impl Progress for Session {
    fn begin(&self, what: &str, items: u64, bytes: Option<u64>) {
        if self.verbose {
            self.say(&format!("{}: {what}", self.tool));
        }
        let hidden = self.quiet || self.verbose || !io::stderr().is_terminal();
        let target = if hidden {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        *self.bar() = Some(Bar::new(what, items, bytes, target));
    }

    fn expect(&self, items: u64, bytes: Option<u64>) {
        if let Some(bar) = &mut *self.bar() {
            bar.expect(items, bytes);
        }
    }

    fn advance(&self, items: u64, bytes: u64) {
        if let Some(bar) = &mut *self.bar() {
            bar.advance(items, bytes);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.shown.finish_and_clear();
        }
    }

    fn note(&self, line: &str) {
        if self.verbose {
            self.say(&format!("{}: {line}", self.tool));
        }
    }

    fn warn(&self, line: &str) {
        if self.quiet {
            return;
        }
        let yellow = anstyle::AnsiColor::Yellow.on_default();
        let label = if self.colours {
            format!("{yellow}warning:{yellow:#}")
        } else {
            "warning:".to_owned()
        };
        self.say(&format!("{}: {label} {line}", self.tool));
    }
}

const ITEMS: &str = "{prefix} {wide_bar} {pos}/{len}";
const BYTES: &str = "{prefix} {wide_bar} {msg} {bytes}/{total_bytes} {bytes_per_sec}";
const UNSIZED: &str = "{prefix} {spinner} {msg} {bytes} {bytes_per_sec}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Decides whether a stream gets colours.
pub(crate) fn colours(when: Colour, stream: &impl IsTerminal) -> bool {
    match when {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}
