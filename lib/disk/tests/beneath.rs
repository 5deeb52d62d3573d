//! Working beneath a root without following links.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use disk::{Dir, Error, FileKind};
use proptest::prelude::*;

fn name(text: &str) -> &OsStr {
    OsStr::new(text)
}

#[test]
fn goes_down_creates_lists_renames_and_removes() {
    let folder = tempfile::tempdir().unwrap();
    let root = Dir::open(folder.path()).unwrap();
    root.create_folder(name("nginx"), 0o755)
        .unwrap()
        .create_folder(name("sites"), 0o700)
        .unwrap();
    let (sites, last) = root.parent_of(Path::new("nginx/./sites/app")).unwrap();
    let mut file = sites.create_file(&last, 0o640).unwrap();
    file.write_all(b"server").unwrap();
    sites.create_link(name("on"), Path::new("../app")).unwrap();
    let entry = sites.stat(&last).unwrap().unwrap();
    assert_eq!(
        (entry.kind, entry.mode, entry.size, entry.links),
        (FileKind::File, 0o640, 6, 1)
    );
    assert_eq!(sites.read_link(name("on")).unwrap(), Path::new("../app"));
    assert_eq!(sites.names().unwrap(), ["app", "on"]);

    let mut text = String::new();
    sites.open_file(&last).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "server");

    sites.rename(&last, &root, name("moved")).unwrap();
    assert!(matches!(
        sites.rename_new(name("on"), &root, name("moved")),
        Err(Error::Exists { .. })
    ));
    root.unlink(name("moved")).unwrap();
    sites.unlink(name("on")).unwrap();
    root.beneath(Path::new("nginx"))
        .unwrap()
        .remove_folder(name("sites"))
        .unwrap();
    root.sync().unwrap();
    assert_eq!(root.names().unwrap(), ["nginx"]);
}

#[test]
fn a_link_on_the_way_is_named_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(folder.path().join("a/real/deep")).unwrap();
    fs_err::os::unix::fs::symlink(outside.path(), folder.path().join("a/link")).unwrap();
    fs_err::os::unix::fs::symlink("real", folder.path().join("a/inside")).unwrap();
    let root = Dir::open(folder.path()).unwrap();
    for bad in ["a/link", "a/link/deep", "a/inside", "a/inside/deep"] {
        let error = root.beneath(Path::new(bad)).unwrap_err();
        let Error::LinkOnTheWay { path } = &error else {
            panic!("{bad}: {error:?}")
        };
        assert!(folder.path().join(bad).starts_with(path), "{path:?}");
    }
    let missing = root.beneath(Path::new("a/real/none/deeper")).unwrap_err();
    assert!(missing.is_not_found(), "{missing:?}");
}

#[test]
fn paths_that_leave_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = Dir::open(folder.path()).unwrap();
    for bad in ["..", "a/../b", "/etc", "../a"] {
        assert!(
            matches!(root.beneath(Path::new(bad)), Err(Error::Escapes { .. })),
            "{bad}"
        );
    }
    for bad in ["", ".", "..", "a/b", "a/", "/"] {
        assert!(
            matches!(root.create_file(name(bad), 0o644), Err(Error::Escapes { .. })),
            "{bad}"
        );
    }
    assert!(matches!(
        root.parent_of(Path::new("")),
        Err(Error::Escapes { .. })
    ));
    assert!(root.beneath(Path::new("")).is_ok());
}

#[test]
fn files_are_opened_only_if_they_are_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = Dir::open(folder.path()).unwrap();
    root.create_folder(name("folder"), 0o755).unwrap();
    root.create_link(name("link"), Path::new("/etc/hostname"))
        .unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status()
        .unwrap();
    assert!(pipe.success());
    for bad in ["folder", "link", "pipe"] {
        assert!(
            matches!(root.open_file(name(bad)), Err(Error::NotAFile { .. })),
            "{bad}"
        );
    }
}

#[test]
fn modes_are_set_without_following() {
    let folder = tempfile::tempdir().unwrap();
    let root = Dir::open(folder.path()).unwrap();
    drop(root.create_file(name("file"), 0o000).unwrap());
    root.create_link(name("link"), Path::new("file")).unwrap();
    root.set_mode(name("file"), 0o444).unwrap();
    let failed = root.set_mode(name("link"), 0o777);
    let mode = fs_err::metadata(folder.path().join("file"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o444, "{failed:?}");
}

proptest! {
    #[test]
    fn no_path_reaches_outside(path in "([a./]|\\.\\.|link){0,8}") {
        let folder = tempfile::tempdir().unwrap();
        let root_path = folder.path().join("root");
        fs_err::create_dir_all(root_path.join("a/a")).unwrap();
        fs_err::os::unix::fs::symlink("../..", root_path.join("a/link")).unwrap();
        fs_err::os::unix::fs::symlink(folder.path(), root_path.join("link")).unwrap();
        let root = Dir::open(&root_path).unwrap();
        if let Ok(reached) = root.beneath(Path::new(&path)) {
            let real = fs_err::canonicalize(reached.path()).unwrap();
            prop_assert!(real.starts_with(fs_err::canonicalize(&root_path).unwrap()));
        }
    }
}
