//! The tools of production open no internet socket: their system calls are watched.

use crate::project::Project;
use std::collections::BTreeSet;

/// Runs a command line under strace and returns the kinds of sockets that it and its children opened.
fn sockets(project: &Project, command: &str) -> BTreeSet<String> {
    let traced = format!("strace -f -qq -e trace=socket,connect,bind -o trace {command}");
    project.script(&traced).succeed();
    let trace = project.world.read("trace");
    trace
        .lines()
        .filter_map(|line| line.split_once("socket("))
        .filter_map(|(_, call)| call.split(',').next())
        .map(str::to_owned)
        .collect()
}

/// What has nothing to do with a network: the name service cache of the C library, audit, and the like.
fn is_local(family: &str) -> bool {
    matches!(family, "AF_UNIX" | "AF_LOCAL" | "AF_NETLINK")
}

fn reaches_out(project: &Project, command: &str) -> Vec<String> {
    sockets(project, command)
        .into_iter()
        .filter(|family| !is_local(family))
        .collect()
}

#[test]
fn watching_sees_a_tool_that_reaches_out() {
    let project = Project::new();
    assert_eq!(
        reaches_out(&project, "reqlock requirements.in -o requirements.txt"),
        ["AF_INET"]
    );
}

#[test]
fn making_an_environment_opens_no_socket() {
    let project = Project::new();
    project.lock_and_fetch();
    let command = "pyvenv-offline -r requirements.wheels.txt -w wheels venv";
    assert_eq!(reaches_out(&project, command), Vec::<String>::new());
}

#[test]
fn putting_configuration_in_place_opens_no_socket() {
    let project = Project::new();
    project
        .world
        .write("etc/logrotate.d/notes", "/srv/notes/log/*.log {\n    weekly\n}\n");
    project.world.folder("root");
    for command in [
        "etcsync plan etc --root root",
        "bash -c 'etcsync plan etc --root root | etcsync apply -'",
    ] {
        assert_eq!(reaches_out(&project, command), Vec::<String>::new(), "{command}");
    }
    assert!(project.world.path("root/logrotate.d/notes").exists());
}

#[test]
fn looking_at_a_host_opens_no_socket() {
    let project = Project::new();
    project.world.folder("root");
    let command = "prodcheck --root root";
    assert_eq!(reaches_out(&project, command), Vec::<String>::new());
}

#[test]
fn switching_releases_opens_no_socket() {
    let project = Project::new();
    project.world.write("dev/answer.txt", "first\n");
    project
        .script(
            "relswitch init app; git init -q -b main dev; cd dev; git add .; git commit -q -m First
             git push -q ../app/repo.git main",
        )
        .succeed();
    let steps = "relswitch stage main | relswitch ready - | relswitch switch -";
    let command = format!("bash -euo pipefail -c 'cd app; {steps}; relswitch list'");
    assert_eq!(reaches_out(&project, &command), Vec::<String>::new());
    assert_eq!(project.world.read("app/current/answer.txt"), "first\n");
}
