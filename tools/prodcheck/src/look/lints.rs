//! What daemons ignore or refuse: etcsync's rules, for the host as it is.

use std::path::{Path, PathBuf};

use disk::{Entry, FileKind};
use etc::{Subject, SubjectKind, TreePath};
use wire::etc::{Finding, Level};

use crate::host::{Host, Item};
use crate::notes::Notes;

/// Folders whose readers have rules of their own.
const FOLDERS: [&str; 13] = [
    "cron.d",
    "cron.hourly",
    "cron.daily",
    "cron.weekly",
    "cron.monthly",
    "sudoers.d",
    "pam.d",
    "logrotate.d",
    "nginx/sites-enabled",
    "apache2/sites-enabled",
    "apache2/conf-enabled",
    "apache2/mods-enabled",
    "supervisor/conf.d",
];

pub(super) fn look(host: &Host, notes: &mut Notes) {
    for folder in FOLDERS {
        host.walk(&Path::new("/etc").join(folder), notes, &mut |item, notes| {
            let name = item.path.file_name().unwrap_or_default().to_string_lossy();
            // Packages keep such folders with a hidden file, which is meant to be passed over.
            if !name.starts_with('.') {
                judge(host, item, notes);
            }
            false
        });
    }
}

fn judge(host: &Host, item: &Item<'_>, notes: &mut Notes) {
    let Some(path) = item.path.strip_prefix("/etc").ok().and_then(Path::to_str) else {
        return;
    };
    let Ok(path) = TreePath::new(path) else { return };
    for finding in findings(host, item, &path, notes).into_iter().filter(is_fault) {
        let line = finding
            .line
            .map_or(String::new(), |line| format!("line {line}: "));
        let evidence = format!("{}: {line}{}", finding.rule, finding.text);
        notes.add("etc-lint", item.path.display().to_string(), evidence);
    }
}

fn findings(host: &Host, item: &Item<'_>, path: &TreePath, notes: &mut Notes) -> Vec<Finding> {
    let Entry { kind, mode, uid, .. } = *item.entry;
    match kind {
        FileKind::File => {
            let content = item.read(notes).unwrap_or_default();
            let kind = SubjectKind::File {
                content: &content,
                mode,
                roots: uid == 0,
                secret: mode & 0o004 == 0,
            };
            etc::lint(Subject { path, kind }, &Here(host))
        }
        FileKind::Link => {
            let target = item.target().unwrap_or_default();
            let target = std::os::unix::ffi::OsStrExt::as_bytes(target.as_os_str());
            let kind = SubjectKind::Link { target };
            etc::lint(Subject { path, kind }, &Here(host))
        }
        FileKind::Folder | FileKind::Other => Vec::new(),
    }
}

/// Says whether a rule tells of a fault; the others tell an administrator what to look at in a plan.
fn is_fault(finding: &Finding) -> bool {
    finding.level == Level::Error || matches!(finding.rule.as_str(), "dangling-link" | "left-over")
}

struct Here<'a>(&'a Host);

impl etc::Host for Here<'_> {
    fn has(&self, path: &Path) -> bool {
        self.0.has(path)
    }

    fn has_user(&self, name: &str) -> bool {
        self.0.accounts.users.is_empty() || self.0.accounts.user(name).is_some()
    }

    fn exists(&self, path: &TreePath) -> bool {
        self.0.has(&PathBuf::from("/etc").join(path.as_path()))
    }
}
