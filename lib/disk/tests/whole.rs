//! Whole or not at all, seen from outside.

#![expect(clippy::unwrap_used, reason = "a helper that fails has failed the test")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use disk::{Begun, Durability, Error, Journal, Lock, Scratch, Staged};

fn mode(path: &Path) -> u32 {
    fs_err::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn write_atomic_replaces_content_and_mode_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    for (bytes, bits) in [(&b"one"[..], 0o644), (b"", 0o600), (b"three", 0o666)] {
        disk::write_atomic(&file, bytes, bits, Durability::Synced).unwrap();
        assert_eq!(
            (fs_err::read(&file).unwrap().as_slice(), mode(&file)),
            (bytes, bits)
        );
    }
    assert_eq!(names(folder.path()), ["state.json"]);
}

#[test]
fn write_atomic_replaces_a_link_and_not_what_it_points_to() {
    let folder = tempfile::tempdir().unwrap();
    let (other, link) = (folder.path().join("other"), folder.path().join("link"));
    fs_err::write(&other, "kept").unwrap();
    fs_err::os::unix::fs::symlink(&other, &link).unwrap();
    disk::write_atomic(&link, b"new", 0o644, Durability::Unsynced).unwrap();
    assert_eq!(fs_err::read(&other).unwrap(), b"kept");
    assert!(fs_err::symlink_metadata(&link).unwrap().is_file());
}

#[test]
fn what_killed_runs_left_is_swept_and_what_is_being_written_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lock.txt");
    let staged = Staged::new(&file, b"new", 0o644, Durability::Unsynced).unwrap();
    let others = [
        ".lock.txt.tmp-short",
        ".other.txt.tmp-abcd1234",
        "lock.txt.tmp-abcd1234",
    ];
    for name in others.iter().chain(&[".lock.txt.tmp-abcd1234"]) {
        fs_err::write(folder.path().join(name), "half").unwrap();
    }
    fs_err::create_dir(folder.path().join(".lock.txt.tmp-folder00")).unwrap();
    disk::sweep_files(&file).unwrap();
    staged.commit().unwrap();
    assert_eq!(fs_err::read(&file).unwrap(), b"new");
    let left = [
        ".lock.txt.tmp-folder00",
        others[0],
        others[1],
        "lock.txt",
        others[2],
    ];
    assert_eq!(names(folder.path()), left);
}

#[test]
fn what_was_staged_and_not_wanted_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lock.txt");
    drop(Staged::new(&file, b"new", 0o644, Durability::Synced).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn what_is_begun_has_no_name_until_it_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    for durability in [Durability::Unsynced, Durability::Contents, Durability::Synced] {
        fs_err::write(&file, "old").unwrap();
        let begun = [1, 2].map(|number| Begun::json(&file, &number, 0o640, durability).unwrap());
        let staged = begun.map(|begun| begun.wait().unwrap());
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "old");
        let [first, second] = staged;
        first.commit().unwrap();
        drop(second);
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "1\n");
        assert_eq!(mode(&file), 0o640);
        assert_eq!(names(folder.path()), ["file"]);
    }
}

#[test]
fn write_atomic_into_a_missing_folder_names_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none/state.json");
    let error = disk::write_atomic(&file, b"", 0o644, Durability::Synced).unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.path(), file);
}

#[test]
fn json_round_trips_and_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    assert_eq!(disk::read_json::<Vec<u32>>(&file).unwrap(), None);
    disk::write_json(&file, &vec![1, 2], 0o600, Durability::Unsynced).unwrap();
    assert_eq!(disk::read_json(&file).unwrap(), Some(vec![1, 2]));
    for rubbish in [&b""[..], b"[1, 2", b"[1] 2", b"\0", b"\xff", b"{}"] {
        fs_err::write(&file, rubbish).unwrap();
        let error = disk::read_json::<Vec<u32>>(&file).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{rubbish:?}: {error:?}");
    }
}

