//! Builds with a backend that comes with the project, so that nothing needs to be fetched.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare has failed")]

use build::{Builder, Error, Network, Source, Wheels};
use flate2::{Compression, write::GzEncoder};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Duration,
};
use wire::{Fault, Kind};

/// A backend that packs one module, with the times and in the order that the disk gives.
const BACKEND: &str = r#"
import os, time, zipfile

METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1\nRequires-Dist: needed>=2\n"

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "demo-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        members = {
            "demo.py": "SEEN = %r\n" % os.environ["SOURCE_DATE_EPOCH"],
            "demo-1.dist-info/METADATA": METADATA,
            "demo-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        members["demo-1.dist-info/RECORD"] = "".join(map(record, members.items())) + "demo-1.dist-info/RECORD,,\n"
        for member, text in reversed(members.items()):
            info = zipfile.ZipInfo(member, time.localtime()[:6])
            archive.writestr(info, text)
    return name

def record(member):
    import base64, hashlib
    digest = base64.urlsafe_b64encode(hashlib.sha256(member[1].encode()).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (member[0], digest, len(member[1]))
"#;

struct Nothing;

impl Wheels for Nothing {
    fn wheels(&self, _: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>> {
        Err(Box::new(std::io::Error::other("there is nothing here")))
    }
}

struct Workshop {
    folder: tempfile::TempDir,
    interpreter: python::Interpreter,
}

impl Workshop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scratch", "logs", "wheels"] {
            fs_err::create_dir(folder.path().join(name)).unwrap();
        }
        let interpreter = python::ask(OsStr::new(kit::PYTHON), &python::Cache::none()).unwrap();
        Self { folder, interpreter }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Packs a project whose backend is this Python module.
    fn sdist(&self, backend: &str) -> PathBuf {
        let pyproject = "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n";
        self.pack(&[("pyproject.toml", pyproject), ("tools/own.py", backend)])
    }

    fn pack(&self, members: &[(&str, &str)]) -> PathBuf {
        let path = self.path("demo-1.tar.gz");
        let file = fs_err::File::create(&path).unwrap();
        let mut builder = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        for (name, text) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1_700_000_000);
            builder
                .append_data(&mut header, format!("demo-1/{name}"), text.as_bytes())
                .unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap();
        path
    }

    fn with<T>(&self, work: impl FnOnce(Builder) -> T) -> T {
        work(Builder {
            interpreter: &self.interpreter,
            wheels: &Nothing,
            scratch: &self.path("scratch"),
            logs: &self.path("logs"),
            network: Network::Cut,
            // The tests may run as root; that the tools refuse it is a test of theirs.
            allow_root: true,
            limit: Duration::from_secs(60),
        })
    }

    fn wheel(&self, sdist: &Path) -> Result<PathBuf, Error> {
        self.with(|builder| builder.wheel(Source::Archive(sdist), &self.path("wheels")))
    }

    fn fails(&self, backend: &str) -> Error {
        self.wheel(&self.sdist(backend)).unwrap_err()
    }
}

#[test]
fn the_same_archive_gives_the_same_bytes_and_leaves_nothing_else() {
    let workshop = Workshop::new();
    let sdist = workshop.sdist(BACKEND);
    let first = fs_err::read(workshop.wheel(&sdist).unwrap()).unwrap();
    // The backend writes the time of the day, to two seconds, into the archive.
    std::thread::sleep(Duration::from_millis(2100));
    let second = workshop.wheel(&sdist).unwrap();
    assert_eq!(first, fs_err::read(&second).unwrap());
    assert_eq!(second.file_name().unwrap(), "demo-1-py3-none-any.whl");
    assert_eq!(fs_err::read_dir(workshop.path("scratch")).unwrap().count(), 0);
}

