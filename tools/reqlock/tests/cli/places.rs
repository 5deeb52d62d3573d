//! Where packages come from: several indexes, addresses, files and folders of this machine.

use crate::workplace::{Workplace, pins, without_header};
use kit::{index::Index, wheel::Wheel};

/// A second index that knows a newer helper, which it should not be asked for.
fn internal() -> Index {
    let index = Index::start();
    for wheel in [Wheel::new("helper", "9.0"), Wheel::new("secret", "1.0")] {
        index.add(&wheel.file_name(), wheel.bytes());
    }
    index
}

fn named(index: &Index) -> [String; 2] {
    ["--index".to_owned(), format!("internal={}", index.url())]
}

#[test]
fn a_line_pins_its_package_to_an_index_and_only_that_is_asked() {
    let (place, internal) = (Workplace::new(), internal());
    place.world.write(
        "requirements.in",
        "secret  # index internal\nframework\n    # index somewhere\nhelper\n",
    );
    let ran = place
        .reqlock()
        .args(named(&internal))
        .args(["--index", "somewhere=http://127.0.0.1:1/simple"])
        .arg("requirements.in")
        .output();
    ran.fails(75, "network");
    place
        .world
        .write("requirements.in", "secret  # index internal\nframework\n");
    let ran = place
        .reqlock()
        .args(named(&internal))
        .arg("requirements.in")
        .succeed();
    assert_eq!(
        pins(&without_header(&ran.text())),
        "framework==2.0 helper==2.0 secret==1.0"
    );
    assert!(
        ran.text()
            .contains("\n    # index internal\n    # via requirements.in:1\n"),
        "{}",
        ran.text()
    );
    assert_eq!((place.index.count("secret"), internal.count("helper")), (0, 0));
    // The lock still does, and it does not if the line is changed.
    let lock = |more: &[&str]| {
        let run = place.reqlock().args(named(&internal)).arg("requirements.in");
        run.args(["-o", "requirements.txt"]).args(more).output().status
    };
    assert_eq!((lock(&[]), lock(&["--check"])), (0, 0));
    place.world.write("requirements.in", "secret\nframework\n");
    assert_eq!(lock(&["--check"]), 1);
}

#[test]
fn an_index_that_nobody_names_is_an_error_with_its_line() {
    let place = Workplace::new();
    place
        .world
        .write("requirements.in", "framework\nhelper  # index internal\n");
    let ran = place
        .reqlock()
        .arg("requirements.in")
        .output()
        .fails(2, "no-index");
    assert_eq!(ran.json()["line"], 2);
    for wrong in ["internal", "=x", "internal="] {
        let ran = place
            .reqlock()
            .args(["requirements.in", "--index", wrong])
            .output();
        assert_eq!(ran.status, 2, "{wrong}");
    }
    place
        .world
        .write("requirements.in", "helper  # index one\nhelper  # index two\n");
    place
        .reqlock()
        .arg("requirements.in")
        .output()
        .fails(65, "conflict");
}

#[test]
fn a_name_on_two_indexes_is_found_out() {
    let (place, internal) = (Workplace::new(), internal());
    place.world.write("requirements.in", "framework\n");
    let run = |more: &[&str]| {
        let run = place
            .reqlock()
            .args(["requirements.in", "--index-check", "--extra-index-url"]);
        run.arg(internal.url()).args(more)
    };
    let ran = run(&[]).output().fails(65, "conflict");
    assert!(
        ran.json()["causes"].to_string().contains("helper: "),
        "{}",
        ran.text()
    );
    // The first index wins without the check, and a pin says which one is meant.
    place.reqlock().arg("requirements.in").succeed();
    place
        .world
        .write("requirements.in", "framework\nhelper  # index internal\n");
    let pinned = run(&named(&internal).each_ref().map(String::as_str));
    pinned.succeed();
    place
        .world
        .write("requirements.in", "framework<2\nhelper<2  # index first\n");
    run(&["--index", &format!("first={}", place.index.url())]).succeed();
}

#[test]
fn indexes_that_say_that_their_projects_are_one_are_no_rivals() {
    let run = |place: &Workplace, internal: &Index| {
        place.world.write("requirements.in", "framework\n");
        let run = place
            .reqlock()
            .args(["requirements.in", "--index-check", "--extra-index-url"]);
        run.arg(internal.url()).output()
    };
    // A mirror that tracks the first index; then a first index that names the other as an alternate location.
    let (place, internal) = (Workplace::new(), internal());
    run(&place, &internal).fails(65, "conflict");
    let page = |index: &Index| vec![format!("{}{{}}/", index.url())];
    internal.set(|settings| settings.tracks = page(&place.index));
    run(&place, &internal).expect(0);
    internal.set(|settings| settings.tracks = vec!["https://index.example.com/simple/{}/".to_owned()]);
    run(&place, &internal).fails(65, "conflict");
    internal.set(|settings| settings.tracks.clear());
    place.index.set(|settings| settings.alternates = page(&internal));
    run(&place, &internal).expect(0);
}

