//! What a lock says.

use crate::workplace::{Workplace, pins, without_header};
use kit::wheel::Wheel;

#[test]
fn a_lock_pins_hashes_and_tells_who_asks() {
    let place = Workplace::new();
    let sha256 = |name: &str, version: &str, requires: &[&str]| {
        let wheel = requires
            .iter()
            .fold(Wheel::new(name, version), |wheel, one| wheel.requires(one));
        wheel.sha256()
    };
    let expected = format!(
        "addon==0.1 \\\n    --hash=sha256:{}\n    # via framework[more]\n\
         framework[more]==2.0 \\\n    --hash=sha256:{}\n    # via requirements.in:2\n\
         helper==2.0 \\\n    --hash=sha256:{}\n    # via framework>=1.5\n",
        sha256("addon", "0.1", &[]),
        sha256("framework", "2.0", &["helper>=1.5", "addon; extra == 'more'"]),
        sha256("helper", "2.0", &[]),
    );
    assert_eq!(place.lock("# what we use\nframework[more]\n"), expected);
}

#[test]
fn the_header_names_inputs_and_targets() {
    let place = Workplace::new();
    place.world.write("requirements.in", "-r base.in\n");
    place.world.write("base.in", "helper\n");
    let header = |text: String| {
        text.lines()
            .take_while(|line| line.starts_with('#'))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let first = header(place.reqlock().arg("requirements.in").succeed().text());
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines[0], "# reqlock 1");
    assert!(lines[1].starts_with("# input requirements.in sha256:"), "{first}");
    assert!(
        lines[2].starts_with("# target cp312-manylinux_2_28_x86_64 sha256:"),
        "{first}"
    );
    // A comment changes nothing; a requirement in a nested file does.
    place.world.write("base.in", "# tidied\n\nhelper\n");
    assert_eq!(
        header(place.reqlock().arg("requirements.in").succeed().text()),
        first
    );
    place.world.write("base.in", "helper<2\n");
    assert_ne!(
        header(place.reqlock().arg("requirements.in").succeed().text()),
        first
    );
}

#[test]
fn the_same_input_gives_the_same_bytes_from_anywhere() {
    let place = Workplace::new();
    place.world.write("app/requirements.in", "framework\n");
    place.world.write("app/dev.in", "addon\nhelper<2\n");
    let here = place
        .reqlock()
        .cwd("app")
        .args(["requirements.in", "dev.in"])
        .succeed()
        .stdout;
    let above = place
        .reqlock()
        .args(["app/dev.in", "app/requirements.in"])
        .succeed()
        .stdout;
    let absolute = place.world.path("app");
    let far = place
        .reqlock()
        .cwd("home")
        .args([absolute.join("dev.in"), absolute.join("requirements.in")]);
    assert_eq!(here, above);
    assert_eq!(here, far.succeed().stdout);
    let again = place
        .reqlock()
        .cwd("app")
        .args(["dev.in", "requirements.in"])
        .as_caller()
        .succeed()
        .stdout;
    assert_eq!(here, again);
}

#[test]
fn every_form_has_the_same_bytes_on_a_slower_machine_in_another_country() {
    let place = Workplace::new();
    place.add(
        Wheel::new("torn", "1.0")
            .tag("cp312-cp312-win_amd64")
            .requires("addon"),
    );
    place.add(
        Wheel::new("torn", "0.9")
            .tag("cp312-cp312-manylinux_2_17_x86_64")
            .requires("helper<2"),
    );
    place.world.write("requirements.in", "framework[more]\ntorn\n");
    let forms = ["requirements.txt", "pylock.toml", "lock.json"];
    let targets = ["cp312-manylinux_2_28_x86_64", "cp312-win_amd64"];
    let arguments = |targets: &[&str]| {
        let outputs = forms.iter().map(|form| format!("--output={form}"));
        let targets = targets.iter().map(|target| format!("--target={target}"));
        let all = targets.chain(outputs);
        all.chain(["requirements.in".to_owned()]).collect::<Vec<_>>()
    };
    let taken = || {
        forms.map(|form| {
            let text = place.world.read(form);
            fs_err::remove_file(place.world.path(form)).unwrap();
            text
        })
    };
    place.bare().args(arguments(&targets)).succeed();
    let first = taken();
    let reversed = [targets[1], targets[0]];
    place
        .bare()
        .args(arguments(&reversed))
        .arg("--no-cache")
        .succeed();
    assert_eq!(taken(), first);
    place
        .index
        .set(|settings| settings.latency = std::time::Duration::from_millis(40));
    let binary = place.world.path("bin/reqlock");
    let binary = if binary.exists() {
        binary
    } else {
        env!("CARGO_BIN_EXE_reqlock").into()
    };
    let slow = place
        .world
        .run("/usr/bin/taskset")
        .args(["-c", "0"])
        .arg(binary)
        .args(arguments(&targets));
    let slow = slow
        .env("TZ", "Pacific/Kiritimati")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("HOME", place.world.folder("elsewhere"));
    slow.env("PIP_INDEX_URL", place.index.url()).succeed();
    assert_eq!(taken(), first);
}

