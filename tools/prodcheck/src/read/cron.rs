//! Jobs of cron, and the paths that a command names.

use std::path::PathBuf;

/// Returns the commands that a table of the system runs as root, with their lines.
pub(crate) fn of_root(text: &str) -> Vec<(usize, String)> {
    let jobs = text.lines().enumerate().filter_map(|(at, line)| {
        let line = line.trim();
        let times = if line.starts_with('@') { 1 } else { 5 };
        let mut words = line.split_whitespace();
        let first = words
            .next()
            .filter(|word| !word.starts_with('#') && !word.contains('='))?;
        _ = first;
        let user = words.by_ref().nth(times - 1)?;
        let command: Vec<&str> = words.collect();
        (user == "root").then(|| (at + 1, command.join(" ")))
    });
    jobs.collect()
}

/// Returns the absolute paths in a command that could be programs: those of its words.
pub(crate) fn paths(command: &str) -> Vec<PathBuf> {
    let words = command.split([' ', '\t', '"', '\'', ';', '&', '|', '(', ')', '>', '<']);
    words
        .map(|word| word.trim_start_matches(['@', '-', ':', '+', '!']))
        .filter(|word| word.starts_with('/') && word.len() > 1)
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{of_root, paths};

    #[test]
    fn jobs_of_root_only() {
        let text = "# c\nPATH=/x\n17 3 * * 1 root cd / && /srv/run\n@daily notes /x\n@reboot root /y z\n";
        let found = of_root(text);
        assert_eq!(found, [(3, "cd / && /srv/run".into()), (5, "/y z".into())]);
        assert_eq!(paths(&found[0].1), [std::path::PathBuf::from("/srv/run")]);
    }
}
