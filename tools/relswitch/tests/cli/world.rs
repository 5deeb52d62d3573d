//! An application with a development repository beside it.

use std::path::PathBuf;

use kit::{Ran, Run, World};
use serde_json::Value;

/// An application `app` made by `init`, and a repository `dev` that pushes into it.
pub(crate) struct Site {
    /// The folder of both.
    pub(crate) world: World,
}

impl Site {
    /// Makes both; nothing is pushed yet.
    pub(crate) fn new() -> Self {
        let site = Self { world: World::new() };
        site.relswitch("init").cwd("").succeed();
        site.git("", &["init", "--quiet", "--initial-branch=main", "dev"]);
        site.git("dev", &["remote", "add", "production", "../app/repo.git"]);
        site
    }

    /// Makes both, and pushes a commit with one file that says `one`.
    pub(crate) fn with_commit() -> Self {
        let site = Self::new();
        site.push("page", "one");
        site
    }

    /// Makes both, and two releases: the first, whose page says `one`, is current, and the second is ready.
    pub(crate) fn with_two() -> (Self, String, String) {
        let site = Self::with_commit();
        let one = site.deploy("main");
        site.push("page", "two");
        let two = site.ready("main");
        (site, one, two)
    }

    /// Prepares to run a command of relswitch on the application.
    pub(crate) fn relswitch(&self, command: &str) -> Run {
        let words = shell_words(command);
        self.world.run(program()).args(["-C", "app"]).args(words)
    }

    /// Returns the program where the unprivileged user can run it, for other programs to start.
    pub(crate) fn relswitch_binary(&self) -> PathBuf {
        self.relswitch("list").succeed();
        let copy = self.world.path("bin/relswitch");
        if copy.exists() { copy } else { program().into() }
    }

    /// Runs git in a folder, and insists on success.
    #[track_caller]
    pub(crate) fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let ran = self.try_git(folder, arguments).expect(0);
        ran.text().trim().to_owned()
    }

    /// Runs git in a folder.
    pub(crate) fn try_git(&self, folder: &str, arguments: &[&str]) -> Ran {
        let run =
            self.world
                .run("git")
                .cwd(folder)
                .args(["-c", "user.name=dev", "-c", "user.email=dev@localhost"]);
        run.args(arguments).output()
    }

    /// Commits a file in the development repository, pushes it, and returns the commit.
    #[track_caller]
    pub(crate) fn push(&self, file: &str, content: &str) -> String {
        let commit = self.commit("dev", file, content);
        self.git("dev", &["push", "--quiet", "production", "HEAD"]);
        commit
    }

    /// Commits a file in a clone, and returns the commit.
    #[track_caller]
    pub(crate) fn commit(&self, clone: &str, file: &str, content: &str) -> String {
        self.world.write(format!("{clone}/{file}"), content);
        self.git(clone, &["add", "--all"]);
        self.git(clone, &["commit", "--quiet", "--message", content]);
        self.git(clone, &["rev-parse", "HEAD"])
    }

    /// Stages a reference and makes it ready; returns the release's id.
    #[track_caller]
    pub(crate) fn ready(&self, reference: &str) -> String {
        let id = self
            .relswitch(&format!("stage {reference} --print id"))
            .succeed()
            .text()
            .trim()
            .to_owned();
        self.relswitch(&format!("ready {id}")).succeed();
        id
    }

    /// Stages a reference, makes it ready and switches to it; returns the release's id.
    #[track_caller]
    pub(crate) fn deploy(&self, reference: &str) -> String {
        let id = self.ready(reference);
        self.relswitch(&format!("switch {id}")).succeed();
        id
    }

    /// Returns what the file `page` of the current release says.
    pub(crate) fn page(&self) -> String {
        self.world.read("app/current/page")
    }

    /// Returns the release that `current` points to.
    pub(crate) fn current(&self) -> Option<String> {
        let target = fs_err::read_link(self.world.path("app/current")).ok()?;
        Some(target.file_name().unwrap().to_str().unwrap().to_owned())
    }

    /// Returns the state of every release, by sequence.
    pub(crate) fn states(&self) -> Vec<String> {
        let list = self.relswitch("list").succeed().json();
        let releases = list["releases"].as_array().unwrap();
        releases
            .iter()
            .map(|release| release["state"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Returns the names in a folder of the application, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs_err::read_dir(self.world.path("app").join(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Writes the application's configuration.
    pub(crate) fn configure(&self, members: &Value) {
        let mut config = members.clone();
        config["schema"] = "relswitch.config/1".into();
        self.world.write("app/.relswitch/config.json", config.to_string());
    }
}

/// Returns the program under test; `RELSWITCH_PROGRAM` names another build, a release.
pub(crate) fn program() -> String {
    std::env::var("RELSWITCH_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_relswitch").to_owned())
}

/// Splits a command line of the tests: words, and `'quoted words'`.
pub(crate) fn shell_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
