//! Real daemons judge real configurations, by root where the tests are root's: `/etc`, and what
//! else they write to, are scratch copies in a mount namespace of the test's own, never the
//! machine's.

use crate::{ETCSYNC, ops, tree};
use kit::{Ran, Run, World, has};
use std::process::Command;

/// Puts the copies over the real places, then runs the rest of its arguments.
const SETTING: &str = "mount --bind system /etc && \
                       { test ! -d /var/spool/cron/crontabs || mount --bind spool /var/spool/cron/crontabs; } && \
                       { test ! -d /var/lib/apache2 || mount --bind var/apache2 /var/lib/apache2; } && \
                       mount --bind var/dpkg /var/lib/dpkg && \
                       mount -t tmpfs tmpfs /run && mkdir /run/sshd /run/lock && exec \"$@\"";

/// A world with a copy of the machine's `/etc`.
pub(crate) struct Host {
    pub(crate) world: World,
}

impl Host {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let mut copy = Command::new("cp");
        copy.arg(if kit::is_root() { "-a" } else { "-r" })
            .arg("/etc")
            .arg(world.path("system"));
        // An ordinary user cannot copy everything, and does not need to.
        let copied = copy.output().unwrap();
        assert!(copied.status.success() || !kit::is_root(), "{copied:?}");
        world.folder("etc");
        // The crontabs of users: cron's own place for them, as private as the copy.
        world.folder("spool");
        crate::chmod(&world, "spool", 0o777);
        // What apache's and dpkg's commands write.
        world.folder("var/apache2");
        world.folder("var/dpkg");
        for folder in ["info", "updates", "triggers"] {
            world.folder(format!("var/dpkg/{folder}"));
        }
        _ = fs_err::copy("/var/lib/dpkg/status", world.path("var/dpkg/status"));
        Self { world }
    }

    /// Prepares to run etcsync as root of a namespace in which the copy is `/etc`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.inside(ETCSYNC).args(arguments).args(["--state", "state"])
    }

    /// Prepares to run another program there.
    pub(crate) fn inside(&self, program: &str) -> Run {
        let flags = if kit::is_root() { "-m" } else { "-Urm" };
        let unshare = self.world.run("unshare").as_caller();
        unshare.args([flags, "sh", "-c", SETTING, "sh", program])
    }

    pub(crate) fn plan(&self) -> Ran {
        self.run(&["plan", "etc"]).succeed()
    }

    pub(crate) fn apply(&self) -> Ran {
        let plan = self.plan();
        self.run(&["apply", "-", "--no-reload"])
            .stdin(plan.stdout)
            .output()
    }
}

/// Has a daemon judge a good configuration, which must arrive, and a broken one, which must not.
#[track_caller]
pub(crate) fn judges(service: &str, path: &str, good: &str, broken: &str, complaint: &str) {
    let host = Host::new();
    host.world.write(format!("etc/{path}"), good);
    let report = host.apply().expect(0).json();
    let check = &report["checks"][0];
    assert_eq!(
        (
            check["name"].as_str(),
            check["result"].as_str(),
            check["how"].as_str()
        ),
        (Some(service), Some("passed"), Some("overlay")),
        "{report:#}"
    );
    assert_eq!(host.world.read(format!("system/{path}")), good);
    let before = tree(&host.world.path("system"));
    host.world.write(format!("etc/{path}"), broken);
    let failure = host.apply().fails(65, "check-failed").json();
    assert!(failure["causes"].to_string().contains(complaint), "{failure:#}");
    assert_eq!(tree(&host.world.path("system")), before);
}

#[test]
fn nginx() {
    if has("nginx") {
        judges(
            "nginx",
            "nginx/conf.d/app.conf",
            "server { listen 127.0.0.1:8099; }\n",
            "server { listen ; }\n",
            "listen",
        );
    }
}