#[test]
fn what_is_no_file_is_told_and_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs_err::create_dir(at("folder")).unwrap();
    fs_err::os::unix::fs::symlink("nowhere", at("link")).unwrap();
    fs_err::os::unix::fs::symlink("ring", at("ring")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
    assert!(made.unwrap().success());
    for (name, what) in [
        ("folder", "a folder"),
        ("link", "a link that leads nowhere"),
        ("ring", "a link that leads nowhere"),
        ("pipe", "a device, a socket or a pipe"),
    ] {
        let expected = format!("{} has to be a regular file, found {what}", at(name).display());
        assert_eq!(disk::expect_file(&at(name)).unwrap_err().to_string(), expected);
        assert_eq!(
            disk::read_json::<u32>(&at(name)).unwrap_err().to_string(),
            expected
        );
        let read = Journal::<u32>::at(at(name)).read();
        assert_eq!(read.unwrap_err().to_string(), expected);
        let locked = Lock::exclusive(&at(name), "test", Duration::ZERO);
        assert!(matches!(locked, Err(Error::NotAFile { .. })), "{locked:?}");
    }
    assert!(!Lock::is_held(&at("pipe")).unwrap());
    fs_err::write(at("file"), "1").unwrap();
    fs_err::os::unix::fs::symlink("file", at("good")).unwrap();
    assert_eq!(disk::read_json(&at("good")).unwrap(), Some(1));
    disk::expect_file(&at("none")).unwrap();
}

#[test]
fn a_journal_is_there_from_write_to_clear() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::<String>::at(folder.path().join("journal"));
    assert_eq!(journal.read().unwrap(), None);
    journal.clear().unwrap();
    journal.write(&"commit".to_owned()).unwrap();
    journal.write(&"written".to_owned()).unwrap();
    assert_eq!(journal.read().unwrap().as_deref(), Some("written"));
    assert_eq!(mode(journal.path()), 0o600);
    journal.clear().unwrap();
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_mark_says_how_far_the_change_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::<Vec<String>>::at(folder.path().join("journal"));
    let read = || journal.read_marked::<String>().unwrap();
    let entry = vec!["a\n{}".to_owned(), "ä€".to_owned()];
    assert_eq!(read(), None);
    assert!(journal.mark(&"early").is_err());
    journal.write(&entry).unwrap();
    assert_eq!(read(), Some((entry.clone(), None)));
    journal.mark(&"written").unwrap();
    journal.mark(&"reloading").unwrap();
    assert_eq!(read(), Some((entry.clone(), Some("reloading".to_owned()))));
    let whole = fs_err::read(journal.path()).unwrap();
    for cut in 1..="\"reloading\"\n".len() {
        fs_err::write(journal.path(), &whole[..whole.len() - cut]).unwrap();
        assert_eq!(read(), Some((entry.clone(), Some("written".to_owned()))), "{cut}");
    }
    journal.write(&entry).unwrap();
    let whole = fs_err::read(journal.path()).unwrap();
    for cut in 1..=whole.len() {
        fs_err::write(journal.path(), &whole[..whole.len() - cut]).unwrap();
        assert_eq!(read(), None, "{cut}");
    }
    for rubbish in [&b"rubbish\n"[..], b"\xff\n"] {
        fs_err::write(journal.path(), rubbish).unwrap();
        let read = journal.read_marked::<String>();
        assert!(matches!(read, Err(Error::Damaged { .. })), "{read:?}");
    }
}

#[test]
fn a_dropped_scratch_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("venv");
    let scratch = Scratch::beside(&place, 0o755).unwrap();
    assert_eq!(mode(scratch.path()), 0o755);
    fs_err::create_dir(scratch.path().join("deep")).unwrap();
    fs_err::write(scratch.path().join("deep/file"), "x").unwrap();
    drop(scratch);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_scratch_is_published_whole_and_never_over_something() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("venv");
    let (first, second) = (
        Scratch::beside(&place, 0o755).unwrap(),
        Scratch::beside(&place, 0o755).unwrap(),
    );
    fs_err::write(first.path().join("who"), "first").unwrap();
    first.publish(Durability::Synced).unwrap();
    assert!(matches!(second.publish(Durability::Synced), Err(Error::Exists { path }) if path == place));
    assert!(matches!(
        Scratch::beside(&place, 0o755),
        Err(Error::Exists { .. })
    ));
    assert_eq!(fs_err::read(place.join("who")).unwrap(), b"first");
    assert_eq!(names(folder.path()), ["venv"]);
}

