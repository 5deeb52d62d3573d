//! Source distributions, whose own backend says what they need.

use crate::workplace::Workplace;
use flate2::{Compression, write::GzEncoder};
use kit::wheel::Wheel;

/// A backend in a wheel of its own, so that build requirements come from the index.
const BACKEND: &str = r#"
import os, socket

def get_requires_for_build_wheel(config_settings=None):
    return ["asked"]

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    import asked
    reachable = True
    try:
        socket.create_connection(("127.0.0.1", PORT), 5)
    except OSError:
        reachable = False
    folder = os.path.join(metadata_directory, "built-1.0.dist-info")
    os.mkdir(folder)
    with open(os.path.join(folder, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: built\nVersion: 1.0\n")
        file.write("Requires-Dist: %s\n" % ("framework" if reachable else "helper"))
        if os.getuid() != 0:
            file.write("Requires-Dist: addon\n")
    return "built-1.0.dist-info"
"#;

/// Packs a source distribution.
fn sdist(name: &str, members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("{name}/{path}"), text.as_bytes())
            .unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn workplace() -> Workplace {
    let place = Workplace::new();
    let port = place
        .index
        .base()
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    let backend = BACKEND.replace("PORT", &port);
    place.add(Wheel::new("backend", "1.0").file("backend.py", backend));
    place.add(Wheel::new("asked", "1.0").file("asked.py", ""));
    let pyproject = "[build-system]\nrequires = ['backend>=1']\nbuild-backend = 'backend'\n";
    place.index.add(
        "built-1.0.tar.gz",
        sdist("built-1.0", &[("pyproject.toml", pyproject)]),
    );
    place.world.write("requirements.in", "--no-binary built\nbuilt\n");
    place
}

#[test]
fn the_backend_says_what_a_source_distribution_needs_with_the_network_cut() {
    let place = workplace();
    let ran = place
        .bare()
        .args(["requirements.in", "--python", kit::PYTHON])
        .succeed();
    assert_eq!(
        crate::workplace::pins(&ran.text()),
        "addon==0.1 built==1.0 helper==2.0"
    );
    let open = place
        .bare()
        .args(["requirements.in", "--build-network", "allow"])
        .succeed();
    assert!(open.text().contains("framework==2.0"), "{}", open.text());
}

#[test]
fn builds_are_done_in_shared_memory_too_and_what_they_told_does_not_stay_for_ever() {
    let place = workplace();
    let cache = tempfile::Builder::new()
        .prefix("reqlock")
        .tempdir_in("/dev/shm")
        .unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs_err::set_permissions(cache.path(), open).unwrap();
    let lock = || {
        let run = place.bare().env("XDG_CACHE_HOME", cache.path());
        run.args(["requirements.in", "--python", kit::PYTHON]).succeed()
    };
    lock();
    let told = cache.path().join("reqlock/told");
    let count = || fs_err::read_dir(&told).unwrap().count();
    assert_eq!(count(), 1);
    let outdated = told.join("outdated");
    let file = fs_err::File::create(&outdated).unwrap();
    let month = std::time::Duration::from_secs(31 * 24 * 60 * 60);
    file.set_modified(std::time::SystemTime::now() - month).unwrap();
    fs_err::remove_file(cache.path().join("reqlock/trimmed")).unwrap();
    lock();
    assert!(!outdated.exists() && count() == 1);
}

#[test]
fn an_archive_that_a_power_cut_left_empty_is_fetched_again() {
    let place = workplace();
    let lock = || {
        let run = place.bare().env("XDG_CACHE_HOME", place.world.path("cache"));
        run.args(["requirements.in", "--python", kit::PYTHON])
            .succeed()
            .text()
    };
    let first = lock();
    let find = |name: &str| {
        let found = place.world.run("find").args(["cache", "-name", name]).succeed();
        place.world.path(found.text().trim())
    };
    fs_err::write(find("built-1.0.tar.gz"), "").unwrap();
    fs_err::remove_file(find("*.metadata")).unwrap();
    assert_eq!(lock(), first);
    assert!(fs_err::metadata(find("built-1.0.tar.gz")).unwrap().len() > 0);
}

#[test]
fn nothing_is_built_unless_it_is_let_in() {
    let place = workplace();
    place.world.write("requirements.in", "built\n");
    place.bare().arg("requirements.in").output().fails(65, "no-wheel");
    place
        .bare()
        .args(["requirements.in", "--no-binary", "built"])
        .succeed();
    place
        .bare()
        .args(["requirements.in", "--allow-sdist", "built"])
        .succeed();
}

#[test]
fn root_runs_no_foreign_code() {
    if !kit::has_root() {
        return;
    }
    let place = workplace();
    place
        .bare()
        .arg("requirements.in")
        .as_caller()
        .output()
        .fails(77, "root");
    place
        .bare()
        .args(["requirements.in", "--allow-root"])
        .as_caller()
        .succeed();
}

#[test]
fn metadata_that_is_fixed_needs_no_backend() {
    let place = workplace();
    let metadata = "Metadata-Version: 2.2\nName: fixed\nVersion: 1.0\nRequires-Dist: helper<2\n";
    place
        .index
        .add("fixed-1.0.tar.gz", sdist("fixed-1.0", &[("PKG-INFO", metadata)]));
    place.world.write("requirements.in", "--no-binary fixed\nfixed\n");
    let ran = place.bare().arg("requirements.in").as_caller().succeed();
    assert_eq!(crate::workplace::pins(&ran.text()), "fixed==1.0 helper==1.5");
    // The backend named is nowhere: it is not asked.
    let project = "[build-system]\nrequires = ['nonesuch']\nbuild-backend = 'nonesuch'\n\
        [project]\nname = 'fixed'\nversion = '2.0'\ndependencies = ['helper<1.5']\n\
        optional-dependencies = {more = ['addon']}\n";
    let old = "Metadata-Version: 2.1\nName: fixed\nVersion: 2.0\n";
    let publish = |project: &str| {
        let members = [("PKG-INFO", old), ("pyproject.toml", project)];
        place.index.add("fixed-2.0.tar.gz", sdist("fixed-2.0", &members));
    };
    publish(project);
    place
        .world
        .write("requirements.in", "--no-binary fixed\nfixed[more]\n");
    let ran = place.bare().arg("requirements.in").as_caller().succeed();
    assert_eq!(
        crate::workplace::pins(&ran.text()),
        "addon==0.1 fixed[more]==2.0 helper==1.0"
    );
    publish(&project.replace(
        "optional-dependencies",
        "dynamic = ['dependencies']\noptional-dependencies",
    ));
    let run = place.bare().args(["requirements.in", "--allow-root"]);
    run.as_caller().output().fails(65, "unknown-package");
}

#[test]
fn a_failing_backend_shows_why() {
    let place = workplace();
    place.add(Wheel::new("breaker", "1").file("broken.py", "raise RuntimeError('no compiler')\n"));
    let pyproject = "[build-system]\nrequires = ['breaker']\nbuild-backend = 'broken'\n";
    place.index.add(
        "broken-1.0.tar.gz",
        sdist("broken-1.0", &[("pyproject.toml", pyproject)]),
    );
    place
        .world
        .write("requirements.in", "--no-binary :all:\nbroken\n");
    let ran = place
        .bare()
        .arg("requirements.in")
        .output()
        .fails(65, "build-failed");
    assert!(ran.stderr.contains("RuntimeError: no compiler"), "{}", ran.stderr);
    let log = ran.json()["file"].as_str().unwrap().to_owned();
    assert!(log.ends_with("logs/broken-1.0.tar.gz.log"), "{log}");
}

#[test]
fn a_build_requirement_that_is_not_there_is_named() {
    let place = workplace();
    let pyproject = "[build-system]\nrequires = ['nonesuch>=2']\nbuild-backend = 'nonesuch'\n";
    place.index.add(
        "lost-1.0.tar.gz",
        sdist("lost-1.0", &[("pyproject.toml", pyproject)]),
    );
    place.world.write("requirements.in", "--no-binary lost\nlost\n");
    let ran = place
        .bare()
        .arg("requirements.in")
        .output()
        .fails(65, "unknown-package");
    assert!(ran.stderr.contains("nonesuch"), "{}", ran.stderr);
}

#[test]
fn a_damaged_source_distribution_is_named() {
    let place = workplace();
    place.index.add("rubbish-1.0.tar.gz", b"<html>".to_vec());
    place
        .world
        .write("requirements.in", "--no-binary rubbish\nrubbish\n");
    place
        .bare()
        .arg("requirements.in")
        .output()
        .fails(65, "bad-sdist");
}

#[test]
fn what_building_needs_is_locked_too() {
    let place = workplace();
    place
        .world
        .write("requirements.in", "--no-binary built\nbuilt\n-r more.in\n");
    place.world.write("more.in", "-e own\n");
    place.add(Wheel::new("own_backend", "3.0").requires("helper<2"));
    let project = "[build-system]\nrequires = ['own-backend']\n[project]\nname = 'own'\nversion = '1'\n";
    place.world.write("own/pyproject.toml", project);
    let lock = || {
        let run = place.bare().args([
            "requirements.in",
            "--python",
            kit::PYTHON,
            "-o",
            "requirements.txt",
        ]);
        run.args(["--build-lock", "build-requirements.txt"]).succeed();
        place.world.read("build-requirements.txt")
    };
    let text = lock();
    assert_eq!(
        crate::workplace::pins(&crate::workplace::without_header(&text)),
        "asked==1.0 backend==1.0 helper==1.5 own-backend==3.0"
    );
    assert_eq!(text.matches("--hash=sha256:").count(), 4);
    assert!(
        text.contains("# via build of built 1.0") && text.contains("# via build of own/pyproject.toml"),
        "{text}"
    );
    assert!(!place.world.read("requirements.txt").contains("backend"));
    // What is locked stays.
    place.add(Wheel::new("asked", "2.0").file("asked.py", ""));
    assert_eq!(lock(), text);
}