#[test]
fn nginx_sees_a_site_as_enabled() {
    if !has("nginx") {
        return;
    }
    let host = Host::new();
    host.world
        .write("etc/nginx/sites-available/app", "server { nonsense; }\n");
    host.apply().expect(0);
    host.world.folder("etc/nginx/sites-enabled");
    crate::link(
        &host.world,
        "etc/nginx/sites-enabled/app",
        "../sites-available/app",
    );
    let failure = host.apply().fails(65, "check-failed").json();
    assert!(failure["causes"].to_string().contains("nonsense"), "{failure:#}");
    host.world.write(
        "etc/nginx/sites-available/app",
        "server { listen 127.0.0.1:8099; }\n",
    );
    host.apply().expect(0);
    assert!(fs_err::symlink_metadata(host.world.path("system/nginx/sites-enabled/app")).is_ok());
}

#[test]
fn nginx_notices_what_goes() {
    if !has("nginx") {
        return;
    }
    let host = Host::new();
    host.world.write("etc/nginx/app.inc", "listen 127.0.0.1:8099;\n");
    host.world
        .write("etc/nginx/conf.d/app.conf", "server { include app.inc; }\n");
    host.apply().expect(0);
    fs_err::remove_file(host.world.path("etc/nginx/app.inc")).unwrap();
    let failure = host.apply().fails(65, "check-failed").json();
    assert!(failure["causes"].to_string().contains("app.inc"), "{failure:#}");
    assert!(host.world.path("system/nginx/app.inc").exists());
}

#[test]
fn supervisord() {
    if has("supervisord") {
        let good = "[program:app]\ncommand=/bin/true\n";
        let broken = "[program:app]\ncomand=/bin/true\n";
        judges(
            "supervisord",
            "supervisor/conf.d/app.conf",
            good,
            broken,
            "program:app",
        );
    }
}

#[test]
fn logrotate() {
    if has("logrotate") {
        let good = "/var/log/pydeploy-app.log {\n  daily\n}\n";
        judges(
            "logrotate",
            "logrotate.d/app",
            good,
            "/var/log/app.log {\n  dayly\n}\n",
            "dayly",
        );
    }
}

#[test]
fn sudo() {
    if has("visudo") {
        let good = "www-data ALL=(ALL) NOPASSWD: /bin/true\n";
        judges(
            "sudoers",
            "sudoers.d/app",
            good,
            "www-data ALL=(ALL NOPASSWD\n",
            "syntax error",
        );
    }
}

/// visudo shows the line that it stumbles over, and sudo's files are not for everybody.
#[test]
fn what_a_validator_quotes_of_a_private_file_is_blotted_out() {
    if !has("visudo") {
        return;
    }
    let host = Host::new();
    host.world
        .write("etc/sudoers.d/app", "hidden_user ALL=(ALL NOPASSWD\n");
    let ran = host.apply().fails(65, "check-failed");
    let causes = ran.json()["causes"].to_string();
    assert!(
        causes.contains("sudoers.d/app:1") && causes.contains("syntax error"),
        "{causes}"
    );
    for text in [causes, ran.stderr.clone(), ran.text()] {
        assert!(!text.contains("hidden") && !text.contains("NOPASSWD"), "{text}");
    }
    let checked = host.run(&["check", "etc"]).output().expect(1);
    assert!(!checked.text().contains("hidden"), "{}", checked.text());
}

#[test]
fn apache() {
    if has("apache2ctl") {
        judges(
            "apache2",
            "apache2/conf-enabled/app.conf",
            "Listen 127.0.0.1:8098\n",
            "Lissen 127.0.0.1:8098\n",
            "Lissen",
        );
    }
}

