//! Every way in which an archive can lie, and the flaw that it is refused for.

use kit::wheel::Wheel;
use kit::zip::{FLAG_DESCRIPTOR, FLAG_ENCRYPTED, Member, STORED, Zip};

use super::{Archive, Content};
use crate::error::{Error, Result};
use crate::flaw::Flaw;

/// A lie about a member.
type Change = fn(&mut Member);

/// Opens an archive and reads all of it.
fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.whl");
    fs_err::write(&path, bytes).unwrap();
    let archive = Archive::open(&path)?;
    let mut found = Vec::new();
    Content::default().each(&archive, archive.members(), |member, content| {
        found.push((member.name.clone(), content.to_vec()));
        Ok(())
    })?;
    for (member, (_, whole)) in archive.members().iter().zip(&found) {
        let mut flown = Vec::new();
        Content::default().flow(&archive, member, |piece| {
            flown.extend_from_slice(piece);
            Ok(())
        })?;
        assert_eq!(&flown, whole, "{}: both ways of reading agree", member.name);
    }
    Ok(found)
}

/// The flaw that the bytes are refused for.
fn flaw(bytes: &[u8]) -> Flaw {
    match read(bytes) {
        Err(Error::BadWheel { flaw, .. }) => *flaw,
        other => panic!("expected a flaw, found {other:?}"),
    }
}

/// The flaw of an archive of one member `a.py`, after a change to it.
fn member_flaw(change: impl FnOnce(&mut Member)) -> Flaw {
    let mut member = Member::new("a.py", "print('a')\n".repeat(50));
    change(&mut member);
    flaw(
        &Zip {
            members: vec![member],
            ..Zip::default()
        }
        .bytes(),
    )
}

/// The flaw of an archive of two members, after a change to the archive.
fn archive_flaw(change: impl FnOnce(&mut Zip)) -> Flaw {
    let mut zip = two();
    change(&mut zip);
    flaw(&zip.bytes())
}

fn two() -> Zip {
    let members = vec![
        Member::new("a.py", "print('a')\n".repeat(50)),
        Member::new("b.py", "b = 1\n".repeat(50)),
    ];
    Zip {
        members,
        ..Zip::default()
    }
}

#[test]
fn a_right_archive_is_read() {
    let mut stored = Member::new("b.txt", "plain");
    stored.method = STORED;
    let mut folder = Member::new("c/", "");
    folder.mode = 0o040_755;
    let mut late = Member::new("c/d", "x".repeat(1000));
    late.flags = FLAG_DESCRIPTOR;
    let mut wide = Member::new("ü", "wide".repeat(100));
    wide.zip64 = true;
    let zip = Zip {
        members: vec![Member::new("a", ""), stored, folder, late, wide],
        ..Zip::default()
    };
    let found = read(&zip.bytes()).unwrap();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b.txt", "c/", "c/d", "ü"]);
    assert_eq!(found[4].1, "wide".repeat(100).into_bytes());
    let comment = Zip {
        comment: b"made by hand".to_vec(),
        zip64: true,
        ..two()
    };
    assert_eq!(read(&comment.bytes()).unwrap().len(), 2);
}

#[test]
fn what_is_no_archive_is_refused() {
    assert_eq!(flaw(b""), Flaw::NotZip);
    assert_eq!(flaw(b"<!DOCTYPE html><title>Sign in</title>"), Flaw::NotZip);
    let bytes = Wheel::new("demo", "1.0").file("a.py", "a").bytes();
    for length in 0..bytes.len() {
        assert!(
            read(&bytes[..length]).is_err(),
            "cut at {length} of {}",
            bytes.len()
        );
    }
}

#[test]
fn no_single_changed_byte_goes_unnoticed_in_content() {
    let zip = two();
    let bytes = zip.bytes();
    let right = read(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        if let Ok(found) = read(&changed) {
            assert_eq!(found, right, "byte {at}");
        }
    }
}

#[test]
fn bytes_of_nobody_are_refused() {
    assert_eq!(
        archive_flaw(|zip| zip.suffix = b"more".to_vec()),
        Flaw::TrailingBytes(4)
    );
    assert_eq!(
        archive_flaw(|zip| zip.prefix = b"#!/bin/sh\n".to_vec()),
        Flaw::UnclaimedBytes(10)
    );
    assert_eq!(
        archive_flaw(|zip| zip.gap = b"gap".to_vec()),
        Flaw::UnclaimedBytes(3)
    );
    assert_eq!(
        flaw(
            &Zip {
                gap: b"gap".to_vec(),
                ..Zip::default()
            }
            .bytes()
        ),
        Flaw::UnclaimedBytes(3)
    );
}

#[test]
fn an_end_inside_a_comment_is_refused() {
    let inner = Zip::default().bytes();
    assert_eq!(archive_flaw(|zip| zip.comment = inner), Flaw::AmbiguousEnd);
}

#[test]
fn a_wrong_count_is_refused() {
    assert_eq!(archive_flaw(|zip| zip.count = Some(1)), Flaw::Directory);
    assert_eq!(archive_flaw(|zip| zip.count = Some(3)), Flaw::Directory);
    let lie = Zip {
        zip64: true,
        count: Some(7),
        ..two()
    };
    assert_eq!(flaw(&lie.bytes()), Flaw::Zip64);
}

