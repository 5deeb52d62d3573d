//! Archives, good and bad.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare has failed")]

use build::{Error, unpack};
use flate2::{Compression, write::GzEncoder};
use kit::zip::{Member, Zip};
use std::{
    io::{Read as _, Write as _},
    path::Path,
};

/// Packs members into a `.tar.gz`.
fn tar(fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    fill(&mut builder);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&builder.into_inner().unwrap()).unwrap();
    packed.finish().unwrap()
}

/// Adds a member with whatever path it is told to.
fn add(builder: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, link: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_link_name_literal(link).unwrap();
    header.set_size(content.len() as u64);
    header.set_mode(0o4755);
    header.set_mtime(1_600_000_000);
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn file(builder: &mut tar::Builder<Vec<u8>>, path: &str) {
    add(builder, path, tar::EntryType::Regular, "", b"content\n");
}

/// Unpacks bytes under a name and returns the outcome and the folder.
fn unpacked(name: &str, bytes: &[u8]) -> (Result<build::Project, Error>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join(name);
    fs_err::write(&archive, bytes).unwrap();
    let into = folder.path().join("into");
    fs_err::create_dir(&into).unwrap();
    (unpack(&archive, &into), folder)
}

#[test]
fn a_tar_is_unpacked_with_its_time_and_without_its_wilder_modes() {
    use std::os::unix::fs::PermissionsExt as _;
    let (project, _folder) = unpacked(
        "a-1.tar.gz",
        &tar(|builder| {
            file(builder, "a-1/setup.py");
            add(builder, "a-1/link", tar::EntryType::Symlink, "setup.py", b"");
            add(builder, "a-1/hard", tar::EntryType::Link, "a-1/setup.py", b"");
        }),
    );
    let project = project.unwrap();
    assert_eq!(project.epoch, 1_600_000_000);
    let mode = fs_err::metadata(project.root.join("setup.py"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777 & !0o022, 0o755);
    for name in ["setup.py", "link", "hard"] {
        assert_eq!(
            fs_err::read_to_string(project.root.join(name)).unwrap(),
            "content\n",
            "{name}"
        );
    }
}

#[test]
fn a_zip_is_unpacked() {
    let mut zip = Zip::default();
    zip.members.push(Member::new("a-1/setup.py", "content\n"));
    let (project, _folder) = unpacked("a-1.zip", &zip.bytes());
    assert_eq!(
        fs_err::read_to_string(project.unwrap().root.join("setup.py")).unwrap(),
        "content\n"
    );
}

#[test]
fn members_that_would_land_outside_are_refused() {
    let cases: [(&str, tar::EntryType, &str); 7] = [
        ("../evil", tar::EntryType::Regular, ""),
        ("a-1/../../evil", tar::EntryType::Regular, ""),
        ("/tmp/evil", tar::EntryType::Regular, ""),
        ("a-1/link", tar::EntryType::Symlink, "../../evil"),
        ("a-1/link", tar::EntryType::Symlink, "/etc/passwd"),
        ("a-1/hard", tar::EntryType::Link, "../evil"),
        ("a-1/device", tar::EntryType::Char, ""),
    ];
    for (path, kind, link) in cases {
        let bytes = tar(|builder| {
            file(builder, "a-1/setup.py");
            add(builder, path, kind, link, b"");
        });
        let (outcome, folder) = unpacked("a-1.tar.gz", &bytes);
        assert!(
            matches!(outcome, Err(Error::BadMember { .. })),
            "{path} {link}: {outcome:?}"
        );
        assert!(!folder.path().join("evil").exists());
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let bytes = tar(|builder| {
        file(builder, "a-1/real/x");
        add(builder, "a-1/link", tar::EntryType::Symlink, "real", b"");
        file(builder, "a-1/link/x");
    });
    let (outcome, _folder) = unpacked("a-1.tar.gz", &bytes);
    assert!(outcome.is_err());
}

#[test]
fn damaged_archives_and_wrong_shapes_are_named() {
    let good = tar(|builder| file(builder, "a-1/setup.py"));
    let said = |name: &str, bytes: &[u8]| unpacked(name, bytes).0.unwrap_err();
    assert!(matches!(
        said("a-1.tar.gz", &good[..good.len() / 2]),
        Error::BadArchive { .. }
    ));
    assert!(matches!(said("a-1.tar.gz", b"<html>"), Error::BadArchive { .. }));
    assert!(matches!(said("a-1.zip", b"<html>"), Error::BadArchive { .. }));
    assert!(matches!(said("a-1.tar.xz", &good), Error::UnknownArchive { .. }));
    let two = tar(|builder| {
        file(builder, "a-1/x");
        file(builder, "b-1/x");
    });
    assert!(matches!(
        said("a-1.tar.gz", &two),
        Error::NotOneFolder { found: 2, .. }
    ));
    assert!(matches!(
        said("a-1.tar.gz", &tar(|_| {})),
        Error::NotOneFolder { found: 0, .. }
    ));
    assert!(unpack(Path::new("/nonexistent/a-1.tar.gz"), Path::new("/tmp")).is_err());
}

/// Adds a member of zeros, which packs to almost nothing.
fn zeros(builder: &mut tar::Builder<Vec<u8>>, path: &str, megabytes: u64) {
    let mut header = tar::Header::new_gnu();
    header.set_size(megabytes << 20);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, path, std::io::repeat(0).take(megabytes << 20))
        .unwrap();
}

#[test]
fn an_archive_that_swells_beyond_measure_is_refused() {
    let large = tar(|builder| zeros(builder, "a-1/zeros", 80));
    assert!(large.len() < 1 << 20);
    let mut zip = Zip::default();
    zip.members.push(Member::new("a-1/zeros", vec![0; 80 << 20]));
    // The same by a small file with many names.
    let linked = tar(|builder| {
        zeros(builder, "a-1/zeros", 10);
        for number in 0..10 {
            add(
                builder,
                &format!("a-1/{number}"),
                tar::EntryType::Link,
                "a-1/zeros",
                b"",
            );
        }
    });
    for (name, bytes) in [
        ("a-1.tar.gz", large),
        ("a-1.zip", zip.bytes()),
        ("a-1.tar.gz", linked),
    ] {
        let error = unpacked(name, &bytes).0.unwrap_err();
        assert!(
            error.to_string().contains("too large unpacked"),
            "{name}: {error}"
        );
    }
}
