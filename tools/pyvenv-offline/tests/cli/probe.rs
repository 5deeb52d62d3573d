//! What an interpreter is, for other machines.

use kit::{PYTHON, World};

use crate::tool;

#[test]
fn probe_and_its_script_say_the_same() {
    let world = World::new();
    let probed = tool(&world).arg("--probe").succeed().json();
    assert_eq!(probed["schema"], "target/1");
    assert!(probed["name"].as_str().unwrap().starts_with("cp3."), "{probed:#}");
    let script = tool(&world).arg("--probe-script").succeed();
    let ran = world.run(PYTHON).arg("-").stdin(script.stdout).succeed();
    let read: wire::target::Target = wire::read(&ran.stdout).unwrap();
    let mut read = read;
    python::target::complete(&mut read).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), probed);
}

#[test]
fn the_probe_as_words_and_as_a_document() {
    let world = World::new();
    let words = tool(&world)
        .args(["--probe", "--format", "text"])
        .succeed()
        .text();
    assert!(words.contains("/python3"), "{words}");
    let script = tool(&world)
        .args(["--probe-script", "--format", "json"])
        .succeed()
        .json();
    assert_eq!(script["schema"], "probe-script/1");
}

#[test]
fn what_is_no_interpreter_is_refused() {
    let world = World::new();
    let run = |python: &str| {
        world
            .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
            .args(["--probe", "--python", python])
    };
    run("/no/such/python").output().fails(65, "not-found");
    run("/bin/true").output().fails(65, "unsupported");
}
