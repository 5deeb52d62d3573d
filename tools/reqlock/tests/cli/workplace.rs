//! An index with a few projects, and the tool run against it.

use kit::{
    Run, World,
    index::{Index, Published},
    wheel::Wheel,
};

/// A world, an index, and the tool.
pub(crate) struct Workplace {
    pub(crate) world: World,
    pub(crate) index: Index,
}

impl Workplace {
    /// Makes an index with a small framework and what it needs.
    pub(crate) fn new() -> Self {
        let place = Self {
            world: World::new(),
            index: Index::start(),
        };
        place.add(Wheel::new("framework", "1.0").requires("helper<2"));
        place.add(
            Wheel::new("framework", "2.0")
                .requires("helper>=1.5")
                .requires("addon; extra == 'more'"),
        );
        place.add(Wheel::new("helper", "1.0"));
        place.add(Wheel::new("helper", "1.5"));
        place.add(Wheel::new("helper", "2.0"));
        place.add(Wheel::new("addon", "0.1"));
        place
    }

    /// Publishes a wheel.
    pub(crate) fn add(&self, wheel: Wheel) {
        self.index.add(&wheel.file_name(), wheel.bytes());
    }

    /// Publishes a wheel, with more said about it on its page.
    pub(crate) fn publish(&self, wheel: &Wheel, change: impl FnOnce(&mut Published)) {
        let mut published = Published::new(&wheel.file_name(), wheel.bytes());
        change(&mut published);
        self.index.publish(published);
    }

    /// Prepares a run; its target does not depend on this machine.
    pub(crate) fn reqlock(&self) -> Run {
        self.bare().args(["--target", "cp312-manylinux_2_28_x86_64"])
    }

    /// Prepares a run without a target.
    pub(crate) fn bare(&self) -> Run {
        let run = self.world.run(env!("CARGO_BIN_EXE_reqlock"));
        run.env("PIP_INDEX_URL", self.index.url()).env("PIP_RETRIES", "0")
    }

    /// Writes requirements.in and locks it; returns the lock without its header.
    pub(crate) fn lock(&self, requirements: &str) -> String {
        self.world.write("requirements.in", requirements);
        let ran = self.reqlock().arg("requirements.in").succeed();
        without_header(&ran.text())
    }

    /// Locks and returns the pins alone.
    pub(crate) fn pins(&self, requirements: &str) -> String {
        pins(&self.lock(requirements))
    }
}

/// Drops the comments on top.
pub(crate) fn without_header(text: &str) -> String {
    let body = text.lines().skip_while(|line| line.starts_with('#'));
    body.map(|line| format!("{line}\n")).collect()
}

/// Returns the pins of a lock, one after another.
pub(crate) fn pins(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| line.contains("==") && !line.trim_start().starts_with('#'));
    lines
        .map(|line| line.trim_end_matches([' ', '\\']))
        .collect::<Vec<_>>()
        .join(" ")
}
