//! Who can talk to supervisord.

use std::path::Path;

use crate::notes::Notes;
use crate::read::ini::{self, Setting};

/// Looks at a file, which may be none of supervisord's.
pub(super) fn look(path: &Path, text: &str, notes: &mut Notes) {
    let settings = ini::settings(text);
    let path = path.display().to_string();
    inet(&path, &settings, notes);
    socket(&path, &settings, notes);
}

fn inet(path: &str, settings: &[Setting], notes: &mut Notes) {
    const SECTION: &str = "inet_http_server";
    let Some(port) = ini::last(settings, SECTION, "port") else {
        return;
    };
    if !is_loopback(port) {
        notes.add("supervisor-inet", path, format!("port is {port}"));
    }
    if !has_password(settings, SECTION) {
        notes.add(
            "supervisor-password",
            path,
            format!("port is {port}, without a password"),
        );
    }
}

fn socket(path: &str, settings: &[Setting], notes: &mut Notes) {
    const SECTION: &str = "unix_http_server";
    let mode = ini::last(settings, SECTION, "chmod").and_then(|mode| u32::from_str_radix(mode, 8).ok());
    if let Some(mode) = mode.filter(|mode| mode & 0o002 != 0 && !has_password(settings, SECTION)) {
        notes.add(
            "supervisor-socket",
            path,
            format!("chmod is {mode:04o}, without a password"),
        );
    }
}

fn has_password(settings: &[Setting], section: &str) -> bool {
    ["username", "password"]
        .iter()
        .all(|name| ini::last(settings, section, name).is_some_and(|it| !it.is_empty()))
}

/// Says whether `port` of supervisord means this machine alone: `127.0.0.1:9001`, but not `9001`.
fn is_loopback(port: &str) -> bool {
    let host = port.rsplit_once(':').map_or("", |(host, _)| host);
    host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::look;
    use crate::notes::Notes;
    use std::path::Path;

    fn ids(text: &str) -> Vec<String> {
        let mut notes = Notes::default();
        look(Path::new("/etc/supervisord.conf"), text, &mut notes);
        notes
            .into_parts()
            .0
            .into_iter()
            .map(|finding| finding.id)
            .collect()
    }

    #[test]
    fn web_interface_and_socket() {
        let password = "username=a\npassword=b\n";
        for port in ["9001", "*:9001", ":9001", "0.0.0.0:9001", "10.0.0.1:9001"] {
            assert_eq!(
                ids(&format!("[inet_http_server]\nport={port}\n{password}")),
                ["supervisor-inet"]
            );
        }
        assert_eq!(
            ids("[inet_http_server]\nport = 127.0.0.1:9001\n"),
            ["supervisor-password"]
        );
        assert_eq!(
            ids(&format!(
                "[inet_http_server]\nport=localhost:9001 ; x\n{password}"
            )),
            [""; 0]
        );
        assert_eq!(
            ids("[unix_http_server]\nfile=/x\nchmod=0777\n"),
            ["supervisor-socket"]
        );
        assert_eq!(ids("[unix_http_server]\nfile=/x\nchmod=0700\n"), [""; 0]);
    }
}
