//! The tools of production do not link networking.

use crate::workspace::{PRODUCTION, cargo};
use std::process::Output;

/// Crates that speak to networks, and the feature that gives rustix its sockets.
const NETWORKING: [&str; 8] = [
    "index v",
    "ureq v",
    "ureq-proto v",
    "rustls v",
    "socket2 v",
    "mio v",
    "tokio v",
    "rustix feature \"net\"",
];

/// Returns what a tool links, a crate or a feature a line.
fn tree(tool: &str) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = cargo()
        .args([
            "tree",
            "--locked",
            "--prefix",
            "none",
            "-e",
            "normal,features",
            "-p",
            tool,
        ])
        .output()
        .expect("cargo tree");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("cargo writes UTF-8")
}

fn networking(tool: &str) -> Vec<String> {
    tree(tool)
        .lines()
        .filter(|line| NETWORKING.iter().any(|name| line.starts_with(name)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn production_tools_link_no_networking() {
    for tool in PRODUCTION {
        assert_eq!(networking(tool), Vec::<String>::new(), "{tool}");
    }
}

#[test]
fn the_same_look_finds_it_where_it_is() {
    assert!(
        networking("pyfetch")
            .iter()
            .any(|line| line.starts_with("rustls v"))
    );
}
