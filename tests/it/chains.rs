//! The pipes of the contracts work, and a failure travels to their end.

use crate::project::Project;

#[test]
fn from_requirements_to_an_environment() {
    let project = Project::new();
    project
        .script("reqlock requirements.in | pyfetch -r - -o wheels | pyvenv-offline -r - -w wheels venv")
        .succeed();
    let said = project.run("venv/bin/frame").succeed().text();
    assert_eq!(said, "frame on small 2.5\n");
    project
        .run("venv/bin/python")
        .args(["-c", "import onlysource; assert onlysource.ANSWER == 42"])
        .succeed();
}

#[test]
fn from_a_mock_to_the_configuration() {
    let project = Project::new();
    let world = &project.world;
    world.write("etc/nginx/sites-available/notes", "server { listen 80; }\n");
    world.folder("root");
    project
        .script("etcsync plan etc --root root | etcsync apply -")
        .succeed();
    assert_eq!(
        world.read("root/nginx/sites-available/notes"),
        "server { listen 80; }\n"
    );

    let again = project.script("etcsync plan etc --root root").succeed().json();
    assert_eq!(again["ops"].as_array().map(Vec::len), Some(0), "{again:#}");
}

#[test]
fn from_a_commit_to_the_release_that_is_served() {
    let project = Project::new();
    project.world.write("dev/answer.txt", "first\n");
    project
        .script(
            "relswitch init app
             git init --quiet --initial-branch=main dev
             cd dev
             git add .
             git commit --quiet -m First
             git push --quiet ../app/repo.git main
             cd ../app
             relswitch stage main | relswitch ready - | relswitch switch -",
        )
        .succeed();
    assert_eq!(project.world.read("app/current/answer.txt"), "first\n");
}

#[test]
fn a_failure_travels_to_the_end_of_the_pipe() {
    let project = Project::new();
    project.world.write("requirements.in", "nosuchpackage\n");
    let last = project
        .script("set +o pipefail; reqlock requirements.in | pyfetch -r - -o wheels | pyvenv-offline -r - -w wheels venv")
        .output()
        .expect(65);
    let document = last.json();
    assert_eq!(document["schema"], "error/1");
    assert_eq!(document["tool"], "reqlock");
    assert_eq!(document["kind"], "unknown-package");
    assert_eq!(last.stderr.matches(": error: ").count(), 1, "{}", last.stderr);
    assert!(!project.world.path("venv").exists());
}

#[test]
fn a_producer_that_died_is_no_empty_lock() {
    let project = Project::new();
    let last = project
        .script("set +o pipefail; true | pyvenv-offline -r - -w . venv")
        .output();
    last.fails(65, "no-input");
}
