//! The real binary, against a server that misbehaves on demand.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "cli/asking.rs"]
mod asking;
#[path = "cli/building.rs"]
mod building;
#[path = "cli/crashes.rs"]
mod crashes;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/filling.rs"]
mod filling;
#[path = "cli/locks.rs"]
mod locks;
#[path = "cli/power.rs"]
mod power;
#[path = "cli/shown.rs"]
mod shown;
#[path = "cli/sources.rs"]
mod sources;

use std::path::Path;

use kit::index::Index;
use kit::wheel::Wheel;
use kit::{Run, World};
use serde_json::Value;

/// A world with an index in it.
struct Setting {
    world: World,
    index: Index,
}

impl Setting {
    fn new() -> Self {
        Self {
            world: World::new(),
            index: Index::start(),
        }
    }

    /// Publishes wheels and writes their lock as requirements.txt.
    fn with(wheels: &[Wheel]) -> Self {
        let setting = Self::new();
        wheels.iter().for_each(|wheel| setting.publish(wheel));
        setting.lock(wheels);
        setting
    }

    fn publish(&self, wheel: &Wheel) {
        self.index.add(&wheel.file_name(), wheel.bytes());
    }

    fn lock(&self, wheels: &[Wheel]) {
        let pins: Vec<String> = wheels.iter().map(Wheel::pin).collect();
        self.world.write("requirements.txt", pins.join("\n") + "\n");
    }

    /// pyfetch with index and interpreter, and nothing asked yet.
    fn bare(&self) -> Run {
        self.tool()
            .args(["--python", kit::PYTHON])
            .args(["--retries", "1"])
    }

    /// pyfetch with the usual lock and folder, for another machine than this one.
    fn fetch_for(&self, target: &str) -> Run {
        let run = self.tool().args(["-r", "requirements.txt", "-o", "wheels"]);
        run.args(["--target", target])
    }

    /// pyfetch with an index.
    fn tool(&self) -> Run {
        let run = self.world.run(env!("CARGO_BIN_EXE_pyfetch"));
        run.env("PIP_INDEX_URL", self.index.url())
    }

    /// pyfetch with the usual lock and folder.
    fn fetch(&self) -> Run {
        self.bare().args(["-r", "requirements.txt", "-o", "wheels"])
    }

    /// The names in the wheelhouse that are not hidden, sorted.
    fn names(&self) -> Vec<String> {
        names(&self.world.path("wheels"))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap())
        .collect()
}

fn demo() -> Wheel {
    Wheel::new("demo", "1.0")
        .file("demo.py", "print('hello')\n")
        .requires("other>=1")
}

fn other() -> Wheel {
    Wheel::new("other", "2.0").file("other.py", "x = 1\n")
}

/// A wheel that takes a while.
fn large() -> Wheel {
    let noise: Vec<u8> = (0..300_000u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    Wheel::new("large", "1.0").file("large.bin", noise)
}
