//! A view of the file system in which the configuration is already the new one.
//!
//! The command runs in a mount namespace of its own, with the new files laid over the root. As
//! an ordinary user that needs a user namespace too; there, `/run` and `/var/log` are private,
//! because validators write to them.

use rustix::{
    fs::{Mode, OFlags, mkdir, open},
    io::write,
    mount::{MountFlags, MountPropagationFlags, mount, mount_change},
    thread::{UnshareFlags, unshare_unsafe},
};
use std::{
    ffi::{CStr, CString, OsStr},
    io,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::Path,
    process::Command,
};

/// What an ordinary user's validators get for themselves.
const PRIVATE: [&CStr; 2] = [c"/run", c"/var/log"];

/// What is laid over what.
#[derive(Clone, Debug)]
pub(crate) struct View {
    root: CString,
    options: CString,
    /// The maps of a user namespace, if one is needed: users, groups.
    maps: Option<[String; 2]>,
    /// Folders that validators expect in the private `/run` and `/var/log`.
    folders: Vec<CString>,
}

impl View {
    /// Lays `layer` over `root`; with `privileged` unset, in a user namespace.
    pub(crate) fn new(layer: &Path, root: &Path, privileged: bool) -> io::Result<Self> {
        let mut options = b"lowerdir=".to_vec();
        options.extend(escaped(layer));
        options.push(b':');
        options.extend(escaped(root));
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        let maps = [format!("0 {} 1", uid.as_raw()), format!("0 {} 1", gid.as_raw())];
        Ok(Self {
            root: CString::new(root.as_os_str().as_bytes())?,
            options: CString::new(options)?,
            maps: (!privileged).then_some(maps),
            folders: if privileged {
                Vec::new()
            } else {
                PRIVATE.iter().flat_map(|place| folders_of(place)).collect()
            },
        })
    }

    /// Has a command run in this view.
    pub(crate) fn enter(&self, command: &mut Command) {
        let view = self.clone();
        #[expect(
            unsafe_code,
            reason = "between fork and exec; all memory is there before, only system calls are made"
        )]
        unsafe {
            command.pre_exec(move || view.take());
        }
    }

    /// Makes the namespaces and mounts; runs in the child, where nothing may be allocated.
    fn take(&self) -> io::Result<()> {
        let user = if self.maps.is_some() {
            UnshareFlags::NEWUSER
        } else {
            UnshareFlags::empty()
        };
        #[expect(
            unsafe_code,
            reason = "it is unsafe for shared file descriptors only, which it leaves alone"
        )]
        unsafe {
            unshare_unsafe(UnshareFlags::NEWNS | user)?;
        }
        if let Some([users, groups]) = &self.maps {
            put(c"/proc/self/setgroups", b"deny")?;
            put(c"/proc/self/uid_map", users.as_bytes())?;
            put(c"/proc/self/gid_map", groups.as_bytes())?;
        }
        mount_change(c"/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
        mount(
            c"etcsync",
            &*self.root,
            c"overlay",
            MountFlags::RDONLY,
            Some(&*self.options),
        )?;
        if self.maps.is_some() {
            for place in PRIVATE {
                mount(
                    c"etcsync",
                    place,
                    c"tmpfs",
                    MountFlags::NOSUID | MountFlags::NODEV,
                    None,
                )?;
            }
            for folder in &self.folders {
                mkdir(&**folder, Mode::RWXU)?;
            }
        }
        Ok(())
    }
}

fn put(path: &CStr, text: &[u8]) -> io::Result<()> {
    let file = open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    write(file, text)?;
    Ok(())
}

/// Escapes what separates options and layers.
fn escaped(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_bytes().iter();
    bytes
        .flat_map(|byte| {
            [b'\\', *byte]
                .into_iter()
                .skip(usize::from(!b"\\:,".contains(byte)))
        })
        .collect()
}

/// Lists the folders directly in a real one.
fn folders_of(place: &CStr) -> Vec<CString> {
    let Ok(entries) = fs_err::read_dir(OsStr::from_bytes(place.to_bytes())) else {
        return Vec::new();
    };
    let folders = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let paths = folders.map(|entry| entry.path());
    paths
        .filter_map(|path| CString::new(OsStr::as_bytes(path.as_os_str())).ok())
        .collect()
}