#[test]
fn standard_input_is_read() {
    let place = Workplace::new();
    let ran = place.reqlock().arg("-").stdin("helper\n").succeed();
    assert!(ran.text().contains("# via <stdin>:1\n"), "{}", ran.text());
}

#[test]
fn only_the_files_that_the_target_can_use_are_hashed() {
    let place = Workplace::new();
    let linux = Wheel::new("native", "1.0").tag("cp312-cp312-manylinux_2_17_x86_64");
    let windows = Wheel::new("native", "1.0").tag("cp312-cp312-win_amd64");
    let newer = Wheel::new("native", "2.0").tag("cp312-cp312-win_amd64");
    for wheel in [&linux, &windows, &newer] {
        place.add(wheel.clone());
    }
    place.index.add("native-1.0.tar.gz", b"source".to_vec());
    let lock = place.lock("native\n");
    assert_eq!(pins(&lock), "native==1.0");
    assert!(
        lock.contains(&linux.sha256()) && !lock.contains(&windows.sha256()),
        "{lock}"
    );
    assert_eq!(lock.matches("--hash").count(), 1);
    let all = place
        .reqlock()
        .args(["requirements.in", "--hashes", "all"])
        .succeed()
        .text();
    assert_eq!(all.matches("--hash").count(), 3, "{all}");
}

#[test]
fn a_page_without_hashes_costs_a_download() {
    let place = Workplace::new();
    place.index.set(|settings| settings.hashes = false);
    let lock = place.lock("helper\n");
    assert!(lock.contains(&Wheel::new("helper", "2.0").sha256()), "{lock}");
    assert_eq!(place.index.count("/files/helper-2.0-py3-none-any.whl"), 2);
    // The next run only asks whether it has changed.
    place.index.forget();
    assert_eq!(place.lock("helper\n"), lock);
    let sent = || {
        let requests = place.index.requests().into_iter();
        let wheels = requests.filter(|request| request.path.ends_with(".whl"));
        wheels.map(|request| request.status).collect::<Vec<_>>()
    };
    assert_eq!(sent().last(), Some(&304), "{:?}", sent());
    let changed = Wheel::new("helper", "2.0").file("other.py", "");
    place.add(changed.clone());
    assert!(place.lock("helper\n").contains(&changed.sha256()));
}

#[test]
fn hashes_of_a_line_are_those_of_the_files_that_may_be_taken() {
    let place = Workplace::new();
    let wheel = |tag: &str| Wheel::new("native", "1.0").tag(tag);
    let (one, other) = (wheel("py3-none-any"), wheel("cp312-cp312-manylinux_2_17_x86_64"));
    for wheel in [&one, &other, &Wheel::new("native", "2.0")] {
        place.add(wheel.clone());
    }
    for hashes in [true, false] {
        place.index.set(|settings| settings.hashes = hashes);
        let lock = place.lock(&format!("native<2 --hash=sha256:{}\n", one.sha256()));
        assert!(
            lock.contains(&one.sha256()) && !lock.contains(&other.sha256()),
            "{lock}"
        );
    }
    place.index.set(|settings| settings.hashes = true);
    // An older version is taken if the hash is one of it; a constraint's hashes are of another machine.
    assert_eq!(
        place.pins(&format!("native --hash=sha256:{}\n", one.sha256())),
        "native==1.0"
    );
    place.world.write(
        "other.txt",
        format!("native==1.0 --hash=sha256:{}\n", "0".repeat(64)),
    );
    assert_eq!(place.pins("-c other.txt\nnative\n"), "native==1.0");
    place.world.write(
        "requirements.in",
        format!("native --hash=sha256:{}\n", "0".repeat(64)),
    );
    let ran = place
        .reqlock()
        .arg("requirements.in")
        .output()
        .fails(65, "no-version");
    assert!(
        ran.stderr
            .contains("has no file with a hash that your lines name"),
        "{}",
        ran.stderr
    );
    place.world.write(
        "requirements.in",
        format!("native --hash=sha512:{}\n", "0".repeat(128)),
    );
    let ran = place.reqlock().arg("requirements.in").output();
    assert_eq!(ran.fails(65, "missing-hash").json()["line"], 1);
}

