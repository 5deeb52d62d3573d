//! A host made for a test: a root with accounts, homes and an `/etc` of its own.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

use kit::{Ran, Run, World};
use serde_json::Value;

/// The numbers of the throw-away users.
pub(crate) const DEPLOY: u32 = 61_001;
pub(crate) const NOTES: u32 = 61_002;

const PASSWD: &str = "root:x:0:0::/root:/bin/sh
deploy:x:61001:61001::/home/deploy:/bin/sh
notes:x:61002:61002::/srv/notes/shared:/usr/sbin/nologin
";
const GROUP: &str = "root:x:0:\ndeploy:x:61001:\nnotes:x:61002:\nops:x:61003:deploy\ndocker:x:61004:\n";

/// The root of a host.
pub(crate) struct Host {
    pub(crate) world: World,
}

impl Host {
    /// Makes a host with nothing wrong.
    pub(crate) fn new() -> Self {
        let host = Self { world: World::new() };
        host.file("etc/passwd", PASSWD, 0o644, 0);
        host.file("etc/group", GROUP, 0o644, 0);
        host.folder("root", 0o700, 0);
        host.folder("home/deploy", 0o750, DEPLOY);
        host.folder("tmp", 0o1777, 0);
        host
    }

    /// Makes a host with an application that relswitch could have made.
    pub(crate) fn with_app() -> Self {
        let host = Self::new();
        for folder in [
            "",
            "/.relswitch",
            "/releases",
            "/releases/one",
            "/repo.git",
            "/repo.git/hooks",
        ] {
            host.folder(&format!("srv/notes{folder}"), 0o755, DEPLOY);
        }
        host.file("srv/notes/releases/one/wsgi.py", "x = 1\n", 0o644, DEPLOY);
        host
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.world.path("host").join(path)
    }

    /// Makes a folder with this mode and owner; those above belong to root.
    pub(crate) fn folder(&self, path: &str, mode: u32, uid: u32) -> PathBuf {
        let path = self.path(path);
        let missing: Vec<_> = path.ancestors().take_while(|path| !path.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs_err::create_dir(folder).unwrap();
            chown(folder, Some(0), Some(0)).unwrap();
        }
        chown(&path, Some(uid), Some(uid)).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path
    }

    /// Writes a file with this mode and owner.
    pub(crate) fn file(&self, path: &str, text: &str, mode: u32, uid: u32) -> PathBuf {
        let path = self.path(path);
        let parent = path.parent().unwrap();
        if !parent.exists() {
            self.folder(
                parent.strip_prefix(self.path("")).unwrap().to_str().unwrap(),
                0o755,
                0,
            );
        }
        fs_err::write(&path, text).unwrap();
        chown(&path, Some(uid), Some(uid)).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path
    }

    /// Makes a link.
    pub(crate) fn link(&self, path: &str, target: &str) {
        fs_err::os::unix::fs::symlink(target, self.path(path)).unwrap();
    }

    /// Prepares to look at it, as root.
    pub(crate) fn check(&self) -> Run {
        let run = self.world.run(env!("CARGO_BIN_EXE_prodcheck")).as_caller();
        run.arg("--root").arg(self.path(""))
    }

    /// Looks at it, and insists that something is found.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<String> {
        found(&self.check().output().expect(1).json())
    }

    /// Runs a program of the machine in it as root: to make keys, for example.
    #[track_caller]
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Ran {
        let run = self.world.run(program).as_caller().cwd("host");
        run.args(arguments).succeed()
    }
}

/// Returns `id subject: evidence` of each open finding.
pub(crate) fn found(audit: &Value) -> Vec<String> {
    let findings = audit["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["accepted"].is_null())
        .map(|finding| {
            let evidence: Vec<_> = finding["evidence"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap())
                .collect();
            let (id, subject) = (
                finding["id"].as_str().unwrap(),
                finding["subject"].as_str().unwrap(),
            );
            format!("{id} {subject}: {}", evidence.join("; "))
        })
        .collect()
}