#[test]
fn apache_sees_a_site_as_enabled_and_its_books_follow() {
    if !has("apache2ctl") {
        return;
    }
    let host = Host::new();
    host.world
        .write("etc.attrs", "apache2/sites-available/* enable\n");
    let site = |directive: &str| format!("<VirtualHost 127.0.0.1:8098>\n  {directive}\n</VirtualHost>\n");
    host.world
        .write("etc/apache2/sites-available/app.conf", site("ServerNamed x"));
    let failure = host.apply().fails(65, "check-failed").json();
    assert!(
        failure["causes"].to_string().contains("ServerNamed"),
        "{failure:#}"
    );
    assert!(
        !host
            .world
            .path("system/apache2/sites-available/app.conf")
            .exists()
    );
    host.world
        .write("etc/apache2/sites-available/app.conf", site("ServerName x"));
    let report = host.apply().expect(0).json();
    assert_eq!(
        (
            report["books"][0]["name"].as_str(),
            report["books"][0]["result"].as_str()
        ),
        (Some("a2ensite -q app"), Some("passed")),
        "{report:#}"
    );
    let link = host.world.path("system/apache2/sites-enabled/app.conf");
    assert_eq!(
        fs_err::read_link(&link).unwrap(),
        std::path::Path::new("../sites-available/app.conf")
    );
    let book = host.world.path("var/apache2/site/enabled_by_admin/app");
    assert!(book.exists());
    // Disabled by rule, the site itself stays: the distribution knows that an administrator wants it so.
    host.world.write("etc.attrs", "");
    host.apply().expect(0);
    assert!(fs_err::symlink_metadata(&link).is_err() && !book.exists());
    assert!(host.world.path("var/apache2/site/disabled_by_admin/app").exists());
    host.run(&["rollback", "--no-reload"]).succeed();
    assert!(fs_err::symlink_metadata(&link).is_ok() && book.exists());
    // And where the site goes too, the books forget it.
    host.run(&["rollback", "0", "--no-reload"]).succeed();
    assert!(fs_err::symlink_metadata(&link).is_err() && !book.exists());
    assert!(
        !host
            .world
            .path("system/apache2/sites-available/app.conf")
            .exists()
    );
}

#[test]
fn named() {
    if has("named-checkconf") {
        judges(
            "named",
            "bind/named.conf",
            "options { directory \"/tmp\"; };\n",
            "options { directori \"/tmp\"; };\n",
            "directori",
        );
    }
}

/// named's checker reads the zones too.
#[test]
fn named_loads_its_zones() {
    if !has("named-checkconf") {
        return;
    }
    let host = Host::new();
    let zone = "zone \"example.com\" { type primary; file \"/etc/bind/db.example\"; };\n";
    host.world.write("etc/bind/named.conf", zone);
    let head = "$TTL 1h\n@ SOA ns.example.com. root.example.com. 1 1h 1h 1w 1h\n@ NS ns.example.com.\n";
    host.world
        .write("etc/bind/db.example", format!("{head}ns A 192.0.2.300\n"));
    let failure = host.apply().fails(65, "check-failed").json();
    assert!(
        failure["causes"].to_string().contains("db.example:4"),
        "{failure:#}"
    );
    assert!(!host.world.path("system/bind").exists());
    host.world
        .write("etc/bind/db.example", format!("{head}ns A 192.0.2.3\n"));
    host.apply().expect(0);
}

/// sshd reads the host's keys, so only root can judge.
#[test]
fn sshd() {
    if has("sshd") && kit::is_root() {
        judges(
            "sshd",
            "ssh/sshd_config.d/app.conf",
            "PermitRootLogin no\n",
            "PermitRootLogon no\n",
            "PermitRootLogon",
        );
    }
}

