//! Several at once: two runs, and a push in the middle of one.

use std::time::Duration;

use crate::world::Site;

#[test]
fn a_second_one_that_is_killed_while_it_waits_leaves_the_first_alone() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let first = site.relswitch(&format!("switch {id} --reload 'sleep 2'")).spawn();
    wait_for_lock(&site);
    let mut second = site.relswitch("stage main --wait 60").spawn();
    std::thread::sleep(Duration::from_millis(300));
    second.kill().unwrap();
    second.wait().unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(
        (site.current(), site.states()),
        (Some(id), vec!["current".into()])
    );
    site.relswitch("stage main").succeed();
}

#[test]
fn the_second_of_two_fails_or_waits_and_a_killed_one_locks_nobody_out() {
    let site = Site::with_commit();
    let id = site.ready("main");
    let slow = format!("switch {id} --reload 'sleep 3'");
    let first = site.relswitch(&slow).spawn();
    wait_for_lock(&site);
    let failed = site.relswitch("stage main").output().fails(75, "lock-held");
    assert!(failed.stderr.contains("relswitch switch"), "{}", failed.stderr);
    site.relswitch("list").succeed();
    site.relswitch("stage main --wait 60").succeed();
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(site.current(), Some(id));

    let other = site.ready("main");
    let mut killed = site
        .relswitch(&format!("switch {other} --reload 'sleep 5'"))
        .spawn();
    wait_for_lock(&site);
    killed.kill().unwrap();
    killed.wait().unwrap();
    // The reload goes on, and holds nothing of ours.
    site.relswitch("stage main").succeed();
}

fn wait_for_lock(site: &Site) {
    let lock = site.world.path("app/.relswitch/lock");
    kit::until("somebody has the lock", || disk::Lock::is_held(&lock).unwrap());
}

/// A git that moves the branch to what was pushed meanwhile, as soon as its name has been looked up.
const MOVING_GIT: &str = "#!/bin/sh
/usr/bin/git \"$@\" || exit
case \" $* \" in *' cat-file '*)
    test -e moved || /usr/bin/git -C app/repo.git update-ref refs/heads/main refs/heads/next
    : >moved
esac
";

#[test]
fn a_branch_that_moves_while_it_is_staged_is_staged_as_it_was() {
    let site = Site::with_commit();
    let one = site.git("dev", &["rev-parse", "HEAD"]);
    let two = site.commit("dev", "page", "two");
    site.git("dev", &["push", "--quiet", "production", "HEAD:next"]);
    site.world.program("moving/git", MOVING_GIT);
    let path = format!("{}:/usr/bin:/bin", site.world.path("moving").display());
    let staged = site.relswitch("stage main").env("PATH", path).succeed().json();
    assert_eq!(
        site.git("app/repo.git", &["rev-parse", "main"]),
        two,
        "it has moved"
    );
    assert_eq!(staged["commit"], one);
    let page = format!("app/{}/page", staged["path"].as_str().unwrap());
    assert_eq!(site.world.read(page), "one");
    let pin = format!("refs/relswitch/{}", staged["id"].as_str().unwrap());
    assert_eq!(site.git("app/repo.git", &["rev-parse", &pin]), one);
}
