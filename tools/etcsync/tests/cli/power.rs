//! The power goes in the middle of an apply, or right behind it.

use crate::{ETCSYNC, link, tree};
use kit::{
    World,
    power::{Cut, Disk},
};
use std::collections::BTreeMap;

/// Recovers, keeps what is then there, and applies once more.
const RECOVER: &str = "rm -rf found; \"$1\" recover --root mnt/root --state mnt/state > /dev/null &&
cp -a mnt/root found &&
\"$1\" plan etc --root mnt/root --state mnt/state > again.json &&
\"$1\" apply again.json --state mnt/state > /dev/null &&
\"$1\" plan etc --root mnt/root --state mnt/state --exit-code > /dev/null";

/// Plans the second generation.
const PLAN: &str = "\"$1\" plan etc --root mnt/root --state mnt/state > plan.json";

/// The layer and the root before and after a second generation.
struct Machine<'w> {
    world: &'w World,
    disk: Disk<'w>,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

impl<'w> Machine<'w> {
    /// Makes a disk with one generation on it, and a plan for the next.
    fn new(world: &'w World, disk: Disk<'w>, files: usize) -> Self {
        let file = |number: usize, text: &str| _ = world.write(format!("etc/dir{number}/file"), text);
        world.write("etc/replaced", "one\n");
        world.write("etc/dropped/file", "one\n");
        (0..files).step_by(2).for_each(|number| file(number, "one\n"));
        let program = program();
        let first = format!(
            "mkdir mnt/root && echo original > mnt/root/replaced && {PLAN} &&
             \"$1\" apply plan.json --state mnt/state && cp -a mnt/root before"
        );
        disk.prepare(&first, &[&program]);
        world.write("etc/replaced", "two\n");
        world.write("etc/new/file", "two\n");
        link(world, "etc/link", "new/file");
        fs_err::remove_dir_all(world.path("etc/dropped")).unwrap();
        (0..files).for_each(|number| file(number, "two\n"));
        disk.prepare(PLAN, &[&program]);
        disk.after(&apply(&program), "cp -a mnt/root after", &[]);
        let (before, after) = (tree(&world.path("before")), tree(&world.path("after")));
        assert!(before != after);
        Self {
            world,
            disk,
            before,
            after,
        }
    }

    /// Returns what is there after the power is back: what it was, or what it is to be.
    #[track_caller]
    fn end(&self, cut: &Cut) -> &'static str {
        let ran = self.disk.mounted(cut.image, RECOVER, &[&program()]).output();
        assert_eq!(ran.status, 0, "{}: {}", cut.at, ran.stderr);
        let found = tree(&self.world.path("found"));
        assert!(
            found == self.before || found == self.after,
            "{}: {found:?}",
            cut.at
        );
        if found == self.before { "before" } else { "after" }
    }
}

/// The program that is tried: `ETCSYNC_PROGRAM` names another build.
fn program() -> String {
    std::env::var("ETCSYNC_PROGRAM").unwrap_or_else(|_| ETCSYNC.to_owned())
}

fn apply(program: &str) -> [&str; 5] {
    [program, "apply", "plan.json", "--state", "mnt/state"]
}

/// Lets the power go at every `step`th of the calls, and once when the run has ended.
fn power_goes(files: usize, step: usize) {
    let world = World::new();
    let Some(disk) = Disk::new(&world) else { return };
    let machine = Machine::new(&world, disk, files);
    let mut went = BTreeMap::new();
    let cuts = machine.disk.at_calls(step, &apply(&program()), |cut| {
        let end = machine.end(cut);
        match cut.ended {
            true => assert_eq!(end, "after", "{}", cut.at),
            false => *went.entry(end).or_insert(0) += 1,
        }
    });
    assert!(cuts > 3, "{cuts} cuts");
    assert!(step > 1 || went.len() == 2, "{cuts} cuts: {went:?}");
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
