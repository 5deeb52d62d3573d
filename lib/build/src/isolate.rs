//! The one unsafe corner: what the child does to itself between fork and exec.

use crate::wall::Wall;
use rustix::{
    process::{Signal, set_parent_process_death_signal},
    thread::UnshareFlags,
};
use std::{io, os::unix::process::CommandExt as _, process::Command};

/// Whether the child may reach the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// It has a network namespace of its own, in which even loopback is down; and where the kernel lets us, it can write
    /// to no file but those of the build.
    #[default]
    Cut,
    /// It has the network that we have.
    Allow,
}

/// The error number by which the child says that its network could not be cut; exec gives no such error.
pub(crate) const NOT_CUT: i32 = rustix::io::Errno::NONET.raw_os_error();

/// Arranges what happens to the child: the network cut, a wall around the folder that it may write to, a plain umask,
/// death with its parent.
///
/// As an ordinary user the namespaces need a user namespace around them; in that one the user is who they were.
pub(crate) fn isolate(command: &mut Command, network: Network, wall: Option<Wall>) {
    let user = rustix::process::getuid();
    let group = rustix::process::getgid();
    // Whatever allocates must happen before the fork.
    let flags = if user.is_root() {
        UnshareFlags::NEWNET | UnshareFlags::NEWNS
    } else {
        UnshareFlags::NEWNET | UnshareFlags::NEWNS | UnshareFlags::NEWUSER
    };
    let maps = [
        ("/proc/self/uid_map", format!("{0} {0} 1", user.as_raw())),
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/gid_map", format!("{0} {0} 1", group.as_raw())),
    ];
    let child = move || {
        rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if network == Network::Cut {
            cut(flags, &maps).map_err(|_| io::Error::from_raw_os_error(NOT_CUT))?;
            if let Some(wall) = &wall {
                // As far as the kernel lets us: the network is cut in any case.
                let _ = wall.build();
            }
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "pre_exec is the only way to act in the child")]
    // SAFETY: the closure only makes system calls; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(child);
    }
}

/// Leaves the network, and becomes oneself again in the user namespace, if there is one.
fn cut(flags: UnshareFlags, maps: &[(&str, String); 3]) -> io::Result<()> {
    #[expect(unsafe_code, reason = "unshare may split file tables between threads")]
    // SAFETY: no file table is split (FILES is not asked for), and a forked child has one thread.
    unsafe {
        rustix::thread::unshare_unsafe(flags)?;
    }
    if flags.contains(UnshareFlags::NEWUSER) {
        for (path, map) in maps {
            let file = rustix::fs::open(*path, rustix::fs::OFlags::WRONLY, rustix::fs::Mode::empty())?;
            rustix::io::write(&file, map.as_bytes())?;
        }
    }
    Ok(())
}
