//! Files whose mistakes lock administrators out: nothing of them is applied unchecked.

use crate::{
    host::{Host, judges},
    plan, tree, world,
};
use kit::has;

#[test]
fn fstab() {
    if has("findmnt") {
        let good = "tmpfs /tmp tmpfs defaults 0 0\n";
        judges(
            "fstab",
            "fstab",
            good,
            "UUID=0000-dead /tmp ext4 defaults 0 2\n",
            "unreachable",
        );
    }
}

/// What the library makes of the file is tried: root has to be found by it.
#[test]
fn nsswitch() {
    let good = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n";
    judges(
        "nsswitch",
        "nsswitch.conf",
        good,
        "passwd: db\ngroup: files\nhosts: files\n",
        "exit status",
    );
}

#[test]
fn accounts() {
    if !has("pwck") || !kit::is_root() {
        return;
    }
    let system = fs_err::read_to_string("/etc/passwd").unwrap();
    let good = system.replacen("/bin/bash", "/bin/sh", 1);
    judges(
        "accounts",
        "passwd",
        &good,
        &format!("{system}pydeploy-y:x:64124\n"),
        "pydeploy-y",
    );
}

/// PAM has no validator: rules of our own judge its stacks, and nothing switches them off.
#[test]
fn pam() {
    let host = Host::new();
    host.world.write(
        "etc/pam.d/pydeploy-app",
        "@include common-auth\naccount required pam_unix.so\n",
    );
    host.world.write("etc.attrs", "pam.d/* -check\n");
    if !std::path::Path::new("/etc/pam.d/common-auth").exists() {
        return;
    }
    host.apply().expect(0);
    let before = tree(&host.world.path("system"));
    for (broken, line) in [
        ("auth required pam_unix.so\naccount requierd pam_unix.so\n", 2),
        ("auth required pam_unnix.so\n", 1),
        ("@include common-outh\n", 1),
    ] {
        host.world.write("etc/pam.d/pydeploy-app", broken);
        let failure = host.apply().fails(65, "lint").json();
        assert_eq!(
            (failure["file"].as_str(), failure["line"].as_u64()),
            (Some("pam.d/pydeploy-app"), Some(line)),
            "{failure:#}"
        );
        assert_eq!(tree(&host.world.path("system")), before);
    }
}

/// Where the validator is missing, nothing is applied; so it is for every guarded service.
#[test]
fn without_its_validator_a_guarded_file_is_not_touched() {
    for (service, path, content) in [
        ("fstab", "fstab", "tmpfs /tmp tmpfs defaults 0 0\n"),
        (
            "nsswitch",
            "nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files\n",
        ),
    ] {
        let host = Host::new();
        host.world.write(format!("etc/{path}"), content);
        let own = format!("define {service} check=[\"/no/such/validator\"]\n");
        let place = host.world.path("system/etcsync");
        fs_err::create_dir(&place).unwrap();
        fs_err::write(place.join("services"), own).unwrap();
        let before = tree(&host.world.path("system"));
        host.apply().fails(65, "check-failed");
        assert_eq!(tree(&host.world.path("system")), before);
    }
}

/// For another root too, a person is told, and what no library could read is refused.
#[test]
fn a_plan_warns_of_them() {
    let world = world();
    world.write("etc/nsswitch.conf", "passwd: files\n");
    let planned = plan(&world).json();
    assert_eq!(planned["lint"][0]["rule"], "guarded");
    assert_eq!(planned["lint"][0]["level"], "warning");
    world.write("etc/nsswitch.conf", "passwd: sss\n");
    crate::sync(&world).fails(65, "lint");
}
