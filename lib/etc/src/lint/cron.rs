//! The files of cron: its own parser says nothing of what it leaves out.

use super::{File, Host, Notes};

const MACROS: [&str; 8] = [
    "@reboot",
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What may stand in one of the five columns.
struct Column {
    name: &'static str,
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const COLUMNS: [Column; 5] = [
    Column {
        name: "minute",
        least: 0,
        most: 59,
        words: &[],
    },
    Column {
        name: "hour",
        least: 0,
        most: 23,
        words: &[],
    },
    Column {
        name: "day of the month",
        least: 1,
        most: 31,
        words: &[],
    },
    Column {
        name: "month",
        least: 1,
        most: 12,
        words: &MONTHS,
    },
    Column {
        name: "day of the week",
        least: 0,
        most: 7,
        words: &DAYS,
    },
];

pub(super) fn lint(file: &File<'_>, host: &dyn Host, notes: &mut Notes<'_>) {
    // A crontab of a user's own names no user in its lines.
    let own = notes.is_in("crontabs");
    if own {
        let name = String::from_utf8_lossy(file.path.name());
        if !host.has_user(&name) {
            notes.error("cron-user", None, format!("there is no user {name}"));
        }
    } else if notes.is_in("cron.d") || notes.is("crontab") {
        owner_and_mode(file, notes);
    } else {
        return;
    }
    if file.content.last().is_some_and(|byte| *byte != b'\n') {
        let text = "cron refuses a file whose last line has no line feed";
        notes.error("cron-newline", None, text);
    }
    if file.content.contains(&b'\r') {
        return; // The rule about line ends says it once.
    }
    for (number, line) in (1..).zip(String::from_utf8_lossy(file.content).lines()) {
        if let Err(problem) = job(line.trim(), own, host) {
            notes.error(problem.rule, Some(number), problem.told(file.secret));
        }
    }
}

fn owner_and_mode(file: &File<'_>, notes: &mut Notes<'_>) {
    if !file.roots {
        let text = "cron ignores files that do not belong to root";
        notes.error("cron-owner", None, text);
    }
    if file.mode & 0o022 != 0 {
        let text = "cron ignores files that others than root can write";
        notes.error("cron-mode", None, text);
    }
}

/// What is wrong with a line: a word of it, perhaps, and what is to be said of that.
struct Problem {
    rule: &'static str,
    word: Option<String>,
    text: String,
}

impl Problem {
    fn of_word(rule: &'static str, word: &str, text: impl Into<String>) -> Self {
        Self {
            rule,
            word: Some(word.to_owned()),
            text: text.into(),
        }
    }

    /// Puts it into words, which quote nothing of a secret.
    fn told(self, secret: bool) -> String {
        match self.word {
            None => self.text,
            Some(_) if secret => format!("something in it {}", self.text),
            Some(word) => format!("{word:?} {}", self.text),
        }
    }
}

fn job(line: &str, own: bool, host: &dyn Host) -> Result<(), Problem> {
    if line.is_empty() || line.starts_with('#') || is_assignment(line) {
        return Ok(());
    }
    let mut words = line.split_ascii_whitespace();
    let times = if line.starts_with('@') { 1 } else { 5 };
    let fields: Vec<&str> = words.by_ref().take(times).collect();
    let user = if own { None } else { words.next() };
    if fields.len() < times || (user.is_none() && !own) || words.next().is_none() {
        let who = if own { "" } else { ", a user" };
        return Err(Problem {
            rule: "cron-line",
            word: None,
            text: format!("expected five times or a macro{who} and a command"),
        });
    }
    if times == 1 && !MACROS.contains(&fields[0]) {
        return Err(Problem::of_word("cron-field", fields[0], "is no macro"));
    }
    if times == 5 {
        for (column, field) in COLUMNS.iter().zip(fields) {
            column.check(field)?;
        }
    }
    match user.filter(|user| !host.has_user(user)) {
        None => Ok(()),
        Some(user) => Err(Problem::of_word(
            "cron-user",
            user,
            "is no user of this host, so cron does not run it",
        )),
    }
}

/// `NAME = value`: cron allows blanks around the sign.
fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim_end().trim_matches(['"', '\'']);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

impl Column {
    fn check(&self, field: &str) -> Result<(), Problem> {
        if field.split(',').all(|item| self.is_item(item)) {
            return Ok(());
        }
        Err(Problem::of_word(
            "cron-field",
            field,
            format!("is no {}", self.name),
        ))
    }

    fn is_item(&self, item: &str) -> bool {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let step_is_fine = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        step_is_fine && (range == "*" || self.is_range(range))
    }

    fn is_range(&self, range: &str) -> bool {
        match range.split_once('-') {
            Some((from, to)) => self
                .value(from)
                .zip(self.value(to))
                .is_some_and(|(from, to)| from <= to),
            None => self.value(range).is_some(),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let number = match word {
            Some(at) => u32::try_from(at).ok()? + self.least,
            None => text.parse().ok()?,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}
