//! The power goes: what was not synced is gone, whatever the system had in memory.
//!
//! The root and the state are on an ext4 in a file. The run is killed at a system call, and the file is copied
//! at once: what ext4 has not written by then is not in the copy. Then something else is synced, which
//! commits the names of everything and the contents of nothing, and the file is copied again. Both copies are
//! mounted as after a power cut. Ext4 is told to help nobody: no ordering of data, no writing before a rename.

use crate::{ETCSYNC, link, tree};
use kit::{World, has, has_root};
use std::{collections::BTreeMap, process::Command};

const OPTIONS: &str = "loop,data=writeback,noauto_da_alloc,commit=600,nodiscard,noatime";

/// System calls at which the power goes.
const CALLS: [&str; 10] = [
    "fsync",
    "fdatasync",
    "syncfs",
    "rename",
    "renameat",
    "renameat2",
    "unlinkat",
    "unlink",
    "mkdirat",
    "write",
];

/// Runs the rest of its arguments with `disk` mounted, and copies it while what they wrote is still on its way.
const CUT: &str = "options=$1; shift
mount -o $options disk mnt || exit 99
\"$@\" > /dev/null 2> /dev/null; echo $? > status
cp --sparse=always disk cut.now
dd if=/dev/zero of=mnt/other bs=1 count=1 conv=fsync 2> /dev/null
cp --sparse=always disk cut.named
umount mnt";

/// Mounts what the power cut left, recovers, and shows what is then there.
const RECOVER: &str = "options=$1; cut=$2; program=$3; rm -rf found
mount -o $options $cut mnt || exit 99
\"$program\" recover --root mnt/root --state mnt/state > /dev/null &&
cp -a mnt/root found &&
\"$program\" plan etc --root mnt/root --state mnt/state > again.json &&
\"$program\" apply again.json --state mnt/state > /dev/null &&
\"$program\" plan etc --root mnt/root --state mnt/state --exit-code > /dev/null; status=$?
umount mnt; exit $status";

struct Machine {
    world: World,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

impl Machine {
    /// Makes a disk with one generation on it, and a plan for the next.
    fn new(files: usize) -> Self {
        let world = World::new();
        world.folder("mnt");
        let file = |number: usize, text: &str| _ = world.write(format!("etc/dir{number}/file"), text);
        world.write("etc/replaced", "one\n");
        world.write("etc/dropped/file", "one\n");
        (0..files).step_by(2).for_each(|number| file(number, "one\n"));
        let program = program(&world);
        let inside = |script: &str| {
            let run = world
                .run("unshare")
                .as_caller()
                .args(["-m", "sh", "-ec", script, "sh"]);
            run.arg(&program).succeed();
        };
        inside(&format!(
            "truncate -s 24M disk && mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 disk
             mount -o {OPTIONS} disk mnt && mkdir mnt/root && echo original > mnt/root/replaced
             \"$1\" plan etc --root mnt/root --state mnt/state > plan.json && \"$1\" apply plan.json --state mnt/state
             cp -a mnt/root before"
        ));
        world.write("etc/replaced", "two\n");
        world.write("etc/new/file", "two\n");
        link(&world, "etc/link", "new/file");
        fs_err::remove_dir_all(world.path("etc/dropped")).unwrap();
        (0..files).for_each(|number| file(number, "two\n"));
        inside(&format!(
            "mount -o {OPTIONS} disk mnt && \"$1\" plan etc --root mnt/root --state mnt/state > plan.json && umount mnt
             cp --sparse=always disk whole && cp --sparse=always disk tried && mount -o {OPTIONS} tried mnt
             \"$1\" apply plan.json --state mnt/state && cp -a mnt/root after && umount mnt"
        ));
        let (before, after) = (tree(&world.path("before")), tree(&world.path("after")));
        assert!(before != after);
        Self { world, before, after }
    }

    /// Runs an apply and lets the power go at the call of this number; returns how the run ended.
    fn cut(&self, call: &str, number: usize) -> String {
        let trace = [
            format!("trace={call}"),
            format!("inject={call}:signal=KILL:when={number}"),
        ];
        let strace = [
            "strace",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &trace[0],
            "-e",
            &trace[1],
        ];
        self.run(&strace)
    }

    fn run(&self, before: &[&str]) -> String {
        let mut copy = Command::new("cp");
        copy.arg("--sparse=always")
            .args([self.world.path("whole"), self.world.path("disk")]);
        let copied = copy.status();
        assert!(copied.unwrap().success());
        let run = self
            .world
            .run("unshare")
            .as_caller()
            .args(["-m", "sh", "-c", CUT, "sh", OPTIONS]);
        let run = run.args(before).arg(program(&self.world));
        run.args(["apply", "plan.json", "--state", "mnt/state"]).succeed();
        self.world.read("status").trim().to_owned()
    }

    /// Returns what is there after the power is back: what it was, or what it is to be.
    #[track_caller]
    fn end(&self, cut: &str, what: &str) -> &'static str {
        let run = self
            .world
            .run("unshare")
            .as_caller()
            .args(["-m", "sh", "-c", RECOVER, "sh", OPTIONS, cut]);
        let ran = run.arg(program(&self.world)).output();
        assert_eq!(ran.status, 0, "{what}: {}", ran.stderr);
        let found = tree(&self.world.path("found"));
        assert!(found == self.before || found == self.after, "{what}: {found:?}");
        if found == self.before { "before" } else { "after" }
    }
}

/// The program that is tried: `ETCSYNC_PROGRAM` names another build.
fn program(_: &World) -> String {
    std::env::var("ETCSYNC_PROGRAM").unwrap_or_else(|_| ETCSYNC.to_owned())
}

/// Lets the power go at every `step`th of these calls, and once when the run has ended.
fn power_goes(files: usize, step: usize) {
    if !has_root() || !has("mkfs.ext4") {
        return;
    }
    let machine = Machine::new(files);
    let (mut cuts, mut went) = (0, BTreeMap::new());
    for (first, call) in CALLS.iter().enumerate() {
        for number in (1 + first % step..).step_by(step) {
            if machine.cut(call, number) != "137" {
                break;
            }
            cuts += 1;
            for cut in ["cut.now", "cut.named"] {
                let end = machine.end(cut, &format!("{call} {number}, {cut}"));
                *went.entry(end).or_insert(0) += 1;
            }
        }
    }
    assert!(cuts > 3, "{cuts} cuts");
    assert!(step > 1 || went.len() == 2, "{cuts} cuts: {went:?}");
    // Whoever was told that it is done can pull the plug.
    assert_eq!(machine.run(&[]), "0");
    for cut in ["cut.now", "cut.named"] {
        assert_eq!(machine.end(cut, cut), "after", "{cut}");
    }
}

#[test]
fn after_a_power_cut_few_files_are_before_or_after() {
    power_goes(3, 4);
}

#[test]
fn after_a_power_cut_many_files_are_before_or_after() {
    power_goes(40, 30);
}

#[test]
#[ignore = "long: make test-long"]
fn after_a_power_cut_at_every_call() {
    power_goes(3, 1);
    power_goes(40, 3);
}
