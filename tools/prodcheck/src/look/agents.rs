//! Agents of ssh that are here, and what lets them come.

use std::path::{Path, PathBuf};

use disk::FileKind;

use crate::host::Host;
use crate::notes::Notes;
use crate::read::ssh;

const SSHD: &str = "/etc/ssh/sshd_config";

pub(super) fn look(host: &Host, notes: &mut Notes) {
    for path in folders(host, notes) {
        host.walk(&path, notes, &mut |item, notes| {
            if item.entry.kind == FileKind::Other && is_agent(item.path) {
                let owner = host.accounts.name(item.entry.uid);
                notes.add(
                    "agent-socket",
                    item.path.display().to_string(),
                    format!("it belongs to {owner}"),
                );
            }
            false
        });
    }
    server(host, notes);
    for path in with_parts(host, Path::new("/etc/ssh/ssh_config"), notes) {
        if host.text(&path, notes).is_some_and(|text| ssh::forwards(&text)) {
            notes.add(
                "agent-forwarding",
                path.display().to_string(),
                "ForwardAgent is on",
            );
        }
    }
}

/// Returns the folders where sshd and ssh-agent put their sockets.
fn folders(host: &Host, notes: &mut Notes) -> Vec<PathBuf> {
    let in_tmp = host.list(Path::new("/tmp"), notes).into_iter();
    let mut folders: Vec<_> = in_tmp
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("ssh-"))
        })
        .collect();
    let of_home = |home: &Path| home.join(".ssh/agent");
    folders.extend(host.accounts.users.iter().map(|user| of_home(&user.home)));
    folders
}

fn is_agent(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("agent.") || name.contains(".agent.")
}

/// Looks at what sshd allows: the first value counts, and parts come where they are included.
fn server(host: &Host, notes: &mut Notes) {
    let parts = with_parts(host, Path::new(SSHD), notes);
    if !host.has(Path::new(SSHD)) {
        return;
    }
    let texts = parts
        .iter()
        .filter_map(|path| host.text(path, notes))
        .collect::<Vec<_>>();
    let settings: Vec<_> = texts.iter().flat_map(|text| ssh::settings(text)).collect();
    let first = |name: &str| {
        settings
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value)
    };
    let is_off = first("disableforwarding").is_some_and(|value| value == "yes");
    match first("allowagentforwarding") {
        _ if is_off => {}
        Some(value) if value == "no" => {}
        Some(value) => notes.add(
            "agent-forwarding",
            SSHD,
            format!("AllowAgentForwarding is {value}"),
        ),
        None => notes.add(
            "agent-forwarding",
            SSHD,
            "AllowAgentForwarding is not set, which means yes",
        ),
    }
}

/// Returns a configuration of ssh with the parts in the folder beside it, which Debian includes first.
fn with_parts(host: &Host, path: &Path, notes: &mut Notes) -> Vec<PathBuf> {
    let folder = PathBuf::from(format!("{}.d", path.display()));
    let mut parts = host.list(&folder, notes);
    parts.retain(|part| part.extension().is_some_and(|ending| ending == "conf"));
    parts.push(path.to_owned());
    parts
}
