//! A small made-up project: what it requires, the index that has it, and the tools in a folder on PATH.

use crate::workspace::{TOOLS, tool};
use kit::{Run, World, index::Index, wheel::Wheel};

/// Requires a package with a dependency and a script, and one that exists only as source.
const REQUIREMENTS: &str = "frame>=1\n--no-binary onlysource\nonlysource\n";

/// The backend of `onlysource`, which needs nothing but Python.
const BACKEND: &str = r#"
import base64, hashlib, os, zipfile

INFO = "onlysource-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: onlysource\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: made-up\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    os.makedirs(os.path.join(folder, INFO))
    with open(os.path.join(folder, INFO, "METADATA"), "w") as file:
        file.write(METADATA)
    return INFO


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "onlysource-1.0-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in ("onlysource.py", "ANSWER = 42\n"), (f"{INFO}/METADATA", METADATA), (f"{INFO}/WHEEL", WHEEL):
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text)}\n"
        archive.writestr(zipfile.ZipInfo(f"{INFO}/RECORD", (2020, 1, 1, 0, 0, 0)), record + f"{INFO}/RECORD,,\n")
    return name
"#;

/// A world with a project in it, and an index on loopback.
pub(crate) struct Project {
    pub(crate) world: World,
    pub(crate) index: Index,
}

impl Project {
    pub(crate) fn new() -> Self {
        let index = Index::start();
        for wheel in [frame(), small("2.5")] {
            index.add(&wheel.file_name(), wheel.bytes());
        }
        index.add("onlysource-1.0.tar.gz", source_distribution());
        let world = World::new();
        world.write("requirements.in", REQUIREMENTS);
        install_tools(&world);
        Self { world, index }
    }

    /// Adds a newer version of `small` to the index.
    pub(crate) fn publish_newer(&self) {
        let wheel = small("2.6");
        self.index.add(&wheel.file_name(), wheel.bytes());
    }

    /// Prepares to run a program as a developer: with the index configured as pip's.
    pub(crate) fn run(&self, program: &str) -> Run {
        with_tools(&self.world, program).env("PIP_INDEX_URL", self.index.url())
    }

    /// Prepares to run a shell script that stops at the first failure, in a pipe too.
    pub(crate) fn script(&self, script: &str) -> Run {
        self.run("/bin/bash").args(["-euo", "pipefail", "-c", script])
    }

    /// Locks, fetches, and returns with `requirements.txt`, `wheels/` and `requirements.wheels.txt` in the world.
    pub(crate) fn lock_and_fetch(&self) {
        self.run("reqlock")
            .args(["requirements.in", "-o", "requirements.txt"])
            .succeed();
        self.run("pyfetch")
            .args([
                "-r",
                "requirements.txt",
                "-o",
                "wheels",
                "--emit-lock",
                "requirements.wheels.txt",
            ])
            .succeed();
    }
}

/// Prepares to run a program with the tools on PATH and no configuration of pip but ours.
fn with_tools(world: &World, program: &str) -> Run {
    let program = if TOOLS.contains(&program) {
        world.path("bin").join(program)
    } else {
        program.into()
    };
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world
        .run(program)
        .env("PATH", path)
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Developer")
        .env("GIT_AUTHOR_EMAIL", "developer@example.com")
        .env("GIT_COMMITTER_NAME", "Developer")
        .env("GIT_COMMITTER_EMAIL", "developer@example.com")
}

/// Puts the tools into the world, where the user of the tests can reach them.
fn install_tools(world: &World) {
    let folder = world.folder("bin");
    for name in TOOLS {
        kit::put_tool(&tool(name), &folder.join(name));
    }
}

fn frame() -> Wheel {
    Wheel::new("frame", "1.2")
        .requires("small>=2")
        .file(
            "frame/__init__.py",
            "import small\n\n\ndef main():\n    print('frame on small', small.VERSION)\n",
        )
        .console_scripts(&["frame = frame:main"])
}

fn small(version: &str) -> Wheel {
    Wheel::new("small", version).file("small.py", format!("VERSION = '{version}'\n"))
}

/// Returns `onlysource-1.0.tar.gz`.
fn source_distribution() -> Vec<u8> {
    let files = [
        (
            "PKG-INFO",
            "Metadata-Version: 1.1\nName: onlysource\nVersion: 1.0\n",
        ),
        (
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
        ),
        ("backend.py", BACKEND),
    ];
    let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(packed);
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("onlysource-1.0/{name}"), text.as_bytes())
            .unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}