#[test]
fn the_tools_of_packaging_are_pinned_like_everything_else() {
    let place = Workplace::new();
    for name in ["pip", "setuptools", "wheel"] {
        place.add(Wheel::new(name, "1.0"));
    }
    place.add(
        Wheel::new("needs_tools", "1.0")
            .requires("setuptools")
            .requires("wheel; '1.0' ~= os_name"),
    );
    assert_eq!(
        place.pins("needs-tools\npip\n"),
        "needs-tools==1.0 pip==1.0 setuptools==1.0"
    );
}

#[test]
fn an_extra_that_is_not_there_is_told_with_its_line() {
    let place = Workplace::new();
    place.add(Wheel::new("legacy", "1.0").requires("framework[gone]"));
    place.add(Wheel::new("framework", "3.0").metadata("Provides-Extra: more"));
    let told = |requirements: &str, warning: &str| {
        place.world.write("requirements.in", requirements);
        let ran = place.reqlock().arg("requirements.in").succeed();
        assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    };
    told(
        "helper\nframework[more,mroe]\n",
        "requirements.in:2: framework 3.0 has no extra mroe; it has more",
    );
    told("legacy\n", "warning: framework 3.0 has no extra gone");
}

#[test]
fn nothing_is_asked_for_twice_and_names_of_files_may_have_blanks() {
    let place = Workplace::new();
    place
        .world
        .write("my requirements.in", "framework[more]\nhelper<2\n");
    let run = || {
        let run = place
            .reqlock()
            .args(["--target", "cp311-win_amd64", "my requirements.in"]);
        run.args(["-o", "my lock.txt", "-o", "lock.json"])
    };
    run().succeed();
    let mut paths: Vec<String> = place
        .index
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    paths.sort();
    let asked = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), asked, "{paths:?}");
    assert!(
        paths
            .iter()
            .all(|path| path.ends_with('/') || path.ends_with(".metadata")),
        "{paths:?}"
    );
    run().arg("--check").succeed();
}

#[test]
fn hashes_of_the_page_cost_no_download() {
    let place = Workplace::new();
    place.lock("framework\n");
    let wheels = place
        .index
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with(".whl"));
    assert_eq!(wheels.count(), 0);
}

#[test]
fn metadata_comes_from_ranges_or_whole_wheels_where_there_is_nothing_better() {
    for (metadata, ranges, json) in [(false, true, true), (false, false, true), (true, true, false)] {
        let place = Workplace::new();
        place.index.set(|settings| {
            settings.metadata = metadata;
            settings.announce_metadata = metadata;
            settings.ranges = ranges;
            settings.json = json;
        });
        assert_eq!(place.pins("framework\n"), "framework==2.0 helper==2.0");
    }
}

#[test]
fn each_page_is_asked_for_once() {
    let place = Workplace::new();
    place.lock("framework\nhelper<2\n");
    for name in ["framework", "helper"] {
        assert_eq!(place.index.count(&format!("/simple/{name}/")), 1, "{name}");
    }
}

#[test]
fn python_requirements_of_the_page_are_honoured() {
    let place = Workplace::new();
    place.add(Wheel::new("new", "1"));
    place.publish(&Wheel::new("new", "2"), |published| {
        published.requires_python = Some(">=3.13".to_owned());
    });
    assert_eq!(place.pins("new\n"), "new==1");
}

#[test]
fn yanked_files_are_for_those_who_pin_them() {
    let place = Workplace::new();
    place.publish(&Wheel::new("helper", "3.0"), |published| {
        published.yanked = Some("broken".to_owned());
    });
    assert_eq!(place.pins("helper\n"), "helper==2.0");
    place.world.write("requirements.in", "helper==3.0\n");
    let ran = place.reqlock().arg("requirements.in").succeed();
    assert_eq!(pins(&ran.text()), "helper==3.0");
    assert!(
        ran.stderr.contains("helper 3.0 was yanked: broken"),
        "{}",
        ran.stderr
    );
}

