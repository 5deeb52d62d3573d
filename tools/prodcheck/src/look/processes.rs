//! What runs, and as whom.

use std::path::{Path, PathBuf};

use super::App;
use crate::host::Host;
use crate::notes::Notes;

/// What people, not services, run in an application's folder.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "fish", "sudo", "su", "sshd"];

/// A process.
struct Process {
    uid: u32,
    /// The name of its program.
    program: String,
    folder: PathBuf,
    arguments: Vec<PathBuf>,
}

pub(super) fn look(host: &Host, apps: &[App], notes: &mut Notes) {
    let mut refused = 0;
    for path in host.list(Path::new("/proc"), notes) {
        let id = path.file_name().and_then(|name| name.to_str());
        if !id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        if let Some(process) = process(&path, &mut refused) {
            for app in apps {
                judge(&process, app, notes);
            }
        }
    }
    if refused > 0 {
        notes.unread(
            "processes",
            "the working folders of other users' processes are root's to see",
        );
    }
}

/// Looks at a process; a thread of the kernel, or one that ends meanwhile, is none.
fn process(path: &Path, refused: &mut usize) -> Option<Process> {
    let line = fs_err::read(path.join("cmdline"))
        .ok()
        .filter(|line| !line.is_empty())?;
    let status = fs_err::read_to_string(path.join("status")).ok()?;
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    let words = line.split(|byte| *byte == 0);
    let arguments: Vec<PathBuf> = words
        .map(|word| String::from_utf8_lossy(word).into_owned().into())
        .collect();
    let folder = fs_err::read_link(path.join("cwd")).unwrap_or_else(|_| {
        *refused += 1;
        PathBuf::new()
    });
    let program = fs_err::read_link(path.join("exe")).ok();
    let program = program.as_deref().or(arguments.first().map(PathBuf::as_path))?;
    Some(Process {
        uid: uids.split_whitespace().nth(1)?.parse().ok()?,
        program: program.file_name()?.to_string_lossy().into_owned(),
        folder,
        arguments,
    })
}

fn judge(process: &Process, app: &App, notes: &mut Notes) {
    let is_service = !SHELLS.contains(&process.program.as_str());
    let named = process.arguments.iter().any(|word| word.starts_with(&app.path));
    let within = process.folder.starts_with(&app.path) && is_service;
    let subject = app.path.display().to_string();
    if process.uid == 0 && (named || within) && is_service {
        notes.add(
            "service-as-root",
            &*subject,
            format!("{} runs as root", process.program),
        );
    }
    let in_release = process.folder.starts_with(app.path.join("releases")) && is_service;
    if process.uid == app.uid && process.uid != 0 && in_release {
        let evidence = format!("{} runs as the user who deploys", process.program);
        notes.add("service-owns-code", subject, evidence);
    }
}