#[test]
fn a_scratch_refuses_a_dangling_link() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("venv");
    fs_err::os::unix::fs::symlink("nowhere", &place).unwrap();
    assert!(matches!(
        Scratch::beside(&place, 0o755),
        Err(Error::Exists { .. })
    ));
}

#[test]
fn leftovers_are_swept_but_held_and_foreign_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("venv");
    let held = Scratch::beside(&place, 0o755).unwrap();
    for name in [
        ".venv.tmp-dead0001",
        ".other.tmp-dead0001",
        ".venv.tmp-",
        ".venv.tmp-not ours",
        ".venvx.tmp-dead0001",
    ] {
        fs_err::create_dir(folder.path().join(name)).unwrap();
        fs_err::write(folder.path().join(name).join("file"), "x").unwrap();
    }
    let swept = Scratch::sweep(&place).unwrap();
    assert_eq!(swept, [folder.path().join(".venv.tmp-dead0001")]);
    assert!(held.path().exists());
    assert_eq!(names(folder.path()).len(), 5);
    let swept = Scratch::sweep_folder(folder.path()).unwrap();
    let expected = [".other.tmp-dead0001", ".venvx.tmp-dead0001"].map(|name| folder.path().join(name));
    assert_eq!(swept, expected);
}

#[test]
fn many_threads_making_and_sweeping_publish_exactly_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("venv");
    let make = || Scratch::beside(&place, 0o755).and_then(|scratch| scratch.publish(Durability::Unsynced));
    let published = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads
            .into_iter()
            .filter(|_| true)
            .map(|thread| thread.join().unwrap())
            .filter(Result::is_ok)
            .count()
    });
    assert_eq!(published, 1);
    assert_eq!(names(folder.path()), ["venv"]);
}

#[test]
fn a_lock_names_its_holder_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lock");
    let lock = Lock::exclusive(&file, "relswitch stage main", Duration::ZERO).unwrap();
    assert!(Lock::is_held(&file).unwrap());
    let error = Lock::exclusive(&file, "another", Duration::from_millis(120)).unwrap_err();
    let expected = format!("process {}, relswitch stage main", std::process::id());
    assert!(matches!(error, Error::LockHeld { holder, .. } if holder == expected));
    drop(lock);
    assert!(!Lock::is_held(&file).unwrap());
    Lock::exclusive(&file, "b", Duration::ZERO).unwrap();
    let text = fs_err::read_to_string(&file).unwrap();
    assert_eq!(text, format!("process {}, b\n", std::process::id()));
}

#[test]
fn a_waiting_lock_gets_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lock");
    let first = Lock::exclusive(&file, "first", Duration::ZERO).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Lock::exclusive(&file, "second", Duration::from_secs(20)));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!second.is_finished());
        drop(first);
        second.join().unwrap().unwrap();
    });
}

#[test]
fn shared_folder_locks_are_seen_and_shared() {
    let folder = tempfile::tempdir().unwrap();
    let first = Lock::shared_folder(folder.path(), Duration::ZERO).unwrap();
    let second = Lock::shared_folder(folder.path(), Duration::ZERO).unwrap();
    drop(first);
    assert!(Lock::is_held(folder.path()).unwrap());
    assert!(matches!(
        Lock::exclusive_folder(folder.path()),
        Err(Error::LockHeld { .. })
    ));
    drop(second);
    assert!(!Lock::is_held(folder.path()).unwrap());
    Lock::exclusive_folder(folder.path()).unwrap();
}

