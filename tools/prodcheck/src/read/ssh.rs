//! Configurations of ssh and sshd.

/// Returns the settings before the first `Match` or `Host`: name in lower case, and the rest.
pub(crate) fn settings(text: &str) -> Vec<(String, String)> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
            let value = value.trim_start_matches([' ', '\t', '=']).trim_matches('"');
            (name.to_ascii_lowercase(), value.to_owned())
        })
        .take_while(|(name, _)| name != "match")
        .collect()
}

/// Says whether a client's configuration forwards agents, for any host.
pub(crate) fn forwards(text: &str) -> bool {
    let says_yes = |line: &str| {
        let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        let name = words.next().unwrap_or_default();
        name.eq_ignore_ascii_case("forwardagent") && words.next().is_some_and(|value| value != "no")
    };
    text.lines().any(|line| says_yes(line.trim()))
}

#[cfg(test)]
mod tests {
    use super::{forwards, settings};

    #[test]
    fn the_part_for_everybody() {
        let text = "# x\nAllowAgentForwarding no\nPort=22\nMatch User x\nAllowAgentForwarding yes\n";
        let found = settings(text);
        assert_eq!(found[0], ("allowagentforwarding".into(), "no".into()));
        assert_eq!((found[1].1.as_str(), found.len()), ("22", 2));
    }

    #[test]
    fn forwarding_for_one_host_is_forwarding() {
        assert!(forwards("Host a\n  ForwardAgent yes\n"));
        assert!(!forwards("Host *\n  ForwardAgent no\n#ForwardAgent yes\n"));
    }
}
