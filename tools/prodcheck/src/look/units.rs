//! What root runs by itself: jobs of cron and units of systemd.

use std::path::Path;

use super::App;
use crate::host::Host;
use crate::notes::Notes;
use crate::read::{cron, ini};

pub(super) fn look(host: &Host, apps: &[App], notes: &mut Notes) {
    let mut tables = host.list(Path::new("/etc/cron.d"), notes);
    tables.push("/etc/crontab".into());
    for table in tables {
        let text = host.text(&table, notes).unwrap_or_default();
        for (line, command) in cron::of_root(&text) {
            let place = format!("{}:{line}", table.display());
            judge(host, apps, &place, &command, notes);
        }
    }
    for unit in host.list(Path::new("/etc/systemd/system"), notes) {
        if unit.extension().is_some_and(|ending| ending == "service") {
            let text = host.text(&unit, notes).unwrap_or_default();
            let place = unit.display().to_string();
            for command in of_root(&text) {
                judge(host, apps, &place, &command, notes);
            }
        }
    }
}

/// Returns the commands that a unit runs as root.
fn of_root(text: &str) -> Vec<String> {
    let settings = ini::settings(text);
    let is_set = |name: &str, values: &[&str]| {
        ini::last(&settings, "Service", name).is_some_and(|value| values.contains(&value))
    };
    let user = ini::last(&settings, "Service", "user").unwrap_or("root");
    if !matches!(user, "root" | "0" | "") || is_set("dynamicuser", &["yes", "true", "1", "on"]) {
        return Vec::new();
    }
    settings
        .into_iter()
        .filter(|setting| setting.section == "Service" && setting.name.starts_with("exec"))
        .map(|setting| setting.value)
        .collect()
}

/// Judges a command of root's by the paths that it names.
fn judge(host: &Host, apps: &[App], place: &str, command: &str, notes: &mut Notes) {
    for path in cron::paths(command) {
        if is_in_app(apps, &path) {
            notes.add(
                "service-as-root",
                place,
                format!("it runs {} as root", path.display()),
            );
            continue;
        }
        let trail = host.trail(&path);
        if let Some((found, step)) = trail.unprivileged().filter(|_| is_program(&path, host)) {
            let weak = host.owned(found, step);
            let evidence = format!("it runs {}, where {weak}", path.display());
            notes.add("root-runs-unprivileged", place, evidence);
        }
    }
}

fn is_in_app(apps: &[App], path: &Path) -> bool {
    apps.iter().any(|app| path.starts_with(&app.path))
}

/// Says whether a path is a file that can be run: an argument may as well name a log.
fn is_program(path: &Path, host: &Host) -> bool {
    host.step(path).is_none_or(|step| step.mode & 0o111 != 0) && !path.starts_with("/dev")
}
