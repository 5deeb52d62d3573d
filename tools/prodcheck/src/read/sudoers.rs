//! What sudo lets people do as root.

use std::collections::BTreeMap;

/// Something that sudo allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// To whom: `deploy`, `%group`, `#1000`, `ALL`.
    pub(crate) who: String,
    /// Which command as root; `ALL` for every one.
    pub(crate) command: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
}

/// Returns what a file allows as root, and the files and folders that it includes.
pub(crate) fn read(text: &str) -> (Vec<Grant>, Vec<String>) {
    let (mut grants, mut includes) = (Vec::new(), Vec::new());
    let mut aliases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (line, text) in lines(text) {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        match first {
            "#include" | "@include" | "#includedir" | "@includedir" => {
                includes.extend(words.next().map(|path| path.trim_matches('"').to_owned()));
            }
            "User_Alias" | "Cmnd_Alias" | "Cmd_Alias" => {
                aliases.extend(text[first.len()..].split(':').filter_map(alias));
            }
            "Host_Alias" | "Runas_Alias" => {}
            _ if first.starts_with('#') && !first[1..].starts_with(|c: char| c.is_ascii_digit()) => {}
            _ if first.starts_with("Defaults") => {}
            _ => grants.extend(rule(&text, line)),
        }
    }
    let grants = grants
        .into_iter()
        .flat_map(|grant| expand(grant, &aliases))
        .collect();
    (grants, includes)
}

/// Joins lines that go on; comments behind a rule are cut off.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut joined: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (at, line) in text.lines().enumerate() {
        let bare = line.trim_end_matches('\\');
        match joined.last_mut() {
            Some((_, last)) if goes_on => last.push_str(bare),
            _ => joined.push((at + 1, bare.to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    let cut = |text: String| match text.split_once(" #") {
        Some((rule, _)) => rule.trim().to_owned(),
        None => text.trim().to_owned(),
    };
    joined
        .into_iter()
        .map(|(line, text)| (line, cut(text)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn alias(text: &str) -> Option<(String, Vec<String>)> {
    let (name, items) = text.split_once('=')?;
    Some((name.trim().to_owned(), list(items)))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).collect()
}

/// Reads `who hosts = (as whom) TAG: command, command`.
fn rule(text: &str, line: usize) -> Vec<Grant> {
    let Some((left, right)) = text.split_once('=') else {
        return Vec::new();
    };
    let who = people(left);
    let mut commands = Vec::new();
    let mut as_root = true;
    for item in right.split(',') {
        let mut item = item.trim();
        if let Some((runas, rest)) = item.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            let users: Vec<String> = list(runas.split(':').next().unwrap_or_default());
            as_root = users
                .iter()
                .any(|user| matches!(user.as_str(), "ALL" | "root" | "#0"));
            item = rest.trim();
        }
        while let Some((tag, rest)) = item.split_once(':') {
            if tag.is_empty() || !tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
                break;
            }
            item = rest.trim();
        }
        if as_root && !item.is_empty() && !item.starts_with('!') {
            commands.push(item.to_owned());
        }
    }
    let grant = |who: &String| {
        let who = who.clone();
        commands.iter().map(move |command| Grant {
            who: who.clone(),
            command: command.clone(),
            line,
        })
    };
    who.iter().flat_map(grant).collect()
}

/// Returns the users in front of the hosts: a list joined by commas.
fn people(left: &str) -> Vec<String> {
    let mut names = String::new();
    for word in left.split_whitespace() {
        if !names.is_empty() && !names.ends_with(',') && !word.starts_with(',') {
            break;
        }
        names.push_str(word);
    }
    list(&names)
}

/// Puts the members of aliases in their places.
fn expand(grant: Grant, aliases: &BTreeMap<String, Vec<String>>) -> Vec<Grant> {
    let of = |name: &String| aliases.get(name).cloned().unwrap_or_else(|| vec![name.clone()]);
    let commands = of(&grant.command);
    of(&grant.who)
        .into_iter()
        .flat_map(|who| {
            let commands = commands.clone();
            commands.into_iter().map(move |command| Grant {
                who: who.clone(),
                command,
                line: grant.line,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    fn grants(text: &str) -> Vec<String> {
        let found = read(text).0.into_iter();
        found
            .map(|grant| format!("{}: {} {}", grant.line, grant.who, grant.command))
            .collect()
    }

    #[test]
    fn users_groups_tags_and_lists() {
        let text = "# c\nDefaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo, deploy ALL = (root) NOPASSWD: /a b, /c # x\n";
        assert_eq!(
            grants(text),
            [
                "3: root ALL",
                "4: %sudo /a b",
                "4: %sudo /c",
                "4: deploy /a b",
                "4: deploy /c"
            ]
        );
    }

    #[test]
    fn another_user_than_root_is_no_matter() {
        assert_eq!(grants("deploy ALL=(notes) ALL\n"), [""; 0]);
        assert_eq!(grants("deploy ALL=(notes) ALL, (root) /x\n"), ["1: deploy /x"]);
    }

    #[test]
    fn aliases_and_lines_that_go_on() {
        let text = "User_Alias OPS = a, b\nCmnd_Alias X = /x, /y\nOPS ALL = \\\n  X\n";
        assert_eq!(grants(text), ["3: a /x", "3: a /y", "3: b /x", "3: b /y"]);
        let (_, includes) = read("#includedir /etc/sudoers.d\n@include local\n");
        assert_eq!(includes, ["/etc/sudoers.d", "local"]);
    }
}