#[test]
fn prereleases_need_a_word() {
    let place = Workplace::new();
    place.add(Wheel::new("helper", "3.0b1"));
    assert_eq!(place.pins("helper\n"), "helper==2.0");
    assert_eq!(place.pins("--pre\nhelper\n"), "helper==3.0b1");
    assert_eq!(place.pins("helper>=3.0b0\n"), "helper==3.0b1");
}

#[test]
fn constraints_overrides_and_excludes_are_honoured() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\n");
    place.world.write("constraints.txt", "framework<2\n");
    place.world.write("overrides.txt", "helper==2.0\n");
    let ran = place
        .reqlock()
        .args(["requirements.in", "-c", "constraints.txt"])
        .succeed();
    assert_eq!(pins(&ran.text()), "framework==1.0 helper==1.5");
    let ran = place
        .reqlock()
        .args([
            "requirements.in",
            "-c",
            "constraints.txt",
            "--override",
            "overrides.txt",
        ])
        .succeed();
    assert_eq!(pins(&ran.text()), "framework==1.0 helper==2.0");
    assert!(ran.text().contains("# override helper==2.0\n"), "{}", ran.text());
    let ran = place
        .reqlock()
        .args(["requirements.in", "--exclude", "helper"])
        .succeed();
    assert_eq!(without_header(&ran.text()).matches("==").count(), 1);
    assert!(ran.text().contains("# exclude helper\n"), "{}", ran.text());
}

#[test]
fn several_targets_share_versions_and_differ_only_where_they_must() {
    let place = Workplace::new();
    place.add(Wheel::new("native", "1.0").tag("cp310-cp310-manylinux_2_17_x86_64"));
    place.add(Wheel::new("native", "2.0").tag("cp310-cp310-manylinux_2_17_x86_64"));
    place.add(Wheel::new("native", "2.0").tag("cp312-cp312-manylinux_2_17_x86_64"));
    place.add(Wheel::new("native", "3.0").tag("cp312-cp312-manylinux_2_17_x86_64"));
    place.add(Wheel::new("split", "1.0").tag("cp310-cp310-manylinux_2_17_x86_64"));
    place.add(Wheel::new("split", "2.0").tag("cp312-cp312-manylinux_2_17_x86_64"));
    place.world.write("requirements.in", "native\nsplit\n");
    let ran = place
        .reqlock()
        .args(["--target", "cp310-manylinux_2_28_x86_64", "requirements.in"])
        .succeed();
    assert_eq!(
        pins(&ran.text()),
        "native==2.0 split==1.0; python_version == \"3.10\" split==2.0; python_version == \"3.12\""
    );
    assert_eq!(ran.text().matches("# target ").count(), 2);
    let because = "split 2.0 has no wheel for cp310-manylinux_2_28_x86_64";
    assert!(
        ran.text().contains(&format!("    # because {because}\n")),
        "{}",
        ran.text()
    );
    let warned = |ran: kit::Ran| {
        ran.stderr
            .contains(&format!("targets differ in split: {because}"))
    };
    assert!(warned(ran));
    // It is in every form, and told when it is news.
    let outputs = ["-o", "requirements.txt", "-o", "pylock.toml", "-o", "lock.json"];
    let lock = || {
        let run = place
            .reqlock()
            .args(["--target", "cp310-manylinux_2_28_x86_64", "requirements.in"]);
        warned(run.args(outputs).succeed())
    };
    assert_eq!((lock(), lock()), (true, false));
    for form in ["requirements.txt", "pylock.toml", "lock.json"] {
        assert!(place.world.read(form).contains(because), "{form}");
    }
}

#[test]
fn only_a_first_lock_asks_this_machine() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt"])
        .succeed();
    let first = place.world.read("requirements.txt");
    place
        .bare()
        .args(["requirements.in", "-o", "requirements.txt"])
        .succeed();
    assert_eq!(place.world.read("requirements.txt"), first);
    let own = place
        .bare()
        .args(["requirements.in", "--python", kit::PYTHON])
        .succeed()
        .text();
    assert!(own.contains("# target cp3."), "{own}");
}

