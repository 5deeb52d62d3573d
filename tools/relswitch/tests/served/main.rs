//! What visitors see while releases change: Django behind gunicorn, fed by pushes over ssh.
//!
//! [`production`] is the host with its application, [`ssh`] the way into it. [`visitors`] ask all the time and compare
//! what they get. [`holder`] hands over a socket as systemd does; [`supervisor`] is supervisord.

#![expect(clippy::unwrap_used, reason = "a test that cannot look has failed")]
#![expect(
    clippy::disallowed_types,
    reason = "services and visitors speak over loopback"
)]

mod holder;
mod production;
mod ssh;
mod supervisor;
mod visitors;

use serde_json::json;

use holder::Holder;
use production::Production;
use supervisor::Supervisor;
use visitors::Visitors;

/// How often the release changes while visitors ask.
const SWITCHES: usize = 50;

#[test]
fn a_pushed_commit_is_served_and_the_key_is_good_for_nothing_else() {
    let Some(production) = Production::new() else {
        return;
    };
    let holder = Holder::new(&production);
    production.deploy_pushes(&holder.hooks());
    production.push("first");
    let first = production.current();
    let pushed = production.push("second");
    assert!(pushed.stderr.contains("remote: deployed"), "{}", pushed.stderr);
    let seen = visitors::ask(holder.port(), "/").unwrap();
    assert_eq!((seen.text.as_str(), seen.id), ("second", production.current()));
    assert_ne!(first, production.current());

    for command in ["id", "cat /etc/passwd", "relswitch list"] {
        let refused = production.ssh(command).output();
        assert_ne!(refused.status, 0, "{command}: {}", refused.text());
    }
    production.change_requirements();
    let pushed = production.push("third");
    assert!(pushed.stderr.contains("no wheels in"), "{}", pushed.stderr);
    assert_eq!(visitors::ask(holder.port(), "/").unwrap().text, "second");
}

#[test]
fn behind_a_socket_handed_over_no_request_is_lost_or_mixed_in_fifty_switches() {
    let Some(production) = Production::new() else {
        return;
    };
    let releases = production.two_releases();
    let holder = Holder::new(&production);
    let hooks = holder.hooks();
    production.switch(&releases[0], &hooks).succeed();
    let visitors = Visitors::at(holder.port());
    for round in 1..=SWITCHES {
        production.switch(&releases[round % 2], &hooks).succeed();
    }
    visitors.leave().saw(&releases, SWITCHES);
}

#[test]
fn under_supervisord_no_request_is_lost_or_mixed_in_fifty_switches() {
    let Some(production) = Production::new() else {
        return;
    };
    let releases = production.two_releases();
    production.switch(&releases[0], "").succeed();
    let supervisor = Supervisor::new(&production);
    let hooks = supervisor.hooks();
    let visitors = Visitors::at(supervisor.port());
    for round in 1..=SWITCHES {
        production.switch(&releases[round % 2], &hooks).succeed();
    }
    visitors.leave().saw(&releases, SWITCHES);
}

#[test]
fn a_hup_is_told_by_the_probe_with_preload_and_without() {
    let Some(production) = Production::new() else {
        return;
    };
    let [one, two] = production.two_releases();
    production.switch(&one, "").succeed();
    // As people start it, in `current`: the workers take the new code, on the old environment. With --preload the
    // master keeps the old code, and so does one started by `exec`, whose working folder stays the release's own.
    let new_on_old = format!("code of {two}");
    for (by_exec, options, served) in [
        (false, &[][..], &new_on_old),
        (false, &["--preload"], &one),
        (true, &[], &one),
    ] {
        let holder = Holder::new(&production);
        let master = if by_exec {
            holder.exec(options)
        } else {
            holder.start_in_current(options)
        };
        holder.await_release(&one);
        let hup = format!("--reload 'kill -HUP {}'", master.id());
        let hooks = format!("{hup} {} --timeout 6", production.probe(holder.port()));
        let failed = production.switch(&two, &hooks).output();
        let report = failed.fails(3, "probe-failed").json()["report"].clone();
        assert_eq!(report["current"], one.as_str(), "{report:#}");
        assert!(
            report["commands"][1]["why"].as_str().unwrap().contains(served),
            "{report:#}"
        );
        assert_eq!(production.current(), one);
        // The HUP after going back has the old release served whole again.
        holder.await_release(&one);
        holder.stop(master);
        production.relswitch(&["ready", &two]).succeed();
    }
}

#[test]
fn a_worker_that_finishes_in_the_old_release_keeps_it() {
    let Some(production) = Production::new() else {
        return;
    };
    let [one, two] = production.two_releases();
    production.switch(&one, "").succeed();
    let holder = Holder::new(&production);
    let master = holder.exec(&[]);
    holder.await_release(&one);
    let port = holder.port();
    let long = std::thread::spawn(move || visitors::ask(port, "/?sleep=6").unwrap());
    kit::until("a worker is busy", || production.world.path("app/busy").exists());
    production.kill("TERM", &master);
    // The way back leads to the second of these, so nothing but its worker speaks for the first.
    production.switch(&two, "").succeed();
    let three = production.stage();
    production.switch(&three, "").succeed();
    let report = production.relswitch(&["prune", "--keep", "1"]).succeed().json();
    assert_eq!(report["removed"], json!([]), "{report:#}");
    assert_eq!(report["kept"][0]["why"], "in-use", "{report:#}");
    assert_eq!(long.join().unwrap().id, one);
    holder.stop(master);
    let report = production.relswitch(&["prune", "--keep", "1"]).succeed().json();
    assert_eq!(report["removed"], json!([one]), "{report:#}");
}
