//! The real binary, from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

mod bases;
mod extra;
mod faults;
mod input;
mod kills;
mod make;
mod pip;
mod power;
mod probe;
mod reflinks;
mod relocatable;
mod store;
mod verify;
mod wheels;

use kit::wheel::Wheel;
use kit::{PYTHON, Run, World};

/// The tool, to be run in a world with the system's Python.
fn tool(world: &World) -> Run {
    world
        .run(env!("CARGO_BIN_EXE_pyvenv-offline"))
        .args(["--python", PYTHON])
}

/// A run that makes `venv` from `requirements.txt` and `wheels`.
fn make(world: &World) -> Run {
    tool(world).args(["-r", "requirements.txt", "-w", "wheels", "venv"])
}

/// A world with these wheels in a folder, and a lock of them.
fn world(wheels: &[Wheel]) -> World {
    let world = World::new();
    world.folder("wheels");
    for wheel in wheels {
        world.write(format!("wheels/{}", wheel.file_name()), wheel.bytes());
    }
    let lock: String = wheels.iter().map(Wheel::pin).collect();
    world.write("requirements.txt", lock);
    world
}

/// A package with a command that prints what it gets.
fn demo() -> Wheel {
    let main = "import sys\n\ndef main():\n    print('demo', *sys.argv[1:])\n";
    Wheel::new("demo", "1.0")
        .file("demo/__init__.py", main)
        .console_scripts(&["demo = demo:main"])
}

/// Insists that neither an environment nor an unfinished one is there.
#[track_caller]
fn nothing_left(world: &World) {
    let left: Vec<_> = fs_err::read_dir(world.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("venv") && !name.contains("offline"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
