//! Standard error: progress, events and warnings for people.

use crate::{
    Common, Failure,
    args::Colour,
    input::{self, Input},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
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
    counts_bytes: bool,
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

    /// Writes a line above the bar, if there is one.
    fn say(&self, line: &str) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
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
        let shown = ProgressBar::with_draw_target(Some(bytes.unwrap_or(items)), target)
            .with_style(style(bytes.is_some()))
            .with_prefix(what.to_owned());
        let bar = Bar {
            shown,
            counts_bytes: bytes.is_some(),
        };
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn advance(&self, items: u64, bytes: u64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.shown.inc(if bar.counts_bytes { bytes } else { items });
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
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

fn style(bytes: bool) -> ProgressStyle {
    let template = if bytes {
        "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}"
    } else {
        "{prefix} {wide_bar} {pos}/{len}"
    };
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