/// The real command numbers the links of a script that is started at boot, and takes them away.
#[test]
fn scripts_of_init_d_are_enabled_by_the_distribution_s_command() {
    if !has("update-rc.d") {
        return;
    }
    let host = Host::new();
    let script = "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: pydeploy-app\n# Required-Start: $remote_fs\n\
                  # Required-Stop: $remote_fs\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\n";
    host.world.write("etc/init.d/pydeploy-app", script);
    host.world.write("etc.attrs", "init.d/pydeploy-app enable\n");
    let started = || {
        let names = fs_err::read_dir(host.world.path("system/rc2.d")).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .any(|name| name.starts_with('S') && name.ends_with("pydeploy-app"))
    };
    let plan = host.plan().json();
    assert_eq!(
        plan["books"][0],
        serde_json::json!(["update-rc.d", "pydeploy-app", "defaults"])
    );
    assert!(!started());
    host.apply().expect(0);
    assert!(started());
    assert_eq!(host.plan().json().get("books"), None, "once is enough");
    host.world.write("etc.attrs", "");
    host.apply().expect(0);
    assert!(!started(), "the rule is gone, and the script is not");
    assert!(host.world.path("system/init.d/pydeploy-app").exists());
    host.world.write("etc.attrs", "init.d/pydeploy-app enable\n");
    host.apply().expect(0);
    assert!(started());
    host.run(&["rollback", "0", "--no-reload"]).succeed();
    assert!(!started() && !host.world.path("system/init.d/pydeploy-app").exists());
}

#[test]
fn cron_jobs_are_judged_by_our_own_rules() {
    let host = Host::new();
    host.world
        .write("etc/cron.d/app", "* * * * * nobody-of-that-name /bin/true\n");
    host.apply().fails(65, "lint");
    host.world.write("etc/cron.d/app", "* * * * * root /bin/true\n");
    host.apply().expect(0);
}

#[test]
fn files_belong_to_root_and_folders_are_left_alone() {
    use std::os::unix::fs::MetadataExt;
    let host = Host::new();
    host.world.write("etc/cron.d/app", "* * * * * root /bin/true\n");
    let before = fs_err::metadata(host.world.path("system/cron.d")).unwrap();
    host.apply().expect(0);
    let after = fs_err::metadata(host.world.path("system/cron.d")).unwrap();
    assert_eq!((before.mode(), before.uid()), (after.mode(), after.uid()));
    let owner = fs_err::metadata(host.world.path("system")).unwrap().uid();
    assert_eq!(
        fs_err::metadata(host.world.path("system/cron.d/app"))
            .unwrap()
            .uid(),
        owner
    );
    assert_eq!(ops(&host.plan()), [""; 0]);
}

#[test]
fn a_guarded_service_without_its_validator_is_not_touched() {
    let host = Host::new();
    host.world
        .write("etc/sudoers.d/app", "www-data ALL=(ALL) NOPASSWD: /bin/true\n");
    let own = "define sudoers check=[\"/no/such/validator\"]\n";
    let place = host.world.path("system/etcsync");
    fs_err::create_dir(&place).unwrap();
    fs_err::write(place.join("services"), own).unwrap();
    assert_eq!(host.plan().json()["checks"][0]["unavailable"], true);
    host.apply().fails(65, "check-failed");
    assert!(!host.world.path("system/sudoers.d/app").exists());
}

/// Modules and configurations, by the distribution's own commands: they keep books, and know what is enabled.
#[test]
fn apache_s_modules_and_configurations_are_enabled_for_real() {
    if !has("a2enmod") {
        return;
    }
    let host = Host::new();
    let world = &host.world;
    world.write("etc/apache2/conf-available/app.conf", "ServerTokens Prod\n");
    world.write("etc/apache2/mods-available/app.load", "# nothing to load\n");
    world.write(
        "etc.attrs",
        "apache2/conf-available/* enable\napache2/mods-available/* enable\n",
    );
    let plan = host.plan().json();
    assert_eq!(plan["books"].as_array().map(Vec::len), Some(2), "{plan:#}");
    let report = host.apply().expect(0).json();
    let ran = report["books"].as_array().unwrap();
    let ran: Vec<_> = ran.iter().map(|book| (&book["name"], &book["result"])).collect();
    assert_eq!(ran.len(), 2, "{report:#}");
    assert!(ran.iter().all(|(_, result)| *result == "passed"), "{report:#}");
    let books = [("conf", "enabled"), ("module", "enabled")];
    let book = |(kind, state): (&str, &str)| world.path(format!("var/apache2/{kind}/{state}_by_admin/app"));
    for kept in books {
        assert!(book(kept).exists(), "{kept:?}");
    }
    // The distribution's query command sees both.
    let asked = |kind: &str| host.inside("a2query").args([kind, "app"]).output();
    for kind in ["-c", "-m"] {
        let told = asked(kind);
        assert!(
            told.text().contains("enabled by site administrator"),
            "{}",
            told.text()
        );
    }
    world.write("etc.attrs", "");
    host.apply().expect(0);
    for (kind, _) in books {
        assert!(!book((kind, "enabled")).exists() && book((kind, "disabled")).exists());
    }
    for kind in ["-c", "-m"] {
        asked(kind).expect(32);
    }
    host.run(&["rollback", "--no-reload"]).succeed();
    for kept in books {
        assert!(book(kept).exists(), "{kept:?}");
    }
}

