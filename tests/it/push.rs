//! Push to deploy: `make push` from a developer's folder to a host that has `post-receive`, over ssh.

use crate::fleet::world::{Fleet, can_start, project};
use crate::workspace::root;
use kit::{Ran, index::Index};

struct Site {
    fleet: Fleet,
    index: Index,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            fleet: Fleet::start(1),
            index: Index::start(),
        };
        let world = &site.fleet.world;
        project(world);
        for wheel in fs_err::read_dir(world.path("dev/wheels")).unwrap() {
            let path = wheel.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            site.index.add(name, fs_err::read(&path).unwrap());
        }
        fs_err::remove_dir_all(world.path("dev/wheels")).unwrap();
        fs_err::remove_file(world.path("dev/requirements.wheels.txt")).unwrap();
        world.write("dev/requirements.in", "gunicorn\n");
        world.write("dev/etc/cron.d/notes", "17 3 * * * deploy true\n");
        let makefile =
            "HOSTS := web1\nAPP := /srv/notes\nPYTHON := /usr/bin/python3\ninclude $(SCRIPTS)/deploy.mk\n";
        world.write("dev/Makefile", makefile);
        site
    }

    fn develop(&self, script: &str) -> Ran {
        let run = self.fleet.develop(script);
        run.env("PIP_INDEX_URL", self.index.url())
            .env("PIP_CONFIG_FILE", "/dev/null")
            .output()
    }

    /// Makes the host ready, as an administrator does once.
    fn prepare_host(&self) {
        let host = &self.fleet.hosts[0];
        let configuration = format!(
            r#"{{"schema": "relswitch.config/1", "timeout": 60, "reload": ["python3 /srv/hold.py reload {0} 8000"],
                "probe": ["python3 /srv/hold.py probe {0} 8000"]}}"#,
            host.address
        );
        self.on("relswitch init /srv/notes && mkdir -p /srv/etc");
        let at = |path: &str| format!("hosts/web1/srv/{path}");
        let world = &self.fleet.world;
        world.write(at("notes/.relswitch/config.json"), configuration);
        world.write(at("notes/deploy.conf"), "DEPLOY_ETC=/srv/etc\n");
        for name in ["post-receive", "deploy.sh"] {
            let text = fs_err::read(root().join("scripts").join(name)).unwrap();
            world.write(at(&format!("share/{name}")), text);
        }
        self.on(
            "chmod +x /srv/share/*; ln -s /srv/share/post-receive /srv/notes/repo.git/hooks/post-receive",
        );
    }

    fn on(&self, command: &str) -> String {
        self.fleet.on(0, command).expect(0).text()
    }
}

#[test]
fn push_to_deploy() {
    if !can_start() {
        return;
    }
    let site = Site::new();
    site.prepare_host();
    site.develop("git init -q -b main; make lock fetch; git add .; git commit -q -m First")
        .expect(0);
    nothing_is_done_twice(&site);
    // The reload of this first push starts the service, which lives on: the push ends all the same.
    let pushed = site.develop("make push").expect(0);
    for said in [
        "environment",
        "deploy/build",
        "etcsync plan",
        "+17 3 * * * deploy true",
        "serving",
    ] {
        assert!(pushed.stderr.contains(said), "{said}: {}", pushed.stderr);
    }
    let first = site.fleet.hosts[0].serves();
    a_failing_deployment_changes_nothing(&site, &first);
    missing_wheels_are_named(&site, &first);
    other_branches_are_none_of_its_business(&site, &first);

    site.develop("git reset -q --hard; echo two >two.txt; git add .; git commit -q -m Two; make push")
        .expect(0);
    assert_ne!(site.fleet.hosts[0].serves(), first);
    site.develop("make status").expect(0);
    site.develop("make rollback").expect(0);
    assert_eq!(site.fleet.hosts[0].serves(), first);
}

fn nothing_is_done_twice(site: &Site) {
    let requests = site.index.requests().len();
    let again = site.develop("make lock fetch").expect(0).text();
    assert!(again.contains("Nothing to be done"), "{again}");
    assert_eq!(site.index.requests().len(), requests);
    site.develop("make check").expect(0);
    site.develop("PYDEPLOY_ALLOW_ROOT=1 make venv; venv/bin/python -c 'import gunicorn'; rm -r venv")
        .expect(0);
    site.develop("make upgrade PACKAGE=gunicorn; git diff --exit-code")
        .expect(0);
    let newer = site
        .develop("touch requirements.in; make -n fetch")
        .expect(0)
        .text();
    assert!(newer.contains("reqlock") && newer.contains("pyfetch"), "{newer}");
    site.develop("make fetch; git diff --exit-code").expect(0);
}

fn a_failing_deployment_changes_nothing(site: &Site, first: &str) {
    let change = "cp deploy/build kept; printf '#!/bin/sh\\necho no such table\\nexit 7\\n' >deploy/build";
    let pushed = site.develop(&format!("{change}; git commit -q -a -m Broken; make push"));
    assert_ne!(pushed.status, 0);
    assert!(pushed.stderr.contains("no such table"), "{}", pushed.stderr);
    assert!(
        pushed.stderr.contains("NOT DEPLOYED (status 7)"),
        "{}",
        pushed.stderr
    );
    assert_eq!(site.fleet.hosts[0].serves(), first);
    site.develop("mv kept deploy/build; git commit -q -a -m Mended")
        .expect(0);
}

fn missing_wheels_are_named(site: &Site, first: &str) {
    site.develop("echo '# another lock' >>requirements.wheels.txt; git commit -q -a -m Relock")
        .expect(0);
    let digest = site
        .develop("sha256sum requirements.wheels.txt | cut -d' ' -f1")
        .text();
    let pushed = site
        .develop("GIT_SSH_COMMAND=$SSH git push web1:/srv/notes/repo.git main")
        .expect(0);
    let folder = format!("/srv/notes/wheels/{}", digest.trim());
    assert!(pushed.stderr.contains(&folder), "{}", pushed.stderr);
    assert_eq!(site.fleet.hosts[0].serves(), first);
    let expected = site.fleet.on(0, "relswitch status -C /srv/notes --expect main");
    assert_eq!(expected.status, 1);
}

fn other_branches_are_none_of_its_business(site: &Site, first: &str) {
    let pushed = site
        .develop("GIT_SSH_COMMAND=$SSH git push web1:/srv/notes/repo.git main:topic")
        .expect(0);
    assert!(pushed.stderr.contains("nothing to deploy"), "{}", pushed.stderr);
    assert_eq!(site.fleet.hosts[0].serves(), first);
}
