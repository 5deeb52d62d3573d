//! The tools as people install them: `make install`, a Debian package, a wheel.

use crate::workspace::{TOOLS, root, tool};
use kit::{PYTHON, Ran, World, has_root};

/// Returns a folder with the binaries that are tested, without what debuggers want.
fn build(world: &World) -> String {
    let folder = world.folder("build");
    for name in TOOLS {
        let strip = world.run("strip").as_caller().arg("-o").arg(folder.join(name));
        strip.arg(tool(name)).succeed();
    }
    folder.display().to_string()
}

/// Runs a program in the folder of the workspace, as whoever runs the tests.
fn here(world: &World, program: &str, arguments: &[&str]) -> Ran {
    let run = world.run(program).as_caller().cwd(root());
    run.args(arguments)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .succeed()
}

#[test]
fn make_install() {
    let world = World::new();
    let prefix = world.path("prefix").display().to_string();
    here(
        &world,
        "make",
        &[
            "-s",
            "install",
            &format!("PREFIX={prefix}"),
            &format!("BUILD={}", build(&world)),
        ],
    );
    for name in TOOLS {
        let version = world
            .run(world.path(format!("prefix/bin/{name}")))
            .arg("--version")
            .succeed();
        assert!(version.text().starts_with(name));
        let page = world.read(format!("prefix/share/man/man1/{name}.1"));
        assert!(page.contains(".Sh NAME"));
        let completions = world.read(format!("prefix/share/bash-completion/completions/{name}"));
        assert!(completions.contains("--completions"));
        for path in [
            format!("zsh/site-functions/_{name}"),
            format!("fish/vendor_completions.d/{name}.fish"),
        ] {
            assert!(
                world.read(format!("prefix/share/{path}")).contains("verbose"),
                "{path}"
            );
        }
    }
    for name in ["deploy.sh", "deploy.mk", "post-receive", "fabfile.py"] {
        assert!(world.path(format!("prefix/share/pydeploy-tools/{name}")).exists());
    }
    let syntax = "for file in prefix/share/bash-completion/completions/*; do bash -n $file; done";
    world.run("bash").args(["-euc", syntax]).succeed();
}

#[test]
fn the_wheel() {
    let world = World::new();
    let to = world.folder("dist").display().to_string();
    let path = here(&world, "scripts/package/wheel", &[&build(&world), &to]).stdout;
    let first = fs_err::read(String::from_utf8(path).unwrap().trim()).unwrap();
    let path = here(&world, "scripts/package/wheel", &[&build(&world), &to]).stdout;
    let path = String::from_utf8(path).unwrap();
    assert!(
        first == fs_err::read(path.trim()).unwrap(),
        "the same binaries give other bytes"
    );

    world
        .run(PYTHON)
        .args(["-m", "venv", "--without-pip", "theirs"])
        .succeed();
    let pip = root().join("target/oracles/bin/python");
    let install = world
        .run(pip)
        .as_caller()
        .args(["-I", "-m", "pip", "--python", "theirs/bin/python"]);
    install
        .args(["install", "--no-index", "--find-links", "dist", "pydeploy-tools"])
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .succeed();
    // Our own strict reader takes it as well.
    let digest = here(&world, "sha256sum", &[path.trim()]).text();
    let hash = digest.split_whitespace().next().unwrap();
    let lock = format!("pydeploy-tools==0.1.0 --hash=sha256:{hash}\n");
    let make = world
        .run(tool("pyvenv-offline"))
        .args(["-r", "-", "-w", "dist", "ours", "--python", PYTHON]);
    make.stdin(lock).succeed();
    for name in TOOLS {
        for environment in ["ours", "theirs"] {
            let ran = world
                .run(world.path(format!("{environment}/bin/{name}")))
                .arg("--version");
            assert!(ran.succeed().text().starts_with(name));
        }
    }
}

/// Installs a package in this very system, of which a layer in memory keeps all changes, and takes it away again.
const CHROOT: &str = r#"
mkdir layer
mount -t tmpfs none layer
mkdir layer/upper layer/work layer/root
mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work layer/root
cp "$1" layer/root/tmp/package.deb
inside() { chroot layer/root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
inside dpkg --install /tmp/package.deb
inside dpkg --verify pydeploy-tools
for tool in $2; do inside $tool --version; done
inside dpkg --audit
inside dpkg --purge pydeploy-tools
! inside sh -c 'ls -d /usr/bin/reqlock /usr/share/pydeploy-tools /usr/share/doc/pydeploy-tools 2>/dev/null'
"#;

#[test]
fn the_debian_package() {
    let world = World::new();
    let to = world.folder("dist").display().to_string();
    let path = here(&world, "scripts/package/deb", &[&build(&world), &to]).stdout;
    let path = String::from_utf8(path).unwrap();
    let contents = here(&world, "dpkg-deb", &["--contents", path.trim()]).text();
    assert!(
        contents.lines().all(|line| line.contains("root/root")),
        "{contents}"
    );
    if !has_root() {
        return;
    }
    let run = world
        .run("unshare")
        .as_caller()
        .args(["--mount", "bash", "-euxc", CHROOT, "install"]);
    let ran = run.arg(path.trim()).arg(TOOLS.join(" ")).succeed();
    assert!(!ran.text().contains("missing"), "{}", ran.text());
}
