//! Whether this machine reaches the index that its pip would ask.

use std::collections::BTreeSet;
use std::env;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use crate::notes::Notes;
use crate::read::{ini, url};

/// How long an address has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries every index that pip on this machine is configured with, and its proxy.
pub(crate) fn index(notes: &mut Notes) {
    let addresses = addresses();
    if addresses.is_empty() {
        notes.unread(
            "network",
            "no index is configured, and no pip says which it would ask",
        );
    }
    for address in addresses {
        let shown = url::redacted(&address);
        match url::http(&address) {
            Some((host, port)) if answers(&host, port) => {
                notes.add(
                    "network-reachable",
                    shown,
                    format!("{host} answers on port {port}"),
                );
            }
            _ => {}
        }
    }
}

fn answers(host: &str, port: u16) -> bool {
    let Ok(found) = (host, port).to_socket_addrs() else {
        return false;
    };
    found
        .into_iter()
        .any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

/// Returns the addresses that pip is configured with; the one built into it, if there are none.
fn addresses() -> BTreeSet<String> {
    let variables = [
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_PROXY",
        "HTTPS_PROXY",
        "https_proxy",
    ];
    let mut found: BTreeSet<String> = variables
        .iter()
        .filter_map(|name| env::var(name).ok())
        .flat_map(words)
        .collect();
    for file in files() {
        let text = fs_err::read_to_string(file).unwrap_or_default();
        let settings = ini::settings(&text).into_iter();
        let named = settings
            .filter(|setting| matches!(setting.name.as_str(), "index-url" | "extra-index-url" | "proxy"));
        found.extend(named.flat_map(|setting| words(setting.value)));
    }
    if found.is_empty() {
        let cache = python::Cache::of_user();
        let asked = python::ask("python3".as_ref(), &cache).ok();
        found.extend(asked.and_then(|python| python::default_index(&python, &cache).ok()?));
    }
    found
}

#[expect(clippy::needless_pass_by_value, reason = "both callers have one to give")]
fn words(text: String) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns the files that pip reads, whether they are there or not.
fn files() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let configured = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let configured = configured.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let mut files = vec![PathBuf::from("/etc/pip.conf"), "/etc/xdg/pip/pip.conf".into()];
    files.extend(configured.map(|folder| folder.join("pip/pip.conf")));
    files.extend(home.map(|home| home.join(".pip/pip.conf")));
    files.extend(env::var_os("PIP_CONFIG_FILE").map(PathBuf::from));
    files
}
