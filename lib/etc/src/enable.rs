//! Enabling what is available: the links that daemons look for, and the books that
//! distributions keep beside them.

use crate::TreePath;

/// Folders of what is available, and of the links that enable it.
const FOLDERS: [(&str, &str); 4] = [
    ("nginx/sites-available", "nginx/sites-enabled"),
    ("apache2/sites-available", "apache2/sites-enabled"),
    ("apache2/conf-available", "apache2/conf-enabled"),
    ("apache2/mods-available", "apache2/mods-enabled"),
];

/// Returns the links that enable a file, path and target each; none if nobody knows how.
///
/// A unit of systemd names the targets that want it in its `[Install]` section.
pub fn enabling_links(path: &TreePath, content: &[u8]) -> Vec<(TreePath, Vec<u8>)> {
    let (Some(folder), name) = (path.parent(), String::from_utf8_lossy(path.name())) else {
        return Vec::new();
    };
    let folder = folder.text();
    let links: Vec<(String, String)> = if folder == "systemd/system" {
        wanting(content)
            .into_iter()
            .map(|place| {
                (
                    format!("systemd/system/{place}/{name}"),
                    format!("/etc/systemd/system/{name}"),
                )
            })
            .collect()
    } else {
        let known = FOLDERS.iter().filter(|(available, _)| *available == folder);
        known
            .map(|(available, enabled)| {
                let last = available.rsplit('/').next().unwrap_or(available);
                (format!("{enabled}/{name}"), format!("../{last}/{name}"))
            })
            .collect()
    };
    let paths = links
        .into_iter()
        .filter_map(|(link, target)| Some((TreePath::new(link).ok()?, target.into_bytes())));
    paths.collect()
}

/// Returns the folders of links that a unit's `[Install]` section asks for.
fn wanting(content: &[u8]) -> Vec<String> {
    let mut folders = Vec::new();
    let mut installs = false;
    for line in String::from_utf8_lossy(content).lines().map(str::trim) {
        if line.starts_with('[') {
            installs = line == "[Install]";
        }
        let (key, value) = line.split_once('=').unwrap_or_default();
        let ending = match key.trim() {
            "WantedBy" => "wants",
            "RequiredBy" => "requires",
            _ => continue,
        };
        if installs {
            folders.extend(value.split_whitespace().map(|unit| format!("{unit}.{ending}")));
        }
    }
    folders
}

/// The distribution's own commands, which keep books of what is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// Run when the link is there.
    pub enable: Vec<String>,
    /// Run when the link is gone.
    pub disable: Vec<String>,
    /// Run when what the link meant is gone too; empty where that makes no difference.
    pub forget: Vec<String>,
    /// The variable that names the folder of links to the commands, which write nothing down
    /// where the link is as they would make it.
    pub links: Option<&'static str>,
}

/// Returns the commands that keep books of a link, if anybody does.
pub fn books(link: &TreePath) -> Option<Books> {
    const KEPT: [(&str, &str, &str, &str, &str); 3] = [
        (
            "apache2/sites-enabled",
            ".conf",
            "a2ensite",
            "a2dissite",
            "APACHE_SITES_ENABLED",
        ),
        (
            "apache2/conf-enabled",
            ".conf",
            "a2enconf",
            "a2disconf",
            "APACHE_CONF_ENABLED",
        ),
        (
            "apache2/mods-enabled",
            ".load",
            "a2enmod",
            "a2dismod",
            "APACHE_MODS_ENABLED",
        ),
    ];
    let folder = link.parent()?.text();
    let name = String::from_utf8_lossy(link.name()).into_owned();
    KEPT.iter()
        .filter(|(kept, ..)| *kept == folder)
        .find_map(|(_, ending, enable, disable, links)| {
            let name = name.strip_suffix(ending)?;
            let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let command = |program: &str| words(&[program, "-q", name]);
            Some(Books {
                enable: command(enable),
                disable: command(disable),
                forget: words(&[disable, "-q", "-p", name]),
                links: Some(links),
            })
        })
}

/// Returns the path of what a link in a folder of enabled things means, if it says what it should.
pub fn meant_by(link: &TreePath) -> Option<TreePath> {
    let folder = link.parent()?.text();
    let (available, _) = FOLDERS.iter().find(|(_, enabled)| *enabled == folder)?;
    TreePath::new(available).ok()?.join(link.name()).ok()
}

/// Returns the commands that keep books of a script of `init.d`: they also number its links.
pub fn script_books(script: &TreePath) -> Option<Books> {
    if script.folder() != b"init.d" {
        return None;
    }
    let name = String::from_utf8(script.name().to_vec()).ok()?;
    let command = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Some(Books {
        enable: command(&["update-rc.d", &name, "defaults"]),
        disable: command(&["update-rc.d", "-f", &name, "remove"]),
        forget: Vec::new(),
        links: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{books, enabling_links};
    use crate::TreePath;

    fn links(path: &str, content: &str) -> Vec<(String, String)> {
        let found = enabling_links(&TreePath::new(path).unwrap(), content.as_bytes());
        found
            .into_iter()
            .map(|(path, target)| (path.text(), String::from_utf8(target).unwrap()))
            .collect()
    }

    fn pair(link: &str, target: &str) -> (String, String) {
        (link.to_owned(), target.to_owned())
    }

    #[test]
    fn sites_are_enabled_by_a_link_beside() {
        let expected = pair("nginx/sites-enabled/app", "../sites-available/app");
        assert_eq!(links("nginx/sites-available/app", ""), [expected]);
        assert_eq!(links("nginx/conf.d/app.conf", ""), []);
        assert_eq!(links("motd", ""), []);
    }

    #[test]
    fn units_say_who_wants_them() {
        let unit = "[Unit]\nWantedBy=no.target\n[Install]\nWantedBy = multi-user.target a.target\nRequiredBy=b.target\n";
        let expected = [
            pair(
                "systemd/system/multi-user.target.wants/app.service",
                "/etc/systemd/system/app.service",
            ),
            pair(
                "systemd/system/a.target.wants/app.service",
                "/etc/systemd/system/app.service",
            ),
            pair(
                "systemd/system/b.target.requires/app.service",
                "/etc/systemd/system/app.service",
            ),
        ];
        assert_eq!(links("systemd/system/app.service", unit), expected);
    }

    #[test]
    fn only_apache_keeps_books() {
        let kept = books(&TreePath::new("apache2/sites-enabled/app.conf").unwrap()).unwrap();
        assert_eq!(
            (kept.enable, kept.disable),
            (
                ["a2ensite", "-q", "app"].map(str::to_owned).to_vec(),
                ["a2dissite", "-q", "app"].map(str::to_owned).to_vec()
            )
        );
        assert_eq!(books(&TreePath::new("nginx/sites-enabled/app").unwrap()), None);
        assert_eq!(
            books(&TreePath::new("apache2/mods-enabled/ssl.conf").unwrap()),
            None
        );
    }
}