#[test]
fn pins_are_kept_until_they_are_to_be_upgraded() {
    let place = Workplace::new();
    place.world.write("requirements.in", "framework\naddon\n");
    place
        .reqlock()
        .args(["requirements.in", "-o", "requirements.txt"])
        .succeed();
    place.add(Wheel::new("helper", "2.1"));
    place.add(Wheel::new("addon", "0.2"));
    let again = |more: &[&str]| {
        let ran = place
            .bare()
            .args(["requirements.in", "-o", "requirements.txt"])
            .args(more)
            .succeed();
        let changes = ran.json()["changes"].as_array().cloned().unwrap_or_default();
        let told = changes
            .iter()
            .map(|one| format!("{} {} {}", one["name"], one["from"], one["to"]));
        told.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(again(&[]), "");
    assert_eq!(again(&["-P", "helper"]), "helper 2.0 2.1");
    assert_eq!(again(&["-P", "helper==1.5"]), "helper 2.1 1.5");
    assert_eq!(again(&["-U"]), "addon 0.1 0.2, helper 1.5 2.1");
}

#[test]
fn files_that_are_added_to_a_locked_version_wait_for_a_word() {
    let place = Workplace::new();
    let first = Wheel::new("native", "1.0").tag("py3-none-any");
    let later = Wheel::new("native", "1.0").tag("cp312-cp312-manylinux_2_17_x86_64");
    place.add(first.clone());
    place.world.write("requirements.in", "native\n");
    let lock = |more: &[&str]| {
        let ran = place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt"])
            .args(more)
            .succeed();
        (
            place.world.read("requirements.txt").contains(&later.sha256()),
            ran.stderr,
        )
    };
    assert_eq!(lock(&[]), (false, String::new()));
    place.add(later.clone());
    let (there, told) = lock(&[]);
    assert!(
        !there && told.contains(&format!("{} is new; -P native takes it in", later.file_name())),
        "{told}"
    );
    assert_eq!(lock(&["-P", "native"]), (true, String::new()));
}

#[test]
fn a_project_is_an_input_too() {
    let place = Workplace::new();
    let text = "[project]\nname = 'app'\nrequires-python = '>=3.12'\ndependencies = ['framework<2']\n\
                [dependency-groups]\ntest = ['addon']\n";
    place.world.write("pyproject.toml", text);
    let ran = place
        .reqlock()
        .args(["pyproject.toml", "--group", "test"])
        .succeed();
    assert_eq!(pins(&ran.text()), "addon==0.1 framework==1.0 helper==1.5");
    assert!(ran.text().contains("# via pyproject.toml:4\n"), "{}", ran.text());
    place
        .bare()
        .args(["pyproject.toml", "--target", "cp311-win_amd64"])
        .output()
        .fails(65, "conflict");
}

#[test]
fn the_lock_of_one_machine_is_locked_again_on_another() {
    let place = Workplace::new();
    place.world.write("requirements.in", "helper\n");
    place
        .bare()
        .args(["requirements.in", "-o", "requirements.txt"])
        .succeed();
    let first = place.world.read("requirements.txt");
    // There is no interpreter on the other machine, and none is needed: the lock says what it is for.
    let again = place
        .bare()
        .env("PATH", "/nonexistent")
        .args(["requirements.in", "-o", "requirements.txt"]);
    again.succeed();
    assert_eq!(place.world.read("requirements.txt"), first);
}

#[test]
fn new_files_wait_until_they_have_cooled_down() {
    let place = Workplace::new();
    place.publish(&Wheel::new("fresh", "1.0"), |file| {
        file.uploaded = Some("2020-01-01T00:00:00Z".to_owned());
    });
    place.publish(&Wheel::new("fresh", "2.0"), |file| {
        file.uploaded = Some("2999-01-01T00:00:00Z".to_owned());
    });
    place.add(Wheel::new("timeless", "1.0"));
    place.world.write("requirements.in", "fresh\n");
    let lock = |more: &[&str]| {
        let ran = place
            .reqlock()
            .args(["requirements.in", "-o", "requirements.txt"])
            .args(more)
            .succeed();
        drop(ran);
        pins(&place.world.read("requirements.txt"))
    };
    assert_eq!(lock(&["--cooldown", "7d"]), "fresh==1.0");
    assert_eq!(
        lock(&["-U", "--cooldown", "7d", "--cooldown", "fresh=0d"]),
        "fresh==2.0"
    );
    assert_eq!(lock(&["--cooldown", "7d"]), "fresh==2.0");
    place.world.write("requirements.in", "timeless\n");
    let ran = place
        .reqlock()
        .args(["requirements.in", "--cooldown", "7d"])
        .output()
        .fails(65, "no-version");
    assert!(
        ran.stderr.contains("timeless 1.0 has no time of upload"),
        "{}",
        ran.stderr
    );
}
