//! A commit of a git repository, which pins what it names as a hash does.

use crate::Package;

/// One commit of a repository: `git+https://git.example.com/app@<commit>#subdirectory=app`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// The repository's address as git takes it, credentials included.
    pub repository: String,
    /// The commit, in full.
    pub commit: String,
    /// The folder in it that holds the project.
    pub subdirectory: Option<String>,
}

impl Git {
    /// Reads an address; `None` if it is none of git, or names a branch, a tag, or a part of a commit.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.strip_prefix("git+")?;
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (repository, commit) = address.rsplit_once('@')?;
        let is_full = [40, 64].contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_full && repository.contains("://")).then(|| Self {
            repository: repository.to_owned(),
            commit: commit.to_ascii_lowercase(),
            subdirectory: fragment
                .split('&')
                .find_map(|part| part.strip_prefix("subdirectory="))
                .filter(|folder| !folder.is_empty())
                .map(str::to_owned),
        })
    }

    /// Returns what stands for its content where files have a hash: `git:<commit>`, and the folder if there is one.
    pub fn id(&self) -> String {
        match &self.subdirectory {
            None => format!("git:{}", self.commit),
            Some(folder) => format!("git:{}#{folder}", self.commit),
        }
    }
}

impl std::fmt::Display for Git {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "git+{}@{}", self.repository, self.commit)?;
        match &self.subdirectory {
            None => Ok(()),
            Some(folder) => write!(f, "#subdirectory={folder}"),
        }
    }
}

impl Package {
    /// Returns the commit that the package is pinned to, if it is.
    pub fn git(&self) -> Option<Git> {
        Git::parse(self.requirement.url()?)
    }
}

/// Says whether an address is one of a version control system.
pub(crate) fn is_repository(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    let system = scheme.split('+').next().unwrap_or_default();
    ["git", "hg", "svn", "bzr"].contains(&system)
}

/// Returns a text with an address in it without what opens the door: user and password, but for the user of ssh.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some((user, host)) = rest[..end].rsplit_once('@') else {
        return url.to_owned();
    };
    let user = user.split(':').next().filter(|_| scheme.ends_with("ssh"));
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    format!("{scheme}://{user}{host}{}", &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::{Git, is_repository, without_credentials};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn only_a_full_commit_pins() {
        let url = format!("git+ssh://git@git.example.com/app.git@{COMMIT}#egg=app&subdirectory=src/app");
        let git = Git::parse(&url).unwrap();
        assert_eq!(git.repository, "ssh://git@git.example.com/app.git");
        assert_eq!(git.id(), format!("git:{COMMIT}#src/app"));
        let plain = Git::parse(&format!("git+https://git.example.com/app@{COMMIT}")).unwrap();
        assert_eq!(plain.id(), format!("git:{COMMIT}"));
        for moving in [
            "git+https://git.example.com/app",
            "git+https://git.example.com/app@main",
            "git+https://git.example.com/app@0123456",
            "https://git.example.com/app-1.tar.gz",
        ] {
            assert_eq!(Git::parse(moving), None, "{moving}");
        }
    }

    #[test]
    fn repositories_are_known_by_their_scheme() {
        assert!(
            is_repository("git+https://git.example.com/app@main")
                && is_repository("hg+http://hg.example.com/a")
        );
        assert!(
            is_repository("git://git.example.com/app") && !is_repository("https://files.example.com/a.whl")
        );
    }

    #[test]
    fn credentials_do_not_travel() {
        let said = [
            (
                "https://me:secret@git.example.com/a@b",
                "https://git.example.com/a@b",
            ),
            (
                "git+ssh://git:secret@git.example.com/a",
                "git+ssh://git@git.example.com/a",
            ),
            ("https://git.example.com/a@b", "https://git.example.com/a@b"),
        ];
        for (url, shown) in said {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
