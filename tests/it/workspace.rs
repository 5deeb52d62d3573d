//! The workspace as cargo sees it, and its binaries.

use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// The tools, in the order of the pipeline.
pub(crate) const TOOLS: [&str; 6] = [
    "reqlock",
    "pyfetch",
    "pyvenv-offline",
    "etcsync",
    "relswitch",
    "prodcheck",
];

/// The tools that run in production, where nothing reaches out.
pub(crate) const PRODUCTION: [&str; 4] = ["pyvenv-offline", "etcsync", "relswitch", "prodcheck"];

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned(), "--no-deps".to_owned()])
        .exec()
        .expect("cargo metadata")
});

/// All binaries, built once a run so that no story is told by an old one.
static BINARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = cargo()
        .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
        .status()
        .expect("cargo build");
    assert!(built.success(), "the binaries do not build");
    // target/debug/deps/it-… is this test.
    let this = std::env::current_exe().expect("a test knows its own path");
    this.ancestors().nth(2).expect("target/debug").to_owned()
});

/// Returns the folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ is in the workspace")
}

/// Reads a file of the workspace.
pub(crate) fn read(path: &str) -> String {
    fs_err::read_to_string(root().join(path)).expect("a file of the workspace")
}

/// Returns the workspace's own packages.
pub(crate) fn packages() -> Vec<&'static Package> {
    METADATA.workspace_packages()
}

/// Prepares to run cargo in the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root());
    command
}

/// Returns the path of a tool's binary.
pub(crate) fn tool(name: &str) -> PathBuf {
    BINARIES.join(name)
}
