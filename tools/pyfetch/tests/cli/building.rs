//! Source distributions become wheels.

use std::io::Write as _;

use crate::Setting;
use flate2::{Compression, write::GzEncoder};

pub(crate) const NAME: &str = "made-1.0.tar.gz";

/// A backend that comes with the project and needs nothing.
pub(crate) const BACKEND: &str = r#"
import zipfile, sys
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "made-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel_directory + "/" + name, "w") as wheel:
        wheel.writestr("made.py", "x = 1\n")
        info = "made-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: made\nVersion: 1.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files = ["made.py", info + "METADATA", info + "WHEEL", info + "RECORD"]
        wheel.writestr(info + "RECORD", "".join(record(wheel, name) for name in files))
    return name
def record(wheel, name):
    if name.endswith("RECORD"):
        return name + ",,\n"
    import hashlib, base64
    data = wheel.read(name)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(data))
"#;

fn sdist(backend: &str) -> Vec<u8> {
    sdist_that_needs("", backend)
}

pub(crate) fn sdist_that_needs(requirement: &str, backend: &str) -> Vec<u8> {
    let pyproject =
        "[build-system]\nrequires = [REQUIRES]\nbuild-backend = 'own'\nbackend-path = ['tools']\n";
    let pyproject = pyproject.replace("REQUIRES", requirement);
    let pyproject = pyproject.as_str();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [
        ("pyproject.toml", pyproject),
        ("tools/own.py", backend),
        ("PKG-INFO", "Metadata-Version: 2.1\nName: made\nVersion: 1.0\n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("made-1.0/{name}"), text.as_bytes())
            .unwrap();
    }
    let mut encoder = archive.into_inner().unwrap();
    encoder.flush().unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn setting(backend: &str) -> Setting {
    let setting = Setting::new();
    setting.index.add(NAME, sdist(backend));
    setting.world.write(
        "requirements.txt",
        format!("made==1.0 --hash=sha256:{}\n", kit::sha256(&sdist(backend))),
    );
    setting
}

#[test]
fn a_source_distribution_becomes_a_wheel_that_pip_takes() {
    let setting = setting(BACKEND);
    let document = setting.fetch().succeed().json();
    let file = &document["files"][0];
    assert_eq!(file["name"], "made-1.0-py3-none-any.whl");
    assert_eq!(file["built"]["sdist"], NAME);
    assert_eq!(
        file["built"]["hash"],
        format!("sha256:{}", kit::sha256(&sdist(BACKEND)))
    );
    assert_eq!(file["built"]["network_cut"], true);
    assert_eq!(
        setting.names(),
        ["made-1.0-py3-none-any.whl", "requirements.txt", "wheelhouse.json"]
    );
    let emitted = setting.world.read("wheels/requirements.txt");
    assert!(
        emitted.contains(file["hash"].as_str().unwrap()) && !emitted.contains(&kit::sha256(&sdist(BACKEND))),
        "{emitted}"
    );
    let pip =
        setting
            .world
            .run(kit::PYTHON)
            .args(["-m", "pip", "install", "--no-index", "--find-links", "wheels"]);
    let pip = pip.args([
        "--require-hashes",
        "-r",
        "wheels/requirements.txt",
        "--target",
        "site",
        "--quiet",
    ]);
    pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").succeed();
    assert!(setting.world.path("site/made.py").exists());

    setting.index.forget();
    assert_eq!(setting.fetch().succeed().json()["run"]["kept"], 1);
    assert_eq!(setting.index.requests().len(), 0);
    setting.fetch().arg("--check").succeed();
}

#[test]
fn a_build_cannot_reach_the_network() {
    let setting = Setting::new();
    let port = setting
        .index
        .url()
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let reaching = format!("import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)\n{BACKEND}");
    setting.index.add(NAME, sdist(&reaching));
    setting.world.write(
        "requirements.txt",
        format!("made==1.0 --hash=sha256:{}\n", kit::sha256(&sdist(&reaching))),
    );
    let document = setting.fetch().output().fails(65, "build-failed").json();
    assert!(document.to_string().contains(".log"), "{document:#}");
    assert!(setting.names().is_empty());
    let document = setting
        .fetch()
        .args(["--build-network", "allow"])
        .succeed()
        .json();
    assert_eq!(document["files"][0]["built"]["network_cut"], false);
}

#[test]
fn a_build_that_is_not_wanted_is_an_error() {
    let setting = setting(BACKEND);
    let document = setting
        .fetch()
        .arg("--no-build")
        .output()
        .fails(65, "no-wheel")
        .json();
    assert!(
        document["message"].as_str().unwrap().contains(NAME),
        "{document:#}"
    );
    setting
        .fetch_for("cp312-win_amd64")
        .output()
        .fails(65, "no-wheel");
}

#[test]
fn root_builds_nothing_unless_it_is_allowed() {
    if !kit::has_root() {
        return; // Only root can be refused.
    }
    let setting = setting(BACKEND);
    setting.fetch().as_caller().output().fails(77, "root");
    setting.fetch().as_caller().arg("--allow-root").succeed();
}

#[test]
fn a_build_that_hangs_is_ended() {
    let setting = setting(&format!("import time\ntime.sleep(600)\n{BACKEND}"));
    let begun = std::time::Instant::now();
    let run = setting.fetch().args(["--build-timeout", "2"]);
    let document = run.output().fails(75, "timeout").json();
    assert!(
        document["message"].as_str().unwrap().contains("longer than 2 s"),
        "{document:#}"
    );
    assert!(setting.names().is_empty());
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn a_source_distribution_is_kept_on_demand() {
    let setting = setting(BACKEND);
    setting.fetch().succeed();
    setting.index.forget();
    // Asked for later it is fetched, and nothing is built again.
    let document = setting.fetch().arg("--keep-sdist").succeed().json();
    assert_eq!(
        (
            document["run"]["fetched"][0].as_str(),
            document["run"]["kept"].as_u64()
        ),
        (Some(NAME), Some(1))
    );
    assert!(setting.names().contains(&NAME.to_owned()));
    assert!(
        !setting
            .world
            .read("wheels/requirements.txt")
            .contains(&kit::sha256(&sdist(BACKEND)))
    );
    setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "both", "--keep-sdist"])
        .succeed();
    assert!(setting.world.path("both").join(NAME).exists());
    assert_eq!(setting.index.count("/files/"), 2);
}

#[test]
fn a_wheel_of_something_else_is_no_answer() {
    let other = BACKEND
        .replace("made-1.0", "made-2.0")
        .replace("made\\nVersion: 1.0", "made\\nVersion: 2.0");
    let setting = setting(&other);
    let document = setting.fetch().output().fails(65, "build-failed").json();
    assert!(
        document["message"]
            .as_str()
            .unwrap()
            .contains("expected made 1.0"),
        "{document:#}"
    );
}

#[test]
fn what_must_not_be_built_is_not() {
    let setting = setting(BACKEND);
    setting
        .fetch()
        .env("PIP_ONLY_BINARY", ":all:")
        .output()
        .fails(65, "no-wheel");
    setting.fetch().env("PIP_ONLY_BINARY", "something-else").succeed();
}

#[test]
fn build_requirements_come_from_the_index_or_from_their_own_lock() {
    let setting = Setting::new();
    let helper = |version: &str| {
        kit::wheel::Wheel::new("helper", version).file("helper.py", format!("version = '{version}'\n"))
    };
    [helper("1.0"), helper("2.0")]
        .iter()
        .for_each(|wheel| setting.publish(wheel));
    let says = BACKEND.replace("x = 1", "made_with = '%s'").replace(
        "\\n\")\n        info",
        "\\n\" % __import__('helper').version)\n        info",
    );
    let archive = sdist_that_needs("'helper>=1'", &says);
    setting.index.add(NAME, archive.clone());
    setting.world.write(
        "requirements.txt",
        format!("made==1.0 --hash=sha256:{}\n", kit::sha256(&archive)),
    );
    let built = |folder: &str, more: &[&str]| {
        let run = setting
            .bare()
            .args(["-r", "requirements.txt", "-o", folder])
            .args(more);
        run.succeed().json()["files"][0]["hash"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let newest = built("newest", &[]);
    setting.world.write("build.txt", helper("1.0").pin());
    let locked = built("locked", &["--build-lock", "build.txt"]);
    assert_ne!(newest, locked);
    setting
        .world
        .write("build.txt", kit::wheel::Wheel::new("unrelated", "1.0").pin());
    let document = setting
        .fetch()
        .args(["--build-lock", "build.txt"])
        .output()
        .expect(65)
        .json();
    assert!(
        document
            .to_string()
            .contains("helper>=1 is not in the build lock"),
        "{document:#}"
    );
    setting.world.write("build.txt", "helper==1.0\n");
    setting
        .fetch()
        .args(["--build-lock", "build.txt"])
        .output()
        .fails(65, "missing-hash");
}

#[test]
fn a_build_that_differs_each_time_is_found_out() {
    let setting = setting(&BACKEND.replace("\"x = 1\\n\"", "'x = %r' % __import__('time').time_ns()"));
    setting
        .bare()
        .args(["-r", "requirements.txt", "-o", "once"])
        .succeed();
    let document = setting
        .fetch()
        .arg("--check-reproducible")
        .output()
        .fails(65, "build-failed")
        .json();
    assert!(
        document["message"].as_str().unwrap().contains("twice"),
        "{document:#}"
    );
    let steady = crate::building::setting(BACKEND);
    steady.fetch().arg("--check-reproducible").succeed();
}

#[test]
fn an_archive_that_swells_is_not_unpacked() {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(80 << 20);
    header.set_mode(0o644);
    let zeros = std::io::Read::take(std::io::repeat(0), 80 << 20);
    archive.append_data(&mut header, "made-1.0/zeros", zeros).unwrap();
    let bomb = archive.into_inner().unwrap().finish().unwrap();
    let setting = Setting::new();
    setting.index.add(NAME, bomb.clone());
    setting.world.write(
        "requirements.txt",
        format!("made==1.0 --hash=sha256:{}\n", kit::sha256(&bomb)),
    );
    let document = setting.fetch().output().fails(65, "bad-sdist").json();
    assert!(
        document["message"].as_str().unwrap().contains("too large"),
        "{document:#}"
    );
    assert!(setting.names().is_empty());
}

#[test]
fn a_build_cannot_write_elsewhere() {
    let spoils = "import pathlib\nfor folder in ['../../../../..', pathlib.Path.home() / '../../../..', '/tmp']:\n    \
                  try: (pathlib.Path(folder) / 'spoilt').write_text('x')\n    except OSError: continue\n    \
                  raise SystemExit('could write to %s' % folder)\n";
    let setting = setting(&format!("{spoils}{BACKEND}"));
    setting.fetch().succeed();
    let found = walk(&setting.world.path(""));
    assert!(!found.iter().any(|name| name == "spoilt"), "{found:?}");
    assert!(!std::path::Path::new("/tmp/spoilt").exists());
}

/// All names below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let entries = fs_err::read_dir(folder).unwrap().map(Result::unwrap);
    let below = entries.flat_map(|entry| {
        let more = if entry.file_type().unwrap().is_dir() {
            walk(&entry.path())
        } else {
            Vec::new()
        };
        std::iter::once(entry.file_name()).chain(more)
    });
    below.collect()
}

#[test]
fn what_a_backend_says_here_is_not_what_it_says_everywhere() {
    let setting = setting(BACKEND);
    setting.world.write("requirements.txt", "made\n");
    let run = setting
        .fetch()
        .args(["--target", "cp312-win_amd64", "--keep-sdist"]);
    let ran = run.succeed();
    let warning = format!("what {NAME} needs was asked of the Python here");
    assert!(
        ran.stderr.contains(&warning) && ran.stderr.contains("for cp312-win_amd64"),
        "{}",
        ran.stderr
    );
}
