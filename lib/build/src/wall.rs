//! A file system in which a child can write to its own folders only.
//!
//! In a mount namespace of its own these are mounted on themselves, and everything else becomes read-only. Kernels and
//! their security modules may refuse that to ordinary users; then the child has the rights that its user has.

use rustix::{
    io::Errno,
    mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_remount},
};
use std::{
    ffi::{CStr, CString, OsStr},
    os::unix::ffi::OsStrExt as _,
    path::Path,
};

/// What is to be mounted how. It is put together before the fork, since nothing may be allocated after it.
pub(crate) struct Wall {
    /// The folders that stay as they are; the child works in the first.
    open: [CString; 2],
    /// The mounts that become read-only, with the flags that they must keep.
    mounts: Vec<(CString, MountFlags)>,
    /// Whether the folders are elsewhere than where semaphores live, so that a new place for these does not hide them.
    is_apart: bool,
}

impl Wall {
    /// Plans a wall around the mounts of this process.
    pub(crate) fn new(open: [&Path; 2]) -> Option<Self> {
        let table = fs_err::read("/proc/self/mountinfo").ok()?;
        let real = |path| fs_err::canonicalize(path).ok();
        let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).ok();
        let [directory, other] = open;
        let [directory, other] = [real(directory)?, real(other)?];
        Some(Self {
            is_apart: ![&directory, &other]
                .iter()
                .any(|open| open.starts_with("/dev/shm")),
            open: [name(&directory)?, name(&other)?],
            mounts: table.split(|byte| *byte == b'\n').filter_map(entry).collect(),
        })
    }

    /// Builds it, in the child, which is in a mount namespace of its own.
    pub(crate) fn build(&self) -> rustix::io::Result<()> {
        mount_change(c"/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
        for folder in &self.open {
            mount_bind(&**folder, &**folder)?;
        }
        for (place, flags) in &self.mounts {
            // One that is hidden behind another, or in a folder that is closed to us, nobody else here reaches either.
            match mount_remount(&**place, *flags, c"") {
                Err(Errno::NOENT | Errno::ACCESS | Errno::INVAL | Errno::NOTDIR) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        if self.is_apart {
            // Semaphores live there.
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            let _ = mount(c"build", SHM, c"tmpfs", flags, None);
        }
        rustix::process::chdir(&*self.open[0])
    }
}

const SHM: &CStr = c"/dev/shm";

/// Reads a line of `/proc/self/mountinfo`: the place, and the flags to remount it with.
fn entry(line: &[u8]) -> Option<(CString, MountFlags)> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let (place, options) = (fields.get(4)?, fields.get(5)?);
    let kind = fields.iter().skip_while(|field| **field != b"-").nth(1)?;
    if *kind == b"autofs" {
        return None;
    }
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    let mut times = MountFlags::STRICTATIME;
    for option in options.split(|byte| *byte == b',') {
        match option {
            b"nosuid" => flags |= MountFlags::NOSUID,
            b"nodev" => flags |= MountFlags::NODEV,
            b"noexec" => flags |= MountFlags::NOEXEC,
            b"nodiratime" => flags |= MountFlags::NODIRATIME,
            b"noatime" => times = MountFlags::NOATIME,
            b"relatime" => times = MountFlags::RELATIME,
            _ => {}
        }
    }
    Some((CString::new(unescaped(place)).ok()?, flags | times))
}

/// Undoes the octal escapes of blanks and backslashes.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\');
        let code = code.and_then(|code| u8::from_str_radix(OsStr::from_bytes(code).to_str()?, 8).ok());
        plain.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[3..] } else { after };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{entry, unescaped};
    use rustix::mount::MountFlags;

    #[test]
    fn mounts_keep_the_flags_they_have() {
        let line =
            b"36 35 98:0 /mnt1 /a\\040b rw,nosuid,noatime master:1 - ext3 /dev/root rw,errors=continue";
        let (place, flags) = entry(line).unwrap();
        assert_eq!(place.as_bytes(), b"/a b");
        let kept = MountFlags::NOSUID | MountFlags::NOATIME;
        assert_eq!(flags, MountFlags::BIND | MountFlags::RDONLY | kept);
        assert!(entry(b"36 35 0:31 / /misc rw,relatime - autofs /etc/auto.misc rw").is_none());
        assert!(entry(b"").is_none());
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped(b"a\\011b\\134\\0"), b"a\tb\\\\0");
    }
}