#[test]
fn a_child_does_not_inherit_a_lock_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    for kept in [false, true] {
        let lock = Lock::shared_folder(folder.path(), Duration::ZERO).unwrap();
        if kept {
            lock.keep_on_exec().unwrap();
        }
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        drop(lock);
        // The child is past its exec when its command line says so.
        let command_line = PathBuf::from(format!("/proc/{}/cmdline", child.id()));
        while !fs_err::read(&command_line).unwrap().starts_with(b"sleep") {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(Lock::is_held(folder.path()).unwrap(), kept);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn relink_creates_and_switches_and_refuses_what_moved() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    let (a, b) = (Path::new("releases/a"), Path::new("releases/b"));
    assert_eq!(disk::read_link(&link).unwrap(), None);
    disk::relink(&link, None, a, Durability::Synced).unwrap();
    disk::relink(&link, Some(a), b, Durability::Synced).unwrap();
    assert_eq!(disk::read_link(&link).unwrap().as_deref(), Some(b));
    for stale in [None, Some(a)] {
        let error = disk::relink(&link, stale, a, Durability::Synced).unwrap_err();
        assert!(
            matches!(&error, Error::LinkMoved { found: Some(found), .. } if found == b),
            "{error:?}"
        );
    }
    assert_eq!(names(folder.path()), ["current"]);
}

#[test]
fn relink_refuses_a_folder_and_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    fs_err::create_dir(&link).unwrap();
    assert!(matches!(
        disk::relink(&link, None, Path::new("x"), Durability::Synced),
        Err(Error::NotALink { .. })
    ));
    fs_err::remove_dir(&link).unwrap();
    fs_err::write(&link, "").unwrap();
    assert!(matches!(
        disk::relink(&link, None, Path::new("x"), Durability::Synced),
        Err(Error::NotALink { .. })
    ));
    assert_eq!(names(folder.path()), ["current"]);
}

#[test]
fn links_left_by_a_crash_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    disk::relink(&link, None, Path::new("a"), Durability::Synced).unwrap();
    fs_err::os::unix::fs::symlink("b", folder.path().join(".current.tmp-Abc12345")).unwrap();
    fs_err::write(folder.path().join(".current.tmp-file"), "no link of ours").unwrap();
    assert_eq!(disk::sweep_links(&link).unwrap(), 1);
    assert_eq!(names(folder.path()), [".current.tmp-file", "current"]);
}

#[test]
fn a_reader_never_misses_during_switches() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    for id in ["a", "b"] {
        fs_err::create_dir(folder.path().join(id)).unwrap();
        fs_err::write(folder.path().join(id).join("id"), id).unwrap();
    }
    let (a, b) = (Path::new("a"), Path::new("b"));
    disk::relink(&link, None, a, Durability::Synced).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0_u32;
            while !done.load(Ordering::Relaxed) {
                fs_err::read(link.join("id")).unwrap();
                reads += 1;
            }
            reads
        });
        for _ in 0..50 {
            disk::relink(&link, Some(a), b, Durability::Synced).unwrap();
            disk::relink(&link, Some(b), a, Durability::Synced).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

#[test]
fn remove_tree_takes_read_only_trees_and_spares_what_links_point_to() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, kept) = (folder.path().join("tree"), folder.path().join("kept"));
    fs_err::create_dir_all(tree.join("a/b/c")).unwrap();
    fs_err::create_dir(&kept).unwrap();
    fs_err::write(kept.join("file"), "x").unwrap();
    fs_err::write(tree.join("a/b/file"), "x").unwrap();
    fs_err::os::unix::fs::symlink(&kept, tree.join("a/link")).unwrap();
    for (name, bits) in [("a/b/c", 0o000), ("a/b", 0o555), ("a", 0o500), ("", 0o555)] {
        let permissions = std::fs::Permissions::from_mode(bits);
        fs_err::set_permissions(tree.join(name), permissions).unwrap();
    }
    disk::remove_tree(&tree).unwrap();
    disk::remove_tree(&tree).unwrap();
    disk::remove_tree(&folder.path().join("no/where")).unwrap();
    assert_eq!(names(folder.path()), ["kept"]);
    assert!(kept.join("file").exists());
}

#[test]
fn unfinished_folders_can_be_removed_at_once() {
    // In a process of its own, so that the scratches of the other tests stay.
    if std::env::var_os("DISK_TEST_CHILD").is_none() {
        let name = "unfinished_folders_can_be_removed_at_once";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let status = child
            .args([name, "--exact"])
            .env("DISK_TEST_CHILD", "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["a", "b", "c"].map(|name| folder.path().join(name));
    Scratch::beside(&first, 0o755)
        .unwrap()
        .publish(Durability::Unsynced)
        .unwrap();
    drop(Scratch::beside(&second, 0o755).unwrap());
    let unfinished = Scratch::beside(&third, 0o755).unwrap();
    fs_err::write(unfinished.path().join("file"), "x").unwrap();
    disk::remove_unfinished();
    assert_eq!(names(folder.path()), ["a"]);
}
