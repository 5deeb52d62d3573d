//! Where the host looks names up. The library passes over what it does not understand, in silence.

use super::{File, Notes};
use wire::etc::Level;

/// What is looked up, by glibc and by programs that read the same file.
const DATABASES: [&str; 21] = [
    "aliases",
    "automount",
    "bootparams",
    "ethers",
    "group",
    "group_compat",
    "gshadow",
    "hosts",
    "initgroups",
    "netgroup",
    "netmasks",
    "networks",
    "passwd",
    "passwd_compat",
    "protocols",
    "publickey",
    "rpc",
    "services",
    "shadow",
    "subid",
    "sudoers",
];

/// Where root's own account is.
const LOCAL: [&str; 4] = ["files", "compat", "db", "altfiles"];

const STATUSES: [&str; 4] = ["success", "notfound", "unavail", "tryagain"];

const ACTIONS: [&str; 3] = ["return", "continue", "merge"];

pub(super) fn lint(file: &File<'_>, notes: &mut Notes<'_>) {
    if !notes.is("nsswitch.conf") {
        return;
    }
    let text = String::from_utf8_lossy(file.content);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            judge(file, number, line, notes);
        }
    }
}

fn judge(file: &File<'_>, number: u32, line: &str, notes: &mut Notes<'_>) {
    let Some((database, services)) = line.split_once(':') else {
        return notes.error_about(
            file,
            "nsswitch-line",
            number,
            "expected a name, a colon, services",
            line,
        );
    };
    let database = database.trim();
    if !DATABASES.contains(&database) {
        let text = "no database that is known: a line of this name is passed over".to_owned();
        return notes.add(Level::Warning, "nsswitch-database", Some(number), text);
    }
    match names(services) {
        None => notes.error_about(
            file,
            "nsswitch-action",
            number,
            "expected [status=action ...]",
            services.trim(),
        ),
        Some(names)
            if matches!(database, "passwd" | "group") && !names.iter().any(|name| LOCAL.contains(name)) =>
        {
            let text = "root is in the host's own files, which are not asked here";
            notes.error_about(file, "nsswitch-root", number, text, services.trim());
        }
        Some(_) => {}
    }
}

/// Returns the services that are named; nothing if what is to follow from their answers cannot be read.
fn names(services: &str) -> Option<Vec<&str>> {
    let (mut names, mut rest) = (Vec::new(), services);
    while let Some((before, after)) = rest.split_once('[') {
        names.extend(before.split_whitespace());
        let (list, after) = after.split_once(']')?;
        list.split_whitespace().all(is_pair).then_some(())?;
        rest = after;
    }
    names.extend(rest.split_whitespace());
    Some(names)
}

fn is_pair(pair: &str) -> bool {
    let pair = pair.trim_start_matches('!').to_ascii_lowercase();
    let parts = pair.split_once('=');
    parts.is_some_and(|(status, action)| STATUSES.contains(&status) && ACTIONS.contains(&action))
}
