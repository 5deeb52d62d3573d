//! Who deploys, and what they may do besides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::App;
use crate::accounts::User;
use crate::host::Host;
use crate::notes::Notes;
use crate::read::sudoers::{self, Grant};

/// Programs that, run as root, do whatever their caller wants.
const DO_ANYTHING: [&str; 26] = [
    "sh", "bash", "dash", "zsh", "ksh", "su", "sudo", "env", "python", "python3", "perl", "ruby", "vi",
    "vim", "nano", "less", "find", "awk", "tar", "rsync", "cp", "mv", "tee", "chmod", "chown", "etcsync",
];

pub(super) fn look(host: &Host, apps: &[App], named: &[String], notes: &mut Notes) {
    for app in apps.iter().filter(|app| app.uid == 0) {
        notes.add(
            "deploy-user-root",
            app.path.display().to_string(),
            "it belongs to root",
        );
    }
    let grants = grants(host, notes);
    for user in deployers(host, apps, named) {
        for group in host.accounts.groups_of_root(user) {
            let evidence = format!("is in the group {group}, whose members can become root");
            notes.add("deploy-user-sudo", &*user.name, evidence);
        }
        for (file, grant) in grants.iter().filter(|(_, grant)| is_for(host, user, grant)) {
            if let Some(what) = too_much(host, grant) {
                let evidence = format!("{}:{} allows {what} as root", file.display(), grant.line);
                notes.add("deploy-user-sudo", &*user.name, evidence);
            }
        }
    }
}

/// Returns the users other than root who deploy.
fn deployers<'a>(host: &'a Host, apps: &[App], named: &[String]) -> Vec<&'a User> {
    let owners: BTreeSet<u32> = apps.iter().map(|app| app.uid).collect();
    let deploys = |user: &&User| owners.contains(&user.uid) || named.contains(&user.name);
    let users = host.accounts.users.iter().filter(deploys);
    users.filter(|user| user.uid != 0).collect()
}

/// Reads the rules of sudo, with what they include.
fn grants(host: &Host, notes: &mut Notes) -> Vec<(PathBuf, Grant)> {
    let mut found = Vec::new();
    let mut files = vec![PathBuf::from("/etc/sudoers")];
    let mut seen = BTreeSet::new();
    while let Some(file) = files.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let below = host.list(&file, notes);
        if !below.is_empty() {
            files.extend(below.into_iter().filter(|path| is_read(path)));
            continue;
        }
        let (grants, includes) = sudoers::read(&host.text(&file, notes).unwrap_or_default());
        let folder = file.parent().unwrap_or(Path::new("/"));
        files.extend(includes.iter().map(|path| folder.join(path)));
        found.extend(grants.into_iter().map(|grant| (file.clone(), grant)));
    }
    found
}

/// Says whether sudo reads a file of this name in an included folder.
fn is_read(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.contains('.') && !name.ends_with('~')
}

fn is_for(host: &Host, user: &User, grant: &Grant) -> bool {
    match grant.who.strip_prefix('%') {
        Some(group) => host.accounts.is_member(user, group),
        None => grant.who == "ALL" || grant.who == user.name || grant.who == format!("#{}", user.uid),
    }
}

/// Returns what a rule allows, if that is more than a fixed command of root's own.
fn too_much(host: &Host, grant: &Grant) -> Option<String> {
    let command = grant.command.as_str();
    if command == "ALL" {
        return Some("every command".to_owned());
    }
    let program = Path::new(command.split_whitespace().next()?);
    let name = program.file_name()?.to_string_lossy();
    if DO_ANYTHING.iter().any(|known| *known == name) {
        return Some(format!("{command}, with which its caller can do anything,"));
    }
    let trail = host.trail(program);
    let (place, step) = trail.unprivileged()?;
    let owner = host.accounts.name(step.uid);
    Some(format!(
        "{command}, where {} can be changed by {owner},",
        place.display()
    ))
}
