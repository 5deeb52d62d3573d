//! Five hosts, each with an sshd and an application that is asked all the time: a rolling deployment, a release whose
//! probe fails, a host that dies, a run that goes on where the one before ended.

pub(crate) mod world;

use kit::Ran;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use world::{Fleet, HTTP, project};

/// Asks hosts for their pages until told to stop.
struct Visitors {
    stop: AtomicBool,
    answered: AtomicUsize,
    lost: AtomicUsize,
}

/// Runs something while visitors ask all hosts but those named; returns how many were answered and not.
fn under_load<T>(fleet: &Fleet, but: &[usize], during: impl FnOnce() -> T) -> (T, usize, usize) {
    let visitors = Visitors {
        stop: AtomicBool::new(false),
        answered: AtomicUsize::new(0),
        lost: AtomicUsize::new(0),
    };
    let done = std::thread::scope(|scope| {
        for (at, host) in fleet.hosts.iter().enumerate() {
            if !but.contains(&at) {
                scope.spawn(|| visitors.visit(host));
            }
        }
        let done = during();
        visitors.stop.store(true, Ordering::Relaxed);
        done
    });
    (done, visitors.answered.into_inner(), visitors.lost.into_inner())
}

impl Visitors {
    fn visit(&self, host: &world::Host) {
        while !self.stop.load(Ordering::Relaxed) {
            let counter = if host.page().is_ok() {
                &self.answered
            } else {
                &self.lost
            };
            counter.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Makes the application's folder on every host, as an administrator does once.
pub(crate) fn prepare_hosts(fleet: &Fleet) {
    for (at, host) in fleet.hosts.iter().enumerate() {
        let configuration = format!(
            r#"{{"schema": "relswitch.config/1", "keep": 3, "timeout": 90,
                "reload": ["python3 /srv/hold.py reload {0} {HTTP}"],
                "probe": ["python3 /srv/hold.py probe {0} {HTTP}"]}}"#,
            host.address
        );
        let make = "cat >/tmp/config-$$ && relswitch init /srv/notes && mv /tmp/config-$$ /srv/notes/.relswitch/config.json";
        let run = fleet.develop("$SSH \"$0\" \"$1\" <<<\"$2\"");
        run.arg(&host.name).arg(make).arg(configuration).succeed();
        assert_eq!(fleet.on(at, "id -un").text(), "deploy\n");
    }
}

fn commit(fleet: &Fleet, change: &str, message: &str) {
    let script = format!("{change}; git add --all; git commit -q -m '{message}'");
    fleet.develop(&script).succeed();
}

fn fab(fleet: &Fleet, task: &str, more: &str) -> Ran {
    let script = format!(
        "fab -r $SCRIPTS {task} --hosts {} --app /srv/notes --ssh-config $SSH_CONFIG {more}",
        fleet.names()
    );
    fleet.develop(&script).output()
}

/// Returns the result of each host in the table of a run.
fn results(ran: &Ran) -> Vec<String> {
    let text = ran.text();
    let rows = text.lines().filter(|line| line.starts_with("web"));
    rows.map(|row| row.split_whitespace().skip(4).collect::<Vec<_>>().join(" "))
        .collect()
}

pub(crate) fn serving(fleet: &Fleet) -> Vec<String> {
    fleet.hosts.iter().map(world::Host::serves).collect()
}

#[test]
fn five_hosts() {
    if !world::can_start() {
        return;
    }
    let mut fleet = Fleet::start(5);
    project(&fleet.world);
    prepare_hosts(&fleet);
    fleet.develop("git init -q -b main").succeed();
    commit(&fleet, "true", "First");

    let first = fab(&fleet, "deploy", "--serial 4").expect(0);
    assert_eq!(results(&first), ["switched"; 5], "{}", first.text());
    let old = serving(&fleet);

    a_rolling_deployment_loses_no_request(&fleet, &old);
    let good = serving(&fleet);
    a_release_whose_probe_fails_goes_back(&fleet, &good);
    a_host_that_dies_takes_nobody_along(&mut fleet, &good);
    the_next_run_goes_on(&mut fleet, &good);
}

fn a_rolling_deployment_loses_no_request(fleet: &Fleet, old: &[String]) {
    commit(fleet, "echo two >two.txt", "Second");
    let (ran, answered, lost) = under_load(fleet, &[], || fab(fleet, "deploy", "--serial 2"));
    let ran = ran.expect(0);
    assert_eq!(results(&ran), ["switched"; 5], "{}", ran.text());
    assert_eq!(lost, 0, "of {}", answered + lost);
    assert!(answered > 50, "{answered}");
    for (new, old) in serving(fleet).iter().zip(old) {
        assert_ne!(new, old);
    }
    let built = fleet.on(0, "cat /srv/notes/current/built").text();
    assert_eq!(built, "built\n");
}

fn a_release_whose_probe_fails_goes_back(fleet: &Fleet, good: &[String]) {
    // On the third host, the first of its batch, the application says that it is another release.
    let change = "sed -i 's/^RELEASE = .*/RELEASE = \"wrong\" if os.path.exists(\"\\/srv\\/odd\") else os.environ.get(\"RELSWITCH_ID\")/' app.py";
    commit(fleet, change, "A mistake that one host shows");
    let patience = |seconds: u32| {
        format!("sed -i 's/\"timeout\": [0-9]*/\"timeout\": {seconds}/' /srv/notes/.relswitch/config.json")
    };
    fleet
        .on(2, &format!("touch /srv/odd; {}", patience(10)))
        .expect(0);
    let (ran, _, lost) = under_load(fleet, &[2], || fab(fleet, "deploy", "--serial 1"));
    let ran = ran.expect(1);
    let results = results(&ran);
    assert_eq!(&results[..2], ["rolled back"; 2], "{}", ran.text());
    assert!(
        results[2].starts_with("FAILED: relswitch switch ended with 3"),
        "{results:?}"
    );
    assert_eq!(&results[3..], ["prepared"; 2]);
    assert_eq!(lost, 0);
    assert_eq!(serving(fleet), good);
    fleet.on(2, &format!("rm /srv/odd; {}", patience(90))).expect(0);
}

fn a_host_that_dies_takes_nobody_along(fleet: &mut Fleet, good: &[String]) {
    commit(fleet, "git revert -n HEAD; echo three >three.txt", "Third");
    // The fourth one's power goes while it switches.
    fleet.on(3, "touch /srv/slow; sed -i 's/^def reload(address, port):/&\\n    time.sleep(60 if os.path.exists(\"\\/srv\\/slow\") else 0)/' /srv/hold.py").expect(0);
    let mut victim = fleet.hosts.remove(3);
    let name = victim.name.clone();
    let folder = fleet
        .world
        .path(format!("hosts/{name}/srv/notes/.relswitch/journal"));
    let hosts = "web1,web2,web3,web4,web5";
    let script = format!("fab -r $SCRIPTS deploy --hosts {hosts} --app /srv/notes --ssh-config $SSH_CONFIG");
    let run = fleet.develop(&script);
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| run.output());
        while !run.is_finished() && !folder.exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        victim.die();
        run.join().unwrap()
    });
    let ran = ran.expect(1);
    let results = results(&ran);
    assert_eq!(&results[..3], ["rolled back"; 3], "{}", ran.text());
    assert!(results[3].starts_with("FAILED: "), "{results:?}");
    assert_eq!(results[4], "prepared");
    let living: Vec<_> = good
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != 3)
        .map(|(_, id)| id.clone())
        .collect();
    assert_eq!(serving(fleet), living);
    fleet.hosts.insert(3, victim);
}

fn the_next_run_goes_on(fleet: &mut Fleet, good: &[String]) {
    let Fleet { world, hosts } = fleet;
    hosts[3].start(world);
    fleet
        .on(3, "rm /srv/slow /srv/run/*; relswitch recover -C /srv/notes")
        .expect(0);
    // What starts services at boot.
    let boot = format!("python3 /srv/hold.py reload {} {HTTP}", fleet.hosts[3].address);
    fleet.on(3, &boot).expect(0);
    assert_eq!(fleet.hosts[3].serves(), good[3], "recover went back");
    let ran = fab(fleet, "deploy", "--serial 4").expect(0);
    assert_eq!(results(&ran), ["switched"; 5], "{}", ran.text());
    let again = fab(fleet, "deploy", "--serial 4").expect(0);
    assert_eq!(results(&again), ["already"; 5], "{}", again.text());
    let status = fab(fleet, "status", "").expect(0);
    assert_eq!(results(&status), ["ok"; 5], "{}", status.text());
    let back = fab(fleet, "rollback", "--keep-good").expect(0);
    assert_eq!(results(&back), ["rolled back"; 5]);
    assert_eq!(serving(fleet), good);
}
