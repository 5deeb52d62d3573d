//! Patterns match what git's own attributes match.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use etc::{Rules, TreePath};
use std::process::Command;

const PATTERNS: [&str; 26] = [
    "a",
    "*",
    "**",
    "a/b",
    "/a",
    "/a/b",
    "a/*",
    "a/**",
    "**/b",
    "a/**/b",
    "*.conf",
    "a*",
    "a/*.conf",
    "?",
    "[ab]",
    "[!a]",
    "[a-c]/b",
    "a/{b,c}",
    "{a}",
    "a,b",
    "**/*.conf",
    "a/?/c",
    "\\*",
    "\\a",
    "a/b*",
    "*/b",
];

const PATHS: [&str; 20] = [
    "a",
    "b",
    "ab",
    "a/b",
    "a/c",
    "b/a",
    "a/b/c",
    "a/x/b",
    "a/x/y/b",
    "x/a/b",
    "n.conf",
    "a/n.conf",
    "a/b/n.conf",
    ".hidden",
    "a/.hidden",
    "*",
    "{a}",
    "a/{b,c}",
    "a,b",
    "x/.n.conf",
];

/// Asks git which of the paths a pattern matches.
fn git_matches(repository: &std::path::Path, pattern: &str) -> Vec<bool> {
    let attributes = repository.join(".git/info/attributes");
    fs_err::write(attributes, format!("{pattern} secret\n")).unwrap();
    let output = git(repository)
        .args(["check-attr", "-z", "secret", "--"])
        .args(PATHS)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let words: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    words.chunks_exact(3).map(|words| words[2] == b"set").collect()
}

fn git(repository: &std::path::Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(repository)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", repository)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git
}

#[test]
fn patterns_match_what_git_matches() {
    let folder = tempfile::tempdir().unwrap();
    let made = git(folder.path()).args(["init", "-q"]).status().unwrap();
    assert!(made.success());
    fs_err::create_dir_all(folder.path().join(".git/info")).unwrap();
    for pattern in PATTERNS {
        let rules = Rules::parse(&[("etc.attrs", &format!("{pattern} secret"))]).unwrap();
        let ours = PATHS.map(|path| rules.of(&TreePath::new(path).unwrap(), false).secret);
        let git = git_matches(folder.path(), pattern);
        assert_eq!(ours.len(), git.len());
        for ((path, ours), git) in PATHS.iter().zip(ours).zip(git) {
            assert_eq!(ours, git, "{pattern} on {path}");
        }
    }
}
