//! The stacks of PAM. No program judges them, and a stack that cannot be read lets nobody in.

use super::{File, Host, Notes, names};
use crate::TreePath;
use std::path::{Path, PathBuf};

const TYPES: [&str; 4] = ["auth", "account", "password", "session"];

const CONTROLS: [&str; 4] = ["required", "requisite", "sufficient", "optional"];

/// Where stacks are besides, for programs of which nothing is in `/etc`.
const STACKS: [&str; 2] = ["/usr/lib/pam.d", "/usr/share/pam.d"];

/// Where modules are.
const MODULES: [&str; 4] = [
    "/usr/lib64/security",
    "/usr/lib/security",
    "/lib64/security",
    "/lib/security",
];

/// Where Debian has them, below `/usr/lib`: the root looked at may be that of another machine.
const TRIPLETS: [&str; 9] = [
    "x86_64-linux-gnu",
    "aarch64-linux-gnu",
    "arm-linux-gnueabihf",
    "i386-linux-gnu",
    "powerpc64le-linux-gnu",
    "riscv64-linux-gnu",
    "s390x-linux-gnu",
    "mips64el-linux-gnuabi64",
    "loongarch64-linux-gnu",
];

/// What a module can answer.
const ANSWERS: [&str; 33] = [
    "success",
    "open_err",
    "symbol_err",
    "service_err",
    "system_err",
    "buf_err",
    "perm_denied",
    "auth_err",
    "cred_insufficient",
    "authinfo_unavail",
    "user_unknown",
    "maxtries",
    "new_authtok_reqd",
    "acct_expired",
    "session_err",
    "cred_unavail",
    "cred_expired",
    "cred_err",
    "no_module_data",
    "conv_err",
    "authtok_err",
    "authtok_recover_err",
    "authtok_lock_busy",
    "authtok_disable_aging",
    "try_again",
    "ignore",
    "abort",
    "authtok_expired",
    "module_unknown",
    "bad_item",
    "conv_again",
    "incomplete",
    "default",
];

/// What can follow from an answer, besides the number of modules to pass over.
const ACTIONS: [&str; 6] = ["ignore", "bad", "die", "done", "ok", "reset"];

pub(super) fn lint(file: &File<'_>, host: &dyn Host, notes: &mut Notes<'_>) {
    // A stack has the name of its program: what packages and editors leave behind is nobody's.
    if !notes.is_in("pam.d") || names::is_left_over(file.path) {
        return;
    }
    let text = String::from_utf8_lossy(file.content);
    for (number, line) in joined(&text) {
        if let Err((rule, text, word)) = judge(&line, host) {
            notes.error_about(file, rule, number, text, &word);
        }
    }
}

/// What is wrong with a line: the rule, the words for it, and what was found.
type Problem = (&'static str, &'static str, String);

/// Returns the lines that say something, comments cut off, those that end in a backslash joined with the next.
fn joined(text: &str) -> Vec<(u32, String)> {
    let (mut lines, mut begun) = (Vec::new(), None::<(u32, String)>);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let (first, mut whole) = begun.take().unwrap_or((number, String::new()));
        match line.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
                begun = Some((first, whole));
            }
            None => lines.push((first, whole + line)),
        }
    }
    lines.extend(begun);
    lines.retain(|(_, line)| !line.trim().is_empty());
    lines
}

fn judge(line: &str, host: &dyn Host) -> Result<(), Problem> {
    let (first, rest) = word(line.trim());
    if first == "@include" {
        return included(word(rest).0, host);
    }
    let optional = first.starts_with('-');
    let kind = first.trim_start_matches('-').to_ascii_lowercase();
    if !TYPES.contains(&kind.as_str()) {
        return Err((
            "pam-type",
            "expected auth, account, password or session",
            first.to_owned(),
        ));
    }
    let (control, rest) = control(rest)?;
    let module = word(rest).0;
    match control {
        Control::Stack => included(module, host),
        Control::Module if optional && !module.is_empty() => Ok(()),
        Control::Module => loaded(module, host),
    }
}

/// What a line is about.
enum Control {
    /// A module.
    Module,
    /// Another stack.
    Stack,
}

fn control(text: &str) -> Result<(Control, &str), Problem> {
    if let Some(list) = text.strip_prefix('[') {
        let wrong = || ("pam-control", "expected [answer=action ...]", text.to_owned());
        let (list, rest) = list.split_once(']').ok_or_else(wrong)?;
        let is_pair = |pair: &str| {
            pair.split_once('=')
                .is_some_and(|(answer, action)| follows(answer, action))
        };
        return match list.split_whitespace().all(is_pair) {
            true => Ok((Control::Module, rest.trim_start())),
            false => Err(wrong()),
        };
    }
    let (name, rest) = word(text);
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "include" | "substack" => Ok((Control::Stack, rest)),
        plain if CONTROLS.contains(&plain) => Ok((Control::Module, rest)),
        _ => Err((
            "pam-control",
            "expected required, requisite, sufficient, optional, include, substack or [...]",
            name.to_owned(),
        )),
    }
}

fn follows(answer: &str, action: &str) -> bool {
    let is_number = !action.is_empty() && action.bytes().all(|byte| byte.is_ascii_digit());
    ANSWERS.contains(&answer) && (is_number || ACTIONS.contains(&action))
}

fn included(name: &str, host: &dyn Host) -> Result<(), Problem> {
    let below = TreePath::new(format!("pam.d/{name}"));
    let is_there = |path: TreePath| {
        host.exists(&path)
            || STACKS
                .map(|folder| Path::new(folder).join(name))
                .iter()
                .any(|path| host.has(path))
    };
    match name.starts_with('/') || below.is_ok_and(is_there) {
        true => Ok(()),
        false => Err((
            "pam-include",
            "there is no such stack to include",
            name.to_owned(),
        )),
    }
}

fn loaded(module: &str, host: &dyn Host) -> Result<(), Problem> {
    let is_there = || places(module).any(|place| host.has(&place));
    match !module.is_empty() && is_there() {
        true => Ok(()),
        false => Err(("pam-module", "this host has no such module", module.to_owned())),
    }
}

/// Returns where libpam may look for a module.
fn places(module: &str) -> impl Iterator<Item = PathBuf> {
    let debian = TRIPLETS.map(|triplet| format!("/usr/lib/{triplet}/security"));
    let others = MODULES.map(str::to_owned);
    let folders = debian.into_iter().chain(others);
    folders.map(move |folder| Path::new(&folder).join(module))
}

/// Splits off the first word.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}
