//! The real etcsync, from outside, on trees of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot build its world has failed")]

#[path = "cli/attributes.rs"]
mod attributes;
#[path = "cli/clock.rs"]
mod clock;
#[path = "cli/crashes.rs"]
mod crashes;
#[path = "cli/details.rs"]
mod details;
#[path = "cli/embedded.rs"]
mod embedded;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/guarded.rs"]
mod guarded;
#[path = "cli/host.rs"]
mod host;
#[path = "cli/house.rs"]
mod house;
#[path = "cli/packages.rs"]
mod packages;
#[path = "cli/power.rs"]
mod power;
#[path = "cli/races.rs"]
mod races;
#[path = "cli/services.rs"]
mod services;
#[path = "cli/sources.rs"]
mod sources;
#[path = "cli/story.rs"]
mod story;

use kit::{Ran, World, give};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    os::unix::fs::{FileTypeExt, PermissionsExt, symlink},
    path::Path,
};

const ETCSYNC: &str = env!("CARGO_BIN_EXE_etcsync");

/// Makes a world with a mock `etc` of the usual kind, and an empty `root`.
fn world() -> World {
    let world = World::new();
    world.write("etc/nginx/sites-available/app", "server { listen 8080; }\n");
    world.folder("etc/nginx/sites-enabled");
    link(&world, "etc/nginx/sites-enabled/app", "../sites-available/app");
    world.write("etc/cron.d/app", "*/5 * * * * root /bin/true\n");
    world.write("etc/init.d/app", "#!/bin/sh\n");
    chmod(&world, "etc/init.d/app", 0o775);
    chmod(&world, "etc/cron.d/app", 0o664);
    world.folder("root");
    world
}

fn link(world: &World, name: &str, target: &str) {
    let path = world.path(name);
    symlink(target, &path).unwrap();
    if kit::is_root() {
        let id = Some(kit::UNPRIVILEGED);
        std::os::unix::fs::lchown(&path, id, id).unwrap();
    }
}

fn chmod(world: &World, name: &str, mode: u32) {
    fs_err::set_permissions(world.path(name), PermissionsExt::from_mode(mode)).unwrap();
}

fn mode(world: &World, name: &str) -> u32 {
    fs_err::metadata(world.path(name)).unwrap().permissions().mode() & 0o7777
}

fn plan(world: &World) -> Ran {
    world
        .run(ETCSYNC)
        .args(["plan", "etc", "--root", "root"])
        .succeed()
}

fn apply(world: &World, plan: &Ran) -> Ran {
    world
        .run(ETCSYNC)
        .args(["apply", "-"])
        .stdin(plan.stdout.clone())
        .output()
}

/// Plans and applies.
fn sync(world: &World) -> Ran {
    apply(world, &plan(world))
}

/// Returns the ops of a plan as `replace path`.
fn ops(plan: &Ran) -> Vec<String> {
    let plan = plan.json();
    let op = |op: &Value| format!("{} {}", op["op"].as_str().unwrap(), op["path"].as_str().unwrap());
    plan["ops"].as_array().unwrap().iter().map(op).collect()
}

/// Describes everything below a folder: kind, mode, and content or target.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs_err::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs_err::symlink_metadata(&path).unwrap();
            let mode = metadata.permissions().mode() & 0o7777;
            let kind = metadata.file_type();
            let text = if kind.is_dir() {
                folders.push(path.clone());
                format!("folder {mode:04o}")
            } else if kind.is_symlink() {
                format!("link {}", fs_err::read_link(&path).unwrap().display())
            } else if kind.is_fifo() {
                "pipe".to_owned()
            } else {
                format!(
                    "file {mode:04o} {}",
                    String::from_utf8_lossy(&fs_err::read(&path).unwrap())
                )
            };
            found.insert(
                path.strip_prefix(folder).unwrap().to_string_lossy().into_owned(),
                text,
            );
        }
    }
    found
}
