//! Reflinks, on file systems that have them: on loop mounts of their own, which need root.

use kit::World;
use kit::wheel::Wheel;
use serde_json::Value;

use crate::faults::binary;
use crate::{demo, world};

/// What a script says that could not mount the file system: this kernel has none, or allows none.
const NOT_HERE: i32 = 99;

/// Makes a file system, mounts it where nobody else sees it, and runs a script on it as the unprivileged user.
const ON_IT: &str = r#"
set -e
truncate -s 512M disk
"mkfs.$1" -q disk >&2
mount -o loop disk place || exit 99
chown 33:33 place
[ "$1" != btrfs ] || { btrfs subvolume create place/other >&2; chown 33:33 place/other; }
exec setpriv --reuid 33 --regid 33 --clear-groups sh -ec "$2" "$3" "$4"
"#;

/// Runs a script on a file system; `None` where that cannot be.
#[expect(clippy::print_stderr, reason = "says aloud what is skipped")]
fn on_it(world: &World, kind: &str, script: &str) -> Option<kit::Ran> {
    if !kit::is_root() {
        eprintln!("SKIPPED: mounting {kind} needs root");
        return None;
    }
    let tool = binary(world);
    world.folder("place");
    let run = world
        .run("/usr/bin/unshare")
        .args(["--mount", "/bin/sh", "-c", ON_IT]);
    let run = run.args(["sh", kind, script]).arg(tool).arg(kit::PYTHON);
    let ran = run.as_caller().output();
    if ran.status == NOT_HERE {
        eprintln!("SKIPPED: no {kind} here: {}", ran.stderr);
        return None;
    }
    Some(ran.expect(0))
}

fn reports(ran: &kit::Ran) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_slice(&ran.stdout).into_iter();
    documents.map(Result::unwrap).collect()
}

/// The demo, and a file that is worth blocks of its own.
fn wheels() -> [Wheel; 2] {
    let content = (0..20_000).map(|line| format!("{line}\n")).collect::<String>();
    [demo(), Wheel::new("other", "2").file("other.txt", content)]
}

const ASKED_FOR: &str = r#"
for round in 1 2; do
    rm -rf place/venv
    "$0" --python "$1" --store place/store --link-mode reflink -r requirements.txt -w wheels place/venv
done
file=place/venv/lib/python3.11/site-packages/other.txt
filefrag -v "$file" | grep -q shared
[ "$(stat -c '%h %a %Y' "$file")" = "1 644 315532800" ]
place/venv/bin/demo runs >&2
"$0" --verify place/venv >&2
echo changed >>"$file"
"$0" --store place/store --store-verify >&2
"#;

#[test]
fn files_share_their_data_and_nothing_else() {
    for kind in ["xfs", "btrfs"] {
        let world = world(&wheels());
        let Some(ran) = on_it(&world, kind, ASKED_FOR) else {
            continue;
        };
        let reports = reports(&ran);
        assert_eq!(
            (&reports[0]["linked"], &reports[1]["linked"]),
            (&0.into(), &2.into()),
            "{kind}"
        );
        assert!(
            reports.iter().all(|report| report["copied"] == 0),
            "{kind}: {reports:?}"
        );
        assert_eq!(reports[0]["tree"], reports[1]["tree"], "{kind}");
        assert!(ran.stderr.contains("demo runs"), "{kind}");
    }
}

const BY_ITSELF: &str = r#"
"$0" --python "$1" --store place/store -r requirements.txt -w wheels place/other/venv
filefrag -v place/other/venv/lib/python3.11/site-packages/other.txt | grep -q shared
place/other/venv/bin/demo runs >&2
"#;

#[test]
fn where_hard_links_cannot_be_reflinks_are_taken() {
    let world = world(&wheels());
    // Two subvolumes of one btrfs share no inodes, but data.
    if let Some(ran) = on_it(&world, "btrfs", BY_ITSELF) {
        assert_eq!(reports(&ran)[0]["copied"], 0);
        assert!(ran.stderr.contains("demo runs"));
    }
}
