//! The commands of the guide run as they are printed, in the order of the page.

use crate::{
    project::Project,
    shown::{blocks, elsewhere, here},
    workspace::read,
};

/// A block begins by saying where it is typed.
const DEVELOPMENT: &str = "# in development";
const PRODUCTION: &str = "# in production";

#[test]
fn its_commands_run() {
    let project = Project::new();
    for folder in ["srv", "root", "dev", "etc-to-try"] {
        project.world.folder(folder);
    }
    let blocks = blocks(&read("GUIDE.md"));
    assert!(blocks.len() > 15, "the guide shows {} blocks", blocks.len());
    for block in &blocks {
        if block.contains("--diff") {
            project.publish_newer();
        }
        let said = project.script(&script(block)).succeed().text();
        if block.contains("--diff") {
            assert!(said.contains("2.5") && said.contains("2.6"), "{said}");
        }
    }
    let world = &project.world;
    assert!(world.path("srv/notes/current/venv/bin/frame").exists());
    assert!(world.path("root/logrotate.d/notes").exists());
}

/// Once with nothing to say, and once with news for whoever reads cron's mail.
#[test]
fn its_lines_for_cron_say_only_what_a_person_should_know() {
    for page in ["GUIDE.md", "man/pydeploy.7"] {
        let command = nightly(&read(page));
        let project = Project::new();
        project.lock_and_fetch();
        assert_eq!(project.script(&command).succeed().text(), "", "{page}");
        project.index.remove("small-2.5-py3-none-any.whl");
        let said = project.script(&command).succeed().text();
        assert!(
            said.contains("small-2.5-py3-none-any.whl: withdrawn"),
            "{page}: {said}"
        );
    }
}

/// Returns the command of the line for cron that looks at the wheelhouse again.
fn nightly(page: &str) -> String {
    let is_it = |line: &&str| line.contains("cd /srv/build/notes && pyfetch");
    let line = page.lines().find(is_it).expect("a line for cron");
    let (_, command) = line.split_once("cd /srv/build/notes && ").unwrap();
    command.replace("\\-", "-")
}

/// Makes a script of a block: in the right folder, and stopped by a command that fails or wrongly succeeds.
fn script(block: &str) -> String {
    let folder = if block.starts_with(DEVELOPMENT) {
        "dev"
    } else {
        assert!(block.starts_with(PRODUCTION), "where is this typed?\n{block}");
        "srv/notes"
    };
    let lines: String = elsewhere(&here(block))
        .replace("mkdir /tmp/etc-to-try\n", "")
        .replace("/tmp/etc-to-try", "$HOME/../etc-to-try")
        .replace("\\\n", " ")
        .lines()
        .map(|line| match line.strip_prefix("! ") {
            Some(failing) => format!("if {failing}; then echo 'this was to fail'; exit 1; fi\n"),
            None => format!("{line}\n"),
        })
        .collect();
    // Once, before there is an application, there is no folder yet.
    format!("cd $HOME/..; ! test -d {folder} || cd {folder}\n{lines}")
}
