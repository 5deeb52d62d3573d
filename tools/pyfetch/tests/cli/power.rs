//! The power goes while a wheelhouse is filled, or right behind that.

use kit::World;
use kit::power::Disk;
use kit::wheel::Wheel;

use crate::{Setting, demo, other};

/// Fills the wheelhouse from a lock, and keeps a copy of what is there then.
const FILL: &str = r#"keep() { rm -rf "$1"; cp -a mnt/wheels "$1"; }
fill() { PIP_INDEX_URL=$2 XDG_CACHE_HOME=mnt/cache "$1" -r "$3" -o mnt/wheels --python "$4" --prune > run.json; }
"#;

/// Cuts the power at every `step`th call while what a second lock names replaces what a first one did.
fn power_goes(step: usize) {
    let old = Wheel::new("old", "1").file("old.py", "");
    let wheels = [demo(), other(), old];
    let [demo, other, old] = &wheels;
    let setting = Setting::with(&wheels);
    let world = &setting.world;
    let Some(disk) = Disk::new(world) else { return };
    world.write("first.txt", format!("{}\n{}\n", old.pin(), other.pin()));
    world.write("second.txt", format!("{}\n{}\n", demo.pin(), other.pin()));
    let (program, url) = (env!("CARGO_BIN_EXE_pyfetch"), setting.index.url());
    let words = |lock| [program, url.as_str(), lock, kit::PYTHON];
    disk.prepare(&format!("{FILL} fill \"$@\""), &words("first.txt"));
    let script = format!("{FILL} fill \"$@\"");
    let command = ["sh", "-c", script.as_str(), "sh"]
        .into_iter()
        .chain(words("second.txt"));
    let command: Vec<&str> = command.collect();
    let look = format!("{FILL} keep found; fill \"$@\"; keep filled");
    let cuts = disk.at_calls(step, &command, |cut| {
        let ran = disk.mounted(cut.image, &look, &words("second.txt")).output();
        assert_eq!(ran.status, 0, "{}: {}", cut.at, ran.stderr);
        let (found, filled) = (whole(world, "found", &wheels), whole(world, "filled", &wheels));
        assert_eq!(filled, [true, true, false], "{}", cut.at);
        assert!(!cut.ended || found[..2] == filled[..2], "{}: {found:?}", cut.at);
    });
    assert!(cuts > 3, "{cuts} cuts");
}

/// Says which of these wheels are in a folder, and insists that each of those is whole.
fn whole(world: &World, folder: &str, wheels: &[Wheel; 3]) -> [bool; 3] {
    wheels.each_ref().map(|wheel| {
        let found = fs_err::read(world.path(folder).join(wheel.file_name()));
        found.is_ok_and(|found| {
            assert!(found == wheel.bytes(), "{}", wheel.file_name());
            true
        })
    })
}

#[test]
fn after_a_power_cut_what_is_named_is_whole() {
    power_goes(4);
}

#[test]
#[ignore = "long: make test-long"]
fn after_a_power_cut_at_every_call() {
    power_goes(1);
}
