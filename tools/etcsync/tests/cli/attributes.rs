//! What hangs on files: extended attributes, access control lists, labels.

use crate::{ETCSYNC, mode, ops, plan, sync, world};
use kit::World;

/// Python sets and reads the attribute: it is everywhere where the tests are.
#[test]
fn extended_attributes_are_kept() {
    let world = world();
    world.write("root/cron.d/app", "# before\n");
    let python = |script: &str| {
        let ran = world
            .run(kit::PYTHON)
            .args(["-c", &format!("import os\n{script}")])
            .output();
        (ran.status, ran.text())
    };
    let set = "os.setxattr('root/cron.d/app', 'user.note', b'keep me')";
    assert_eq!(
        python(set).0,
        0,
        "the tests need a file system with extended attributes"
    );
    let get = "print(os.getxattr('root/cron.d/app', 'user.note').decode(), end='')";
    sync(&world).expect(0);
    assert_eq!(python(get), (0, "keep me".to_owned()));
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert_eq!(world.read("root/cron.d/app"), "# before\n");
    assert_eq!(python(get), (0, "keep me".to_owned()));
}

/// Files are made outside the root and renamed, and still get what their folder passes on.
#[test]
fn new_files_get_the_default_list_of_their_folder() {
    let world = world();
    world.folder("root/cron.d");
    // user:33 may read, the mask says rwx: what setfacl -d -m u:33:r writes.
    let list = "b'\\2\\0\\0\\0' + b''.join(struct.pack('<HHI', *entry) for entry in [(1, 7, 0xffffffff), (2, 4, 33), \
                (4, 5, 0xffffffff), (16, 7, 0xffffffff), (32, 5, 0xffffffff)])";
    let python = |script: &str| {
        let script = format!("import os, struct\n{script}");
        world.run(kit::PYTHON).args(["-c", &script]).succeed().text()
    };
    python(&format!(
        "os.setxattr('root/cron.d', 'system.posix_acl_default', {list})"
    ));
    // The same file, made in the folder itself, as any editor does.
    python("os.close(os.open('root/cron.d/peer', os.O_CREAT | os.O_WRONLY, 0o644))");
    sync(&world).expect(0);
    let shown = |name: &str| {
        python(&format!(
            "print(os.getxattr('root/cron.d/{name}', 'system.posix_acl_access').hex())"
        ))
    };
    assert_eq!(shown("app"), shown("peer"));
    assert_eq!(mode(&world, "root/cron.d/app"), mode(&world, "root/cron.d/peer"));
    assert_eq!(ops(&plan(&world)), [""; 0]);
}

/// A file that is removed, and comes back: with all that hung on it.
#[test]
fn what_hung_on_a_file_comes_back_with_it() {
    let world = world();
    world.write("root/gone", "mine\n");
    world.write("etc.attrs", "/gone absent\n");
    let python = |script: &str| {
        let script = format!("import os\n{script}");
        world.run(kit::PYTHON).args(["-c", &script]).succeed().text()
    };
    python("os.setxattr('root/gone', 'user.note', b'keep me')");
    sync(&world).expect(0);
    assert!(!world.path("root/gone").exists());
    world.run(ETCSYNC).args(["rollback", "--root", "root"]).succeed();
    assert_eq!(
        python("print(os.getxattr('root/gone', 'user.note').decode())"),
        "keep me\n"
    );
    // And where the run is taken back half-way: killed when the file is gone, and not before.
    for step in 5.. {
        let plan = plan(&world);
        let apply = world
            .run(ETCSYNC)
            .args(["apply", "-"])
            .env("ETCSYNC_CRASH_AT", step.to_string());
        let ran = apply.stdin(plan.stdout).output();
        assert_eq!(ran.status, 128 + 9, "{}", ran.stderr);
        let is_gone = !world.path("root/gone").exists();
        world.run(ETCSYNC).args(["recover", "--root", "root"]).succeed();
        if is_gone {
            break;
        }
    }
    assert_eq!(
        python("print(os.getxattr('root/gone', 'user.note').decode())"),
        "keep me\n"
    );
}

/// Labels of a kernel that has none: only root may set them, and nobody judges them here. A new file gets its
/// folder's, one that replaces another keeps that one's, and what belongs to a content goes with it.
#[test]
fn labels_are_kept_and_passed_on() {
    if !kit::is_root() {
        return;
    }
    let world = World::new();
    for name in ["new/app", "old/app", "new/deep/app"] {
        world.write(format!("etc/{name}"), "ours\n");
    }
    world.write("root/old/app", "theirs\n");
    world.folder("root/new");
    let python = |script: &str| {
        let script = format!("import os\n{script}");
        let run = world.run(kit::PYTHON).as_caller();
        run.args(["-c", &script]).succeed().text()
    };
    let set = |path: &str, name: &str, value: &str| {
        python(&format!("os.setxattr('root/{path}', 'security.{name}', {value})"));
    };
    let shown = |path: &str| {
        python(&format!(
            "names = sorted(os.listxattr('root/{path}'))\n\
             print(*[name[9:] + '=' + os.getxattr('root/{path}', name).decode() for name in names])"
        ))
    };
    set("new", "selinux", "b'of:the:folder'");
    set("new", "SMACK64", "b'folder'");
    set("old/app", "selinux", "b'of:the:file'");
    // CAP_NET_RAW, permitted and effective.
    set(
        "old/app",
        "capability",
        "bytes.fromhex('0100000200200000000000000000000000000000')",
    );
    let run = |arguments: &[&str]| {
        let run = world.run(ETCSYNC).as_caller();
        run.args(arguments).args(["--state", "state"])
    };
    let plan = run(&["plan", "etc", "--root", "root"]).succeed();
    run(&["apply", "-"]).stdin(plan.stdout).succeed();
    assert_eq!(shown("new/app"), "SMACK64=folder selinux=of:the:folder\n");
    assert_eq!(shown("old/app"), "selinux=of:the:file\n");
    run(&["rollback", "--root", "root"]).succeed();
    assert_eq!(world.read("root/old/app"), "theirs\n");
    assert_eq!(
        python("print(sorted(os.listxattr('root/old/app')))"),
        "['security.capability', 'security.selinux']\n"
    );
}
