//! The power goes while an environment is made, or right behind that.

use kit::PYTHON;
use kit::power::Disk;

use crate::{demo, world};

/// Looks at the environment if it is there, and whether the store is fit for another one.
const LOOK: &str = r#"make() { "$1" -r requirements.txt -w wheels --python "$2" --store mnt/store "$3" > /dev/null; }
works() { "$1" --verify "$2" > /dev/null && test "$("$2/bin/demo" well)" = "demo well"; }
if test -e mnt/venv; then works "$1" mnt/venv && echo made; fi &&
make "$1" "$2" mnt/other && works "$1" mnt/other && "$1" --store mnt/store --store-verify > /dev/null"#;

/// Cuts the power at every `step`th call while an environment is made, when a script has run `before`.
fn power_goes(step: usize, before: &str) {
    let world = world(&[demo()]);
    let Some(disk) = Disk::new(&world) else { return };
    let program = env!("CARGO_BIN_EXE_pyvenv-offline");
    disk.prepare(before, &[program, PYTHON]);
    let make = "-r requirements.txt -w wheels --store mnt/store mnt/venv --python";
    let mut command: Vec<&str> = [program].into_iter().chain(make.split(' ')).collect();
    command.push(PYTHON);
    let cuts = disk.at_calls(step, &command, |cut| {
        let ran = disk.mounted(cut.image, LOOK, &[program, PYTHON]).output();
        assert_eq!(ran.status, 0, "{}: {}", cut.at, ran.stderr);
        assert!(!cut.ended || ran.text() == "made\n", "{}", cut.at);
    });
    assert!(cuts > 3, "{cuts} cuts");
}

/// A store that has everything.
const WARM: &str = r#""$1" -r requirements.txt -w wheels --python "$2" --store mnt/store mnt/first"#;

#[test]
fn after_a_power_cut_an_environment_is_whole_or_not_there() {
    power_goes(4, "");
    power_goes(4, WARM);
}

#[test]
#[ignore = "long: make test-long"]
fn after_a_power_cut_at_every_call() {
    power_goes(1, "");
    power_goes(1, WARM);
}