#[test]
fn duplicates_are_refused() {
    assert_eq!(
        archive_flaw(|zip| zip.members[1].name = b"a.py".to_vec()),
        Flaw::Duplicate
    );
}

#[test]
fn overlapping_members_are_refused() {
    assert_eq!(archive_flaw(|zip| zip.members[1].offset = Some(0)), Flaw::Overlap);
    assert_eq!(
        archive_flaw(|zip| zip.members[1].offset = Some(40)),
        Flaw::Overlap
    );
}

#[test]
fn headers_that_disagree_are_refused() {
    let cases: [(&str, Change); 4] = [
        ("name", |member| member.local_name = Some(b"b.py".to_vec())),
        ("name", |member| member.local_name = Some(b"longer.py".to_vec())),
        ("checksum", |member| member.local_crc = Some(1)),
        ("compression method", |member| member.local_method = Some(0)),
    ];
    for (what, change) in cases {
        assert_eq!(member_flaw(change), Flaw::HeaderDisagrees(what));
    }
    let late = member_flaw(|member| {
        member.flags |= FLAG_DESCRIPTOR;
        member.local_crc = Some(1);
    });
    assert_eq!(late, Flaw::HeaderDisagrees("checksum"));
}

#[test]
fn wrong_sizes_and_checksums_are_refused() {
    assert_eq!(member_flaw(|member| member.size = Some(549)), Flaw::Size(549));
    assert_eq!(member_flaw(|member| member.size = Some(551)), Flaw::Size(551));
    assert_eq!(
        member_flaw(|member| member.size = Some(1 << 31)),
        Flaw::Size(1 << 31)
    );
    assert!(matches!(
        member_flaw(|member| member.crc = Some(1)),
        Flaw::Checksum { expected: 1, .. }
    ));
    assert_eq!(
        member_flaw(|member| member.compressed_size = Some(5000)),
        Flaw::Overlap
    );
    assert_eq!(
        member_flaw(|member| member.compressed_size = Some(3)),
        Flaw::UnclaimedBytes(16)
    );
    let stored = member_flaw(|member| {
        member.method = STORED;
        member.size = Some(3);
    });
    assert_eq!(stored, Flaw::Size(3));
}

#[test]
fn zip64_lies_are_refused() {
    let lie = |member: &mut Member| {
        member.zip64 = true;
        member.size_beside_zip64 = Some(7);
    };
    assert!(matches!(
        member_flaw(lie),
        Flaw::Size(7) | Flaw::Overlap | Flaw::UnclaimedBytes(_)
    ));
    assert_eq!(
        member_flaw(|member| member.size = Some(u64::from(u32::MAX))),
        Flaw::Zip64
    );
    let extra =
        |member: &mut Member| member.extra = [&[1, 0, 8, 0][..], &[0; 8], &[1, 0, 8, 0], &[0; 8]].concat();
    assert_eq!(member_flaw(extra), Flaw::Zip64);
}

#[test]
fn a_second_name_is_refused() {
    let extra = |member: &mut Member| member.extra = [&[0x75, 0x70, 4, 0][..], b"abcd"].concat();
    assert_eq!(member_flaw(extra), Flaw::NameEncoding);
}

#[test]
fn encrypted_and_foreign_methods_are_refused() {
    assert_eq!(
        member_flaw(|member| member.flags = FLAG_ENCRYPTED),
        Flaw::Encrypted
    );
    for method in [1, 9, 12, 14, 93] {
        assert_eq!(member_flaw(|member| member.method = method), Flaw::Method(method));
    }
}

#[test]
fn links_and_devices_are_refused() {
    for mode in [0o120_777, 0o060_644, 0o010_644, 0o040_755] {
        assert_eq!(member_flaw(|member| member.mode = mode), Flaw::FileType(mode));
        let elsewhere = member_flaw(|member| (member.mode, member.system) = (mode, 0));
        assert_eq!(elsewhere, Flaw::FileType(mode));
    }
}

#[test]
fn unsafe_names_are_refused() {
    for name in [
        "../a",
        "/a",
        "a/../../b",
        "C:/a",
        "a\\b",
        "a\0b",
        "./a",
        "a//b",
        "",
    ] {
        let found = member_flaw(|member| member.name = name.as_bytes().to_vec());
        assert!(matches!(found, Flaw::UnsafePath(_)), "{name}: {found:?}");
    }
    assert_eq!(
        member_flaw(|member| member.name = b"\xff".to_vec()),
        Flaw::NameEncoding
    );
    assert_eq!(
        member_flaw(|member| member.name = "ü".as_bytes().to_vec()),
        Flaw::NameEncoding
    );
}

#[test]
fn bombs_are_refused() {
    // The sizes are lies, but possible ones; what they promise is refused before anything is inflated.
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..120_000).map(|_| noise()).collect();
    let mut zip = Zip::default();
    for number in 0..3 {
        let mut member = Member::new(&format!("{number}"), noise.clone());
        member.size = Some(100 << 20);
        zip.members.push(member);
    }
    assert!(matches!(flaw(&zip.bytes()), Flaw::Bomb { .. }));
}