#[test]
fn an_address_is_locked_as_it_is() {
    let place = Workplace::new();
    let wheel = Wheel::new("direct", "1.0").requires("helper");
    place.add(wheel.clone());
    let url = place.index.file_url(&wheel.file_name());
    for line in [format!("direct @ {url}"), url.clone()] {
        let lock = place.lock(&format!("{line}\n"));
        assert!(
            lock.starts_with(&format!(
                "direct @ {url} \\\n    --hash=sha256:{}\n",
                wheel.sha256()
            )),
            "{lock}"
        );
        assert!(lock.contains("helper==2.0"), "{lock}");
    }
    assert_eq!(place.index.count("/simple/direct"), 0);
    // A hash that the address names costs no download.
    place.index.forget();
    place.lock(&format!("direct @ {url}#sha256={}\n", wheel.sha256()));
    assert!(
        place
            .index
            .requests()
            .iter()
            .all(|request| { !request.path.ends_with(".whl") || request.header("range").is_some() })
    );
    // Credentials stay out, variables stay variables.
    let secret = url.replace("http://", "http://me:${TOKEN}@");
    place
        .world
        .write("requirements.in", format!("direct @ {secret}\n"));
    let run = || {
        place
            .reqlock()
            .env("TOKEN", "hidden")
            .args(["requirements.in", "-v"])
    };
    let ran = run().succeed();
    assert!(ran.text().contains(&secret) && !(ran.text() + &ran.stderr).contains("hidden"));
    let outputs = ["-o", "requirements.txt", "-o", "pylock.toml"];
    run().args(outputs).succeed();
    let check = ["-o", "requirements.txt", "--check"];
    run().args(check).succeed();
}

#[test]
fn addresses_that_contradict_each_other_or_say_nothing_are_refused() {
    let place = Workplace::new();
    let refused = |text: &str, kind: &str| {
        place.world.write("requirements.in", text);
        let ran = place.reqlock().arg("requirements.in").output().fails(65, kind);
        assert!(!ran.text().contains("secret"), "{}", ran.text());
    };
    let base = place.index.base();
    for (hash, kind) in [
        ("sha256=zz", "bad-syntax"),
        (&*format!("sha512={}", "0a".repeat(64)), "missing-hash"),
    ] {
        refused(&format!("a @ {base}a-1-py3-none-any.whl#{hash}\n"), kind);
    }
    refused(
        &format!("a @ {base}a-1-py3-none-any.whl\na @ {base}a-2-py3-none-any.whl\n"),
        "conflict",
    );
    refused(
        "a @ git+https://me:secret@files.example.com/a@main\n",
        "unsupported",
    );
    refused(
        "a @ https://me:secret@files.example.com/archive/main.zip\n",
        "unsupported",
    );
    refused("https://files.example.com/main.zip\n", "unsupported");
    refused(
        "b @ https://files.example.com/a-1-py3-none-any.whl\n",
        "unsupported",
    );
    refused("./vendor/a-1-py3-none-any.whl\n", "not-found");
    place.world.folder("vendor");
    refused("./vendor\n", "not-found");
    refused("-e ./nowhere\n", "unsupported");
    // An address in somebody else's metadata is none of ours.
    place.add(
        Wheel::new("sly", "1.0").requires("helper @ https://files.example.com/helper-7-py3-none-any.whl"),
    );
    refused("sly\n", "conflict");
}

#[test]
fn a_file_of_this_machine_is_locked_with_the_folder_it_lies_in_and_pip_installs_it() {
    let place = Workplace::new();
    let wheel = Wheel::new("vendored", "1.5")
        .requires("helper<2")
        .file("vendored.py", "");
    place
        .world
        .write(format!("app/vendor/{}", wheel.file_name()), wheel.bytes());
    // A newer one on the index is not meant.
    place.add(Wheel::new("vendored", "2.0"));
    place
        .world
        .write("app/requirements.in", format!("./vendor/{}\n", wheel.file_name()));
    let lock = |cwd: &str, input: &str| {
        let run = place.reqlock().cwd(cwd).args(["--format", "text"]);
        run.arg(input).succeed().text()
    };
    let text = lock("app", "requirements.in");
    assert_eq!(lock(".", "app/requirements.in"), text);
    assert!(text.contains("\n--find-links vendor\n"), "{text}");
    assert!(!text.contains(&*place.world.root().to_string_lossy()), "{text}");
    assert_eq!(pins(&without_header(&text)), "helper==1.5 vendored==1.5");
    place.world.write("app/requirements.txt", &text);
    let pip = place
        .world
        .run(kit::PYTHON)
        .args(["-m", "pip", "install", "--no-cache-dir"]);
    let pip = pip.args([
        "--require-hashes",
        "--target",
        "into",
        "-r",
        "app/requirements.txt",
    ]);
    pip.env("PIP_INDEX_URL", place.index.url()).succeed();
    assert!(place.world.path("into/vendored-1.5.dist-info").is_dir());
}