#[test]
fn metadata_comes_from_the_hook_or_else_from_the_wheel() {
    let workshop = Workshop::new();
    let sdist = workshop.sdist(BACKEND);
    let told = workshop.with(|builder| builder.metadata(&sdist)).unwrap();
    assert!(
        String::from_utf8(told)
            .unwrap()
            .contains("Requires-Dist: needed>=2")
    );
    let hook = r#"
import os
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    os.mkdir(os.path.join(metadata_directory, "demo-1.dist-info"))
    with open(os.path.join(metadata_directory, "demo-1.dist-info", "METADATA"), "w") as file:
        file.write("Name: told\n")
    return "demo-1.dist-info"
"#;
    let sdist = workshop.sdist(hook);
    let told = workshop.with(|builder| builder.metadata(&sdist)).unwrap();
    assert_eq!(told, b"Name: told\n");
}

#[test]
fn metadata_that_the_archive_fixes_is_taken_without_running_anything() {
    let workshop = Workshop::new();
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n";
    let fixed = "Metadata-Version: 2.2\nName: demo\nVersion: 1\nRequires-Dist: told\n";
    let members = [
        ("pyproject.toml", pyproject),
        ("tools/own.py", "raise SystemExit('run')\n"),
        ("PKG-INFO", fixed),
    ];
    let told = workshop
        .with(|builder| builder.metadata(&workshop.pack(&members)))
        .unwrap();
    assert_eq!(told, fixed.as_bytes());
    let open = fixed.replace("Requires-Dist: told", "Dynamic: Requires-Dist");
    let members = [members[0], members[1], ("PKG-INFO", open.as_str())];
    assert!(
        workshop
            .with(|builder| builder.metadata(&workshop.pack(&members)))
            .is_err()
    );
}

#[test]
#[expect(
    clippy::disallowed_types,
    reason = "a listener on loopback shows what is reachable"
)]
fn the_network_is_cut() {
    // A listener of ours on loopback would be reached if it were not.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let workshop = Workshop::new();
    let backend = format!(
        "import socket\nsocket.create_connection(('127.0.0.1', {}), 5)\n{BACKEND}",
        address.port()
    );
    let error = workshop.fails(&backend);
    assert!(error.to_string().contains("Network is unreachable"), "{error}");
    let open = workshop.with(|mut builder| {
        builder.network = Network::Allow;
        builder.wheel(
            Source::Archive(&workshop.sdist(&backend)),
            &workshop.path("wheels"),
        )
    });
    assert!(open.is_ok(), "{open:?}");
}

#[test]
fn nothing_is_written_outside_of_the_build() {
    let workshop = Workshop::new();
    let outside = workshop.path("outside");
    let backend = format!(
        "open({:?}, 'w').write('here')\n{BACKEND}",
        outside.display().to_string()
    );
    let error = workshop.fails(&backend);
    assert!(error.to_string().contains("Read-only file system"), "{error}");
    assert!(!outside.exists());
    // What it needs itself it may write: the project, HOME, TMPDIR, semaphores.
    let usual = "\
        import os, pathlib, tempfile, multiprocessing\n\
        pathlib.Path('generated.c').write_text('')\n\
        (pathlib.Path.home() / '.cache').mkdir(exist_ok=True)\n\
        tempfile.NamedTemporaryFile().close()\n\
        multiprocessing.Semaphore()\n";
    workshop
        .wheel(&workshop.sdist(&format!("{usual}{BACKEND}")))
        .unwrap();
}

#[test]
fn a_wheel_that_would_lead_astray_is_refused() {
    let workshop = Workshop::new();
    for (good, evil) in [
        ("\"demo.py\"", "\"../demo.py\""),
        ("hashlib.sha256(", "hashlib.sha256(b'x' + "),
    ] {
        let error = workshop.fails(&BACKEND.replace(good, evil));
        assert_eq!(error.kind(), Kind::BuildFailed, "{error}");
        assert!(matches!(error, Error::BadWheel { .. }), "{error}");
    }
}

