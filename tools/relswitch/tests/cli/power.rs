//! The power goes in the middle of a command, or right behind it.

use std::collections::BTreeMap;

use kit::power::{Disk, FileSystem};
use kit::{Ran, World};
use serde_json::Value;

use crate::world::{program, shell_words};

/// What the scripts call: the program on the application, and ids.
const WORDS: &str = r#"set -e; program=$1; app() { "$program" -C mnt/app "$@"; }
push() { echo "$1" > mnt/dev/page && git -C mnt/dev add page
  git -C mnt/dev -c user.name=dev -c user.email=dev@localhost commit -qm "$1"; git -C mnt/dev push -q ../app/repo.git main; }
"#;

/// Makes an application with a release that is current, a second that is ready, and a commit more.
const APPLICATION: &str = "app init mnt/app > init.json; git init -q --initial-branch=main mnt/dev
push one; app stage main | app ready - | app switch - > one
push two; app stage main | app ready - --print id > two
push three";

/// Puts everything in order, lists what there is, and sees that it goes on.
const LOOK: &str = "app recover > /dev/null; app list; grep -H . mnt/app/releases/*/page
app status > /dev/null; app stage main --drop-local > /dev/null";

/// A command, and what happens around it. `TWO` is the second release.
struct Case {
    /// A script that runs before.
    before: &'static str,
    command: &'static str,
    /// For a command that is simply run again after a power cut: how. What comes of it is then always the same.
    again: &'static str,
}

/// Cuts the power at every `step`th call of a command.
fn power_goes(file_system: FileSystem, step: usize, case: &Case) {
    let world = World::new();
    let Some(disk) = Disk::with(&world, file_system) else {
        return;
    };
    let Case {
        before,
        command,
        again,
    } = case;
    let program = program();
    let look = format!("{WORDS}{again}\n{LOOK}");
    disk.prepare(&format!("{WORDS}{APPLICATION}\n{before}"), &[&program]);
    let words = shell_words(&command.replace("TWO", world.read("two").trim()));
    let mut argv = vec![program.as_str(), "-C", "mnt/app"];
    argv.extend(words.iter().map(String::as_str));
    let before = releases(&disk.after(&["true"], &look, &[&program]));
    let after = releases(&disk.after(&argv, &look, &[&program]));
    assert_eq!(
        before == after,
        !again.is_empty(),
        "{command}: {before:?}, {after:?}"
    );
    let cuts = disk.at_calls(step, &argv, |cut| {
        let at = format!("{command}: {}", cut.at);
        let ran = disk.mounted(cut.image, &look, &[&program]).output();
        assert_eq!(ran.status, 0, "{at}: {}", ran.stderr);
        assert!(!ran.stderr.contains("anew"), "{at}: {}", ran.stderr);
        let found = releases(&ran);
        let expected = found == after || (found == before && !cut.ended);
        assert!(expected, "{at}: {found:?}, {}", ran.stderr);
    });
    assert!(cuts > 1, "{cuts} cuts");
}

/// Returns the page and the state of each release.
#[track_caller]
fn releases(ran: &Ran) -> Vec<(String, String)> {
    let text = ran.text();
    let (list, pages) = text.split_once("\n}\n").unwrap();
    let list: Value = serde_json::from_str(&format!("{list}}}")).unwrap();
    let pages = pages.lines().filter_map(|line| line.split_once("/page:"));
    let mut pages: BTreeMap<&str, &str> = pages
        .map(|(path, page)| (path.rsplit('/').next().unwrap(), page))
        .collect();
    let mut known = Vec::new();
    for release in list["releases"].as_array().unwrap() {
        let page = pages.remove(release["id"].as_str().unwrap()).unwrap();
        known.push((page.to_owned(), release["state"].as_str().unwrap().to_owned()));
    }
    assert!(pages.is_empty(), "{text}");
    known
}

const fn case(before: &'static str, command: &'static str) -> Case {
    Case {
        before,
        command,
        again: "",
    }
}

/// Commits in the clone on the host, and pushes that.
const LOCAL: &str = "git -C mnt/app/work pull -q
echo local > mnt/app/work/local; git -C mnt/app/work add local
git -C mnt/app/work -c user.name=ops -c user.email=ops@localhost commit -qm local; git -C mnt/app/work push -q
push four";

/// Commands that change something.
const CASES: [Case; 13] = [
    case("", "switch TWO"),
    case("", "switch TWO --reload true --probe 'printenv RELSWITCH_ID'"),
    case("app switch $(cat two)", "rollback"),
    case("", "stage main"),
    case(
        "mkdir mnt/code; echo plain > mnt/code/page",
        "stage --from mnt/code",
    ),
    case(LOCAL, "stage main --merge-local"),
    case(LOCAL, "stage main --drop-local"),
    case("app fail $(cat two)", "ready TWO"),
    case("", "fail TWO"),
    case(
        "app switch $(cat two); app stage main | app ready - | app switch -",
        "prune --keep 1",
    ),
    Case {
        before: r#"! app switch $(cat two) --reload "sh -c 'test -e killed || { touch killed; kill -9 \$PPID; }'""#,
        command: "recover",
        again: "app recover > /dev/null",
    },
    Case {
        before: "rm -r mnt/app",
        command: "init",
        again: "app init > init.json; push four; app stage main | app ready - | app switch - > four",
    },
    Case {
        before: "rm -r mnt/app/current; mkdir mnt/app/current; echo plain > mnt/app/current/page
mkdir mnt/app/releases/20260101120000; echo old > mnt/app/releases/20260101120000/page",
        command: "init --adopt",
        again: "app init --adopt > init.json",
    },
];

#[test]
fn after_a_power_cut_everything_is_before_or_after() {
    std::thread::scope(|scope| {
        for case in &CASES {
            scope.spawn(move || power_goes(FileSystem::Ext4, 4, case));
        }
    });
}

#[test]
#[ignore = "long: make test-long"]
fn after_a_power_cut_at_every_call() {
    for file_system in [FileSystem::Ext4, FileSystem::Xfs, FileSystem::Btrfs] {
        for case in &CASES {
            power_goes(file_system, 1, case);
        }
    }
}

#[test]
fn after_a_power_cut_on_a_btrfs_link_list_and_folders_agree() {
    for case in &CASES {
        if ["switch TWO", "rollback", "prune --keep 1"].contains(&case.command) {
            power_goes(FileSystem::Btrfs, 1, case);
        }
    }
}

#[test]
fn after_a_power_cut_what_was_pushed_is_whole() {
    let world = World::new();
    let Some(disk) = Disk::new(&world) else { return };
    disk.prepare(&format!("{WORDS}{APPLICATION}; mv mnt/dev ."), &[&program()]);
    disk.prepare(
        "git -C dev -c user.name=dev -c user.email=dev@localhost commit -q --allow-empty -m four",
        &[],
    );
    let push = ["git", "-C", "dev", "push", "-q", "../mnt/app/repo.git", "main"];
    disk.at_end(&push, |cut| {
        let look = format!("{WORDS} git -C mnt/app/repo.git fsck --strict; app stage main");
        disk.mounted(cut.image, &look, &[&program()]).succeed();
    });
}
