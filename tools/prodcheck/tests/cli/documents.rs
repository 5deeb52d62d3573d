//! Documents of other tools, what is accepted, and what the words look like.

use crate::host::{DEPLOY, Host, found};
use kit::World;
use snapbox::str;

fn look(world: &World) -> kit::Run {
    let empty = world.folder("empty");
    world
        .run(env!("CARGO_BIN_EXE_prodcheck"))
        .arg("--root")
        .arg(empty)
}

#[test]
fn drift_that_other_tools_tell_of() {
    let world = World::new();
    let etc = r#"{"schema":"etcsync.status/1","root":"/etc","generation":2,"managed":9,
        "drift":[{"path":"nginx/nginx.conf","how":"changed"}],"pending":["nginx"],"interrupted":null}"#;
    let venv = r#"{"schema":"verified/1","path":"/srv/notes/venv","packages":1,"files":9,
        "findings":[{"path":"lib/a.py","what":"changed","package":"a"}]}"#;
    let release = r#"{"schema":"relswitch.status/1","current":null,"since":null,"previous":null,"next":null,
        "interrupted":"two","local_commits":[{"commit":"abc","subject":"x"}]}"#;
    for (name, text) in [("etc", etc), ("venv", venv)] {
        world.write(name, text);
    }
    let run = look(&world).args(["--with", "etc", "--with", "venv", "--with", "-"]);
    assert_eq!(
        found(&run.stdin(release).output().expect(1).json()),
        [
            "environment-drift /srv/notes/venv: Changed: lib/a.py",
            "etc-drift /etc/nginx/nginx.conf: changed since etcsync wrote it",
            "etc-pending /etc: nginx was not told",
            "release-drift current: a switch to two was interrupted; it lacks the commit abc made here",
        ]
    );
}

#[test]
fn a_failure_of_the_command_before_is_passed_on() {
    let world = World::new();
    let text = r#"{"schema":"error/1","tool":"etcsync","kind":"lock-held","message":"m"}"#;
    let ran = look(&world).args(["--with", "-"]).stdin(text).output().expect(75);
    assert_eq!(ran.json()["tool"], "etcsync");
    assert_eq!(ran.stderr, "");
}

#[test]
fn rubbish_is_refused() {
    let world = World::new();
    world.write("lock", r#"{"schema":"lock/1"}"#);
    world.write("half", r#"{"schema":"etcsync.status/1","root":"#);
    for name in ["lock", "half"] {
        look(&world)
            .args(["--with", name])
            .output()
            .fails(65, "bad-document");
        look(&world)
            .args(["--baseline", name])
            .output()
            .fails(65, "bad-document");
    }
    look(&world)
        .args(["--with", "nowhere"])
        .output()
        .fails(65, "not-found");
    let unknown = look(&world).args(["--allow", "no-such-id"]).output().expect(2);
    assert!(
        unknown.stderr.contains("nothing has the id no-such-id"),
        "{}",
        unknown.stderr
    );
    look(&world)
        .args(["--user", "nobody-here"])
        .output()
        .fails(65, "not-found");
    let nowhere = world
        .run(env!("CARGO_BIN_EXE_prodcheck"))
        .args(["--root", "nowhere"]);
    nowhere.output().fails(65, "not-found");
}

#[test]
fn what_was_known_before_counts_no_more() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.file("home/deploy/.netrc", "machine a\n", 0o600, DEPLOY);
    host.file("etc/open", "", 0o666, 0);
    let before = host.check().output().expect(1);
    host.world.write("before.json", &before.stdout);
    let again = |arguments: &[&str]| host.check().args(["--baseline", "before.json"]).args(arguments);
    assert_eq!(again(&[]).succeed().json()["open"], 0);

    host.file("home/deploy/.netrc", "machine a\n", 0o644, DEPLOY);
    fs_err::remove_file(host.path("etc/open")).unwrap();
    let worse = again(&[]).output().expect(1).json();
    assert_eq!(
        found(&worse),
        ["stored-credentials /home/deploy/.netrc: it has mode 0644 and belongs to deploy"]
    );
    assert_eq!(worse["gone"][0]["subject"], "/etc/open");
    again(&["--allow", "stored-credentials=/home/deploy/.netrc"]).succeed();
    again(&["--allow", "stored-credentials=/home/deploy/other"])
        .output()
        .expect(1);
}

#[test]
fn words() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.file("home/deploy/.netrc", "machine a\n", 0o600, DEPLOY);
    host.file("etc/open", "", 0o666, 0);
    let said = host
        .check()
        .args(["--format", "text", "--allow", "etc-writable"])
        .output()
        .expect(1);
    snapbox::assert_data_eq!(
        said.text(),
        str![[r#"
etc-writable
  /etc/open (allowed)
stored-credentials
  /home/deploy/.netrc: it has mode 0600 and belongs to deploy
  why: who takes this host over can log in elsewhere with them
  mend: remove the file; production needs no index, no repository and no account elsewhere
not looked at: processes: the root is not this machine's
1 finding, 1 more accepted

"#]]
    );
}

#[test]
fn the_manual_page_explains_every_id() {
    let world = World::new();
    let list = world
        .run(env!("CARGO_BIN_EXE_prodcheck"))
        .args(["--list", "--format", "json"])
        .succeed()
        .json();
    let kinds = list["kinds"].as_array().unwrap().iter();
    let ids: Vec<_> = kinds
        .map(|kind| kind["id"].as_str().unwrap().to_owned())
        .collect();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../man/prodcheck.1");
    let page = fs_err::read_to_string(page).unwrap();
    let explained: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".It Li "))
        .collect();
    assert_eq!(explained, ids);
}