#[test]
fn a_folder_is_built_like_an_archive() {
    let workshop = Workshop::new();
    let root = workshop.path("demo");
    fs_err::create_dir_all(root.join("tools")).unwrap();
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n";
    fs_err::write(root.join("pyproject.toml"), pyproject).unwrap();
    fs_err::write(root.join("tools/own.py"), BACKEND).unwrap();
    let project = build::Project {
        root,
        epoch: 1_700_000_000,
    };
    let source = Source::Checkout {
        project: &project,
        name: "demo",
    };
    let built = workshop.with(|builder| builder.wheel(source, &workshop.path("wheels")));
    let of_folder = fs_err::read(built.unwrap()).unwrap();
    assert_eq!(
        of_folder,
        fs_err::read(workshop.wheel(&workshop.sdist(BACKEND)).unwrap()).unwrap()
    );
}

#[test]
fn nothing_of_our_environment_reaches_the_backend() {
    let workshop = Workshop::new();
    let backend = format!(
        "import os\nassert os.environ.keys() <= {{{}}}, os.environ\n{BACKEND}",
        [
            "'PATH'",
            "'HOME'",
            "'TMPDIR'",
            "'LANG'",
            "'LC_CTYPE'",
            "'SOURCE_DATE_EPOCH'",
            "'PYTHONHASHSEED'",
            "'PYTHONDONTWRITEBYTECODE'",
            "'PIP_NO_INDEX'",
            "'CC'",
            "'CFLAGS'",
            "'CXX'",
            "'LD_LIBRARY_PATH'",
            "'CARGO_HOME'",
            "'RUSTUP_HOME'",
            "'RUSTFLAGS'",
            "'PKG_CONFIG_PATH'",
            "'MAKEFLAGS'",
        ]
        .join(", ")
    );
    workshop.wheel(&workshop.sdist(&backend)).unwrap();
}

#[test]
fn a_failing_backend_shows_its_last_words_and_keeps_its_log() {
    let workshop = Workshop::new();
    let error = workshop.fails("print('thinking')\nraise RuntimeError('no compiler here')\n");
    assert_eq!(error.kind(), Kind::BuildFailed);
    assert!(
        error.to_string().contains("RuntimeError: no compiler here"),
        "{error}"
    );
    let log = error.place().file.unwrap();
    assert!(fs_err::read_to_string(log).unwrap().contains("thinking"));
}

#[test]
fn rubbish_answers_are_refused() {
    let workshop = Workshop::new();
    let backends = [
        "def build_wheel(*_): return '../../evil.whl'\n",
        "def build_wheel(*_): return 7\n",
        "def build_wheel(*_): return 'not-there.whl'\n",
        "pass\n",
        "def build_wheel(*_):\n    import os\n    os._exit(0)\n",
        "def get_requires_for_build_wheel(*_): return [1]\n",
    ];
    for backend in backends {
        let error = workshop.fails(backend);
        assert!(matches!(error, Error::BadAnswer { .. }), "{backend}: {error}");
    }
}

#[test]
fn a_backend_that_does_not_end_is_ended() {
    let workshop = Workshop::new();
    let sdist = workshop.sdist("import time\ntime.sleep(600)\n");
    let error = workshop.with(|mut builder| {
        builder.limit = Duration::from_millis(700);
        builder
            .wheel(Source::Archive(&sdist), &workshop.path("wheels"))
            .unwrap_err()
    });
    assert_eq!(error.kind(), Kind::Timeout);
}

#[test]
fn build_requirements_that_cannot_be_had_are_named() {
    let workshop = Workshop::new();
    let sdist = workshop.pack(&[(
        "setup.py",
        "from setuptools import setup; setup(name='demo', version='1')",
    )]);
    let error = workshop.wheel(&sdist).unwrap_err();
    assert!(error.to_string().contains("setuptools>=40.8.0"), "{error}");
}

#[test]
fn a_backend_outside_its_path_is_refused() {
    let workshop = Workshop::new();
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = 'json'\nbackend-path = ['tools']\n";
    let sdist = workshop.pack(&[("pyproject.toml", pyproject), ("tools/other.py", "")]);
    let error = workshop.wheel(&sdist).unwrap_err();
    assert!(
        error.to_string().contains("was not found below backend-path"),
        "{error}"
    );
}
