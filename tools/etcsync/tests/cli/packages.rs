//! dpkg and etcsync on the same file: a real package with a conffile is upgraded and removed.

use crate::host::Host;
use kit::{Ran, has};

/// Makes a package whose only file is a conffile with this content.
fn package(host: &Host, version: &str, content: &str) {
    let folder = format!("package-{version}");
    let control = format!(
        "Package: pydeploy-app\nVersion: {version}\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\n\
         Description: a file\n"
    );
    host.world.write(format!("{folder}/DEBIAN/control"), control);
    host.world
        .write(format!("{folder}/DEBIAN/conffiles"), "/etc/pydeploy-app.conf\n");
    host.world
        .write(format!("{folder}/etc/pydeploy-app.conf"), content);
    let build = host
        .world
        .run("dpkg-deb")
        .args(["--root-owner-group", "-b", &folder]);
    build.arg(format!("{version}.deb")).succeed();
}

/// Runs dpkg where the copy is `/etc`, and its database a copy too; nothing can answer its questions.
fn dpkg(host: &Host, arguments: &[&str]) -> Ran {
    let force = ["--force-not-root", "--force-depends"];
    host.inside("dpkg").args(force).args(arguments).output()
}

fn conffile(host: &Host) -> String {
    host.world.read("system/pydeploy-app.conf")
}

#[test]
fn an_upgrade_of_a_managed_conffile() {
    if !has("dpkg-deb") {
        return;
    }
    let host = Host::new();
    package(&host, "1", "packaged, one\n");
    package(&host, "2", "packaged, two\n");
    package(&host, "3", "packaged, three\n");
    dpkg(&host, &["--force-confold", "-i", "1.deb"]).expect(0);
    assert_eq!(conffile(&host), "packaged, one\n");
    host.world.write("etc/pydeploy-app.conf", "ours\n");
    let notes = host.plan().json()["ops"][0]["notes"].to_string();
    assert!(
        notes.contains("a conffile of pydeploy-app, as packaged until now"),
        "{notes}"
    );
    host.world.write("system/pydeploy-app.conf", "somebody's own\n");
    let notes = host.plan().json()["ops"][0]["notes"].to_string();
    assert!(
        notes.contains("a conffile of pydeploy-app, modified already"),
        "{notes}"
    );
    host.apply().expect(0);

    // The upgrade keeps ours and leaves its own beside, which status tells and nobody calls drift.
    dpkg(&host, &["--force-confold", "-i", "2.deb"]).expect(0);
    assert_eq!(conffile(&host), "ours\n");
    let status = host.run(&["status", "--exit-code"]).output().expect(0).json();
    assert_eq!(status["waiting"][0], "pydeploy-app.conf.dpkg-dist", "{status:#}");
    assert_eq!(status["drift"].as_array().map(Vec::len), Some(0));
    host.world.write("etc/pydeploy-app.conf", "ours, newer\n");
    let notes = host.plan().json()["ops"][0]["notes"].to_string();
    assert!(
        notes.contains("pydeploy-app.conf.dpkg-dist waits beside it"),
        "{notes}"
    );
    host.apply().expect(0);

    // An administrator who takes the package's own makes it drift, which is not overwritten unasked.
    let take = ["--force-confnew", "-i", "3.deb"];
    dpkg(&host, &take).expect(0);
    assert_eq!(conffile(&host), "packaged, three\n");
    host.apply().fails(65, "drift");
    let plan = host.plan();
    assert_eq!(plan.json()["ops"][0]["drift"], true);
    let overwrite = ["apply", "-", "--no-reload", "--overwrite-drift"];
    host.run(&overwrite).stdin(plan.stdout).succeed();
    assert_eq!(conffile(&host), "ours, newer\n");
}

#[test]
fn the_package_s_own_file_comes_back_from_before() {
    if !has("dpkg-deb") {
        return;
    }
    let host = Host::new();
    package(&host, "1", "packaged, one\n");
    dpkg(&host, &["--force-confold", "-i", "1.deb"]).expect(0);
    host.world.write("etc/pydeploy-app.conf", "ours\n");
    host.apply().expect(0);
    fs_err::remove_file(host.world.path("etc/pydeploy-app.conf")).unwrap();
    host.apply().expect(0);
    assert_eq!(conffile(&host), "packaged, one\n");
    // dpkg finds its file pristine again: an upgrade replaces it without a question.
    package(&host, "2", "packaged, two\n");
    dpkg(&host, &["--force-confold", "-i", "2.deb"]).expect(0);
    assert_eq!(conffile(&host), "packaged, two\n");
    // Purged, and wanted again: etcsync does not need the package.
    dpkg(&host, &["-P", "pydeploy-app"]).expect(0);
    assert!(!host.world.path("system/pydeploy-app.conf").exists());
    host.world.write("etc/pydeploy-app.conf", "ours\n");
    host.apply().expect(0);
    assert_eq!(conffile(&host), "ours\n");
}

/// A file that was diverted is told of: dpkg puts the package's own elsewhere.
#[test]
fn diversions_are_noted() {
    if !has("dpkg-divert") {
        return;
    }
    let host = Host::new();
    host.world
        .write("var/dpkg/diversions", "/etc/motd\n/etc/motd.real\nother\n");
    host.world.write("etc/motd", "ours\n");
    let notes = host.plan().json()["ops"][0]["notes"].to_string();
    assert!(notes.contains("diverted by other to /etc/motd.real"), "{notes}");
}
