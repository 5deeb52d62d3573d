//! The power goes: what was not synced is gone, whatever the system had in memory.
//!
//! What a command changes is on an ext4 in a file. The command is killed at a system call, and the file is copied at
//! once: what ext4 has not written by then is not in the copy. Then something else is synced, which commits the names
//! of everything and the contents of nothing, and the file is copied again. Both copies are mounted as after a power
//! cut. Ext4 is told to help nobody: no ordering of data, no writing before a rename. An xfs and a btrfs keep other
//! orders of names.

use crate::{Ran, Run, World, has, has_root, skipped};

/// What a disk is formatted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// The one that is always there.
    Ext4,
    /// What Red Hat's hosts have.
    Xfs,
    /// What SUSE's hosts have: what is synced for one name may come before what happened earlier to another.
    Btrfs,
}

impl FileSystem {
    fn program(self) -> &'static str {
        match self {
            Self::Ext4 => "mkfs.ext4",
            Self::Xfs => "mkfs.xfs",
            Self::Btrfs => "mkfs.btrfs",
        }
    }

    /// Returns the script that makes one in the file `whole`.
    fn make(self) -> &'static str {
        match self {
            Self::Ext4 => {
                "truncate -s 24M whole && mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 whole"
            }
            Self::Xfs => "truncate -s 320M whole && mkfs.xfs -q whole",
            Self::Btrfs => "truncate -s 128M whole && mkfs.btrfs -q -m single whole",
        }
    }

    fn options(self) -> &'static str {
        match self {
            Self::Ext4 => "loop,data=writeback,noauto_da_alloc,commit=600,nodiscard,noatime",
            Self::Xfs => "loop,noatime,nouuid",
            Self::Btrfs => "loop,noatime,commit=290,nodiscard",
        }
    }
}

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

/// Runs a script with an image mounted at `mnt`.
const MOUNTED: &str = "mount -o $1 $2 mnt || exit 99
script=$3; shift 3
(eval \"$script\"); status=$?
umount mnt; exit $status";

/// Runs a command with the disk mounted, and copies it while what the command wrote is still on its way.
const CUT: &str = "cp --sparse=always whole disk
mount -o $1 disk mnt || exit 99; shift
\"$@\" > /dev/null 2> /dev/null; echo $? > status
cp --sparse=always disk cut.now
dd if=/dev/zero of=mnt/.somebody-else bs=1 count=1 conv=fsync 2> /dev/null
cp --sparse=always disk cut.named
umount mnt";

/// A disk in a world, whose power can be cut. It is mounted for one command at a time, by root.
#[derive(Debug)]
pub struct Disk<'w> {
    world: &'w World,
    file_system: FileSystem,
}

/// What a power cut left.
#[derive(Debug)]
pub struct Cut {
    /// The image to look into.
    pub image: &'static str,
    /// Where the power went, for people.
    pub at: String,
    /// Whether the command had ended well by then: whoever was told so can pull the plug.
    pub ended: bool,
}

impl<'w> Disk<'w> {
    /// Makes an empty disk; none where nobody may mount one.
    pub fn new(world: &'w World) -> Option<Self> {
        Self::with(world, FileSystem::Ext4)
    }

    /// Makes an empty disk with this file system; none where nobody may mount one, or the kernel does not know it.
    pub fn with(world: &'w World, file_system: FileSystem) -> Option<Self> {
        if !has_root() || !has(file_system.program()) {
            return None;
        }
        world.folder("mnt");
        let disk = Self { world, file_system };
        disk.root(file_system.make()).succeed();
        let is_known = || disk.mounted("whole", "true", &[]).output().status == 0;
        if file_system != FileSystem::Ext4 && !is_known() {
            skipped(&format!("the kernel mounts no {file_system:?}"));
            return None;
        }
        Some(disk)
    }

    /// Runs a script with the disk as it is before the command whose power is cut.
    #[track_caller]
    pub fn prepare(&self, script: &str, arguments: &[&str]) {
        self.mounted("whole", script, arguments).succeed();
    }

    /// Returns what a script finds when the command has run without a cut.
    #[track_caller]
    pub fn after(&self, command: &[&str], script: &str, arguments: &[&str]) -> Ran {
        assert_eq!(self.cut(None, command), "0", "{command:?}");
        self.mounted("disk", script, arguments).succeed()
    }

    /// Prepares to run a script of the shell with an image mounted at `mnt`; its arguments are `$1` and so on.
    #[must_use]
    pub fn mounted(&self, image: &str, script: &str, arguments: &[&str]) -> Run {
        self.root(MOUNTED)
            .args([self.file_system.options(), image, script])
            .args(arguments)
    }

    /// Runs a command again and again, and lets the power go at every `step`th call of each name; at last it ends.
    /// Returns how often the power went before that.
    pub fn at_calls(&self, step: usize, command: &[&str], mut look: impl FnMut(&Cut)) -> usize {
        let mut cuts = 0;
        for (first, call) in CALLS.iter().enumerate() {
            for number in (1 + first % step..).step_by(step) {
                if self.cut(Some((call, number)), command) != "137" {
                    break;
                }
                cuts += 1;
                Cut::both(&format!("{call} {number}"), false).for_each(|cut| look(&cut));
            }
        }
        self.at_end(command, look);
        cuts
    }

    /// Runs a command, and lets the power go when it has ended.
    #[track_caller]
    pub fn at_end(&self, command: &[&str], mut look: impl FnMut(&Cut)) {
        assert_eq!(self.cut(None, command), "0", "{command:?}");
        Cut::both("the end", true).for_each(|cut| look(&cut));
    }

    /// Runs a command on a copy of the disk, and cuts the power at a call or behind it; returns how it ended.
    fn cut(&self, at: Option<(&str, usize)>, command: &[&str]) -> String {
        let mut run = self.root(CUT).arg(self.file_system.options());
        if let Some((call, number)) = at {
            run = run.args(["strace", "-f", "-qq", "-o", "/dev/null"]);
            run = run.args(["-e", &format!("trace={call}")]);
            run = run.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]);
        }
        run.args(command).succeed();
        self.world.read("status").trim().to_owned()
    }

    /// Prepares to run a script where mounts are its own.
    fn root(&self, script: &str) -> Run {
        let run = self.world.run("unshare").as_caller();
        let run = run.env("PYDEPLOY_ALLOW_ROOT", "1");
        run.args(["-m", "sh", "-c", script, "sh"])
    }
}

impl Cut {
    fn both(call: &str, ended: bool) -> impl Iterator<Item = Self> {
        ["cut.now", "cut.named"].into_iter().map(move |image| Self {
            image,
            at: format!("{call}, {image}"),
            ended,
        })
    }
}