#[test]
fn a_folder_is_own_code_whose_dependencies_are_locked() {
    let place = Workplace::new();
    let project = "[project]\nname = 'own'\nversion = '1'\ndependencies = ['framework']\n\
                   [project.optional-dependencies]\nmore = ['addon']\n";
    place.world.write("own/pyproject.toml", project);
    assert_eq!(place.pins("-e ./own\n"), "framework==2.0 helper==2.0");
    let text = place.lock("./own[more]\n");
    assert_eq!(pins(&text), "addon==0.1 framework==2.0 helper==2.0");
    assert!(text.contains("# via own/pyproject.toml:"), "{text}");
}

#[test]
fn prereleases_of_one_package_are_let_in() {
    let place = Workplace::new();
    for name in ["helper", "addon"] {
        place.add(Wheel::new(name, "3.0b1"));
    }
    place.world.write("requirements.in", "helper\naddon\n");
    let pinned =
        |arguments: &[&str]| pins(&without_header(&place.reqlock().args(arguments).succeed().text()));
    assert_eq!(pinned(&["requirements.in"]), "addon==0.1 helper==2.0");
    assert_eq!(
        pinned(&["--pre", "Helper", "requirements.in"]),
        "addon==0.1 helper==3.0b1"
    );
    assert_eq!(
        pinned(&["--pre", "requirements.in"]),
        "addon==3.0b1 helper==3.0b1"
    );
    assert_eq!(
        pinned(&["requirements.in", "--pre"]),
        "addon==3.0b1 helper==3.0b1"
    );
    assert_eq!(place.reqlock().args(["--pre", "helper"]).output().status, 2);
}

#[test]
fn requirements_at_an_address_are_read_as_pip_does() {
    let place = Workplace::new();
    place
        .index
        .add("base.txt", b"-c limits/first.txt\nframework\n".to_vec());
    place.index.add("limits/first.txt", b"framework<2\n".to_vec());
    let secret = place
        .index
        .file_url("base.txt")
        .replace("http://", "http://me:${TOKEN}@");
    place
        .world
        .write("requirements.in", format!("-r {secret}?key=${{TOKEN}}\naddon\n"));
    let run = |more: &[&str]| {
        let run = place
            .reqlock()
            .env("TOKEN", "hidden")
            .args(["requirements.in", "-v"]);
        run.args(["-o", "requirements.txt"]).args(more)
    };
    let ran = run(&[]).succeed();
    let text = place.world.read("requirements.txt");
    assert_eq!(
        pins(&without_header(&text)),
        "addon==0.1 framework==1.0 helper==1.5"
    );
    let url = place.index.file_url("base.txt");
    assert!(
        text.contains(&format!("\n# input {url} sha256:")) && text.contains(&format!("# via {url}:2\n")),
        "{text}"
    );
    assert!(!(text.clone() + &ran.stderr + &ran.text()).contains("hidden"));
    assert_eq!(place.index.count("base.txt"), 1);
    // A check asks nobody; what it can judge it does.
    place.index.add("limits/first.txt", b"framework<3\n".to_vec());
    place.index.forget();
    run(&["--check"]).succeed();
    assert_eq!(place.index.requests().len(), 0);
    let ran = run(&["--check", "--online"]).output().expect(1);
    assert!(
        ran.text().contains("limits/first.txt has changed since"),
        "{}",
        ran.text()
    );
    place.world.write("requirements.in", "addon\n");
    let ran = run(&["--check"]).output().expect(1);
    assert!(
        ran.text().contains("requirements.in has changed since"),
        "{}",
        ran.text()
    );
}

#[test]
fn requirements_at_an_address_that_fail_say_why() {
    let place = Workplace::new();
    place.index.add("limits.txt", b"helper<2\n???\n".to_vec());
    let url = place.index.file_url("limits.txt");
    place
        .world
        .write("requirements.in", format!("helper\n-c {url}\n"));
    let run = || place.reqlock().arg("requirements.in").output();
    let document = run().fails(65, "bad-syntax").json();
    assert_eq!(
        (&document["file"], &document["line"]),
        (&url.as_str().into(), &2.into())
    );
    for (fault, status, kind) in [
        (kit::index::Fault::Status(503), 75, "http-5xx"),
        (kit::index::Fault::Html, 75, "not-a-package"),
        (kit::index::Fault::Status(404), 65, "not-found"),
    ] {
        place.index.heal();
        place.index.fault("limits.txt", fault, kit::index::Times::Always);
        let document = run().fails(status, kind).json();
        assert_eq!(
            (&document["file"], &document["line"]),
            (&"requirements.in".into(), &2.into())
        );
    }
    // On the command line too.
    place.index.heal();
    place.index.add("limits.txt", b"helper<2\n".to_vec());
    place.world.write("requirements.in", "helper\n");
    let ran = place.reqlock().args(["requirements.in", "-c", &url]).succeed();
    assert_eq!(pins(&without_header(&ran.text())), "helper==1.5");
}
