//! The examples of the manual pages run as they are printed, each page in a place that has what it takes for granted.

use crate::{
    project::Project,
    shown::here,
    workspace::{TOOLS, read},
};
use kit::{index::Published, wheel::Wheel};

/// A project that is deployed: with a lock, wheels, a mock etc, an application, and a release that is served.
const DEPLOYED: &str = r#"
mkdir -p dev/etc/logrotate.d dev/etc.staging/logrotate.d srv root
cd dev
echo django >requirements.in
printf '/srv/notes/log/*.log {\n    weekly\n}\n' >etc/logrotate.d/notes
printf '/srv/notes/log/*.log {\n    daily\n}\n' >etc.staging/logrotate.d/notes
printf 'production:\n\tpyvenv-offline -r requirements.wheels.txt -w ../../wheels/* venv\n' >Makefile
reqlock requirements.in -o requirements.txt
pyfetch -r requirements.txt -o wheels --emit-lock requirements.wheels.txt
git init -q -b main
git add Makefile requirements* etc
git commit -q -m 'A site'
relswitch init ../srv/notes
git remote add prod ../srv/notes/repo.git
git push -q prod main
cp -R wheels ../srv/notes/wheels/$(sha256sum requirements.wheels.txt | cut -d' ' -f1)
cd ../srv/notes
id=$(relswitch stage main --print id)
make -C releases/$id production
relswitch ready $id
relswitch switch $id
"#;

fn deployed() -> Project {
    let project = Project::new();
    let serve = "import os\n\n\ndef main():\n    print(os.environ['RELSWITCH_ID'])\n";
    for wheel in [
        Wheel::new("django", "5.2")
            .requires("urllib3>=2")
            .file("gunicorn.py", serve)
            .console_scripts(&["gunicorn = gunicorn:main"]),
        Wheel::new("urllib3", "2.5").file("urllib3.py", ""),
    ] {
        let mut file = Published::new(&wheel.file_name(), wheel.bytes());
        file.uploaded = Some("2020-01-01T00:00:00Z".to_owned());
        project.index.publish(file);
    }
    project.script(DEPLOYED).succeed();
    project
}

/// Returns what a page tells to type, a command each.
fn typed(page: &str) -> Vec<String> {
    let text = page.replace("\\e\n", " ").replace("\\-", "-");
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    lines.map(str::to_owned).collect()
}

/// Makes a script of a page: on one machine, whose configuration is elsewhere; and prodcheck may find something.
fn script(page: &str) -> String {
    let lines = typed(page).into_iter().map(|line| {
        let found = if line.starts_with("prodcheck") {
            " || test $? = 1"
        } else {
            ""
        };
        format!("echo '$ {}' >&2\n{line}{found}\n", line.replace('\'', ""))
    });
    let text = here(&lines.collect::<String>())
        .replace("etcsync plan etc >", "etcsync plan etc --root $HOME/../root >")
        .replace("etcsync plan etc |", "etcsync plan etc --root $HOME/../root |")
        .replace("etcsync status", "etcsync status --root $HOME/../root")
        .replace("etcsync rollback", "etcsync rollback --root $HOME/../root")
        .replace("/var/lib", "$HOME");
    format!("cd dev\n{text}")
}

#[test]
fn their_examples_run() {
    for name in TOOLS {
        let page = read(&format!("man/{name}.1"));
        let examples = &page[page.find(".Sh EXAMPLES").expect("examples")..];
        assert!(typed(examples).len() > 3, "{name} shows too little");
        deployed().script(&script(examples)).succeed();
    }
}

#[test]
fn the_whole_way_runs() {
    let project = deployed();
    project
        .script("cd dev; echo urllib3 >>requirements.in; git add requirements.in")
        .succeed();
    project.script(&script(&read("man/pydeploy.7"))).succeed();
}