/// apache itself need not be here: its commands are, made up, and write down how they are called.
#[test]
fn the_distribution_s_books_follow_the_links() {
    let host = Host::new();
    for program in ["a2ensite", "a2dissite"] {
        let script = format!(
            "#!/bin/sh\necho {program} \"$@\" >> {}\n",
            host.world.path("calls").display()
        );
        host.world.program(format!("bin/{program}"), script);
    }
    fs_err::create_dir_all(host.world.path("system/etcsync")).unwrap();
    fs_err::write(
        host.world.path("system/etcsync/services"),
        "define apache2 reload=[\"true\"]\n",
    )
    .unwrap();
    host.world
        .write("etc/apache2/sites-available/app.conf", "# a site\n");
    host.world
        .write("etc.attrs", "apache2/sites-available/* enable\n");
    let path = format!(
        "{}:/usr/bin:/bin:/usr/sbin:/sbin",
        host.world.path("bin").display()
    );
    let plan = host.plan();
    assert_eq!(plan.json()["books"][0][0], "a2ensite");
    host.run(&["apply", "-"])
        .env("PATH", &path)
        .stdin(plan.stdout)
        .succeed();
    assert_eq!(host.world.read("calls"), "a2ensite -q app\n");
    host.run(&["rollback"]).env("PATH", &path).succeed();
    assert_eq!(host.world.read("calls"), "a2ensite -q app\na2dissite -q -p app\n");
}

#[test]
fn crontabs_of_users_go_through_cron_s_own_command() {
    if !has("crontab") || !kit::has_root() {
        return;
    }
    let host = Host::new();
    let listed = || {
        let run = host
            .world
            .run("unshare")
            .as_caller()
            .args(["-m", "sh", "-c", SETTING, "sh", "crontab", "-u", "www-data", "-l"]);
        run.output().text()
    };
    host.world.write("etc/crontabs/www-data", "1 1 * * * true\n");
    host.apply().expect(0);
    assert_eq!(listed(), "1 1 * * * true\n");
    assert!(!host.world.path("system/crontabs").exists());
    assert_eq!(ops(&host.plan()), [""; 0]);
    host.world.write("etc/crontabs/www-data", "1 1 * *\n");
    host.apply().fails(65, "lint");
    host.world.write("etc/crontabs/www-data", "2 2 * * * true\n");
    host.apply().expect(0);
    host.run(&["rollback"]).succeed();
    assert_eq!(listed(), "1 1 * * * true\n");
    fs_err::remove_dir_all(host.world.path("etc/crontabs")).unwrap();
    host.apply().expect(0);
    assert_eq!(listed(), "");
}

#[test]
fn packages_are_named_whose_files_are_changed() {
    if !has("logrotate") {
        return;
    }
    let host = Host::new();
    host.world.write("etc/logrotate.conf", "weekly\n");
    fs_err::write(host.world.path("system/logrotate.conf.dpkg-dist"), "weekly\n").unwrap();
    let op = host.plan().json()["ops"][0].clone();
    let notes = op["notes"].to_string();
    assert!(notes.contains("a conffile of logrotate"), "{op:#}");
    assert!(
        notes.contains("logrotate.conf.dpkg-dist waits beside it"),
        "{op:#}"
    );
}
