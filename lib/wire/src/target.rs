//! `target/1`: a Python that something is meant for, as that Python describes itself.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A Python and the machine it runs on.
///
/// Printed by `pyvenv-offline --probe`, or by the script of `--probe-script`, which leaves `platforms`
/// empty: whoever reads the document works them out of `system`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Always `target/1`.
    pub schema: Schema<Self>,
    /// The name for people and locks: `cp3.12.4-manylinux_2_36_x86_64`.
    #[serde(default)]
    pub name: String,
    /// The implementation as tags name it: `cp`, `pp`.
    pub implementation: String,
    /// The full version of Python, `3.12.4`.
    pub version: String,
    /// The ABIs it loads, best first, without `abi3` and `none`.
    pub abis: Vec<String>,
    /// The platform tags, best first.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The marker environment: `sys_platform` and so on.
    pub markers: BTreeMap<String, String>,
    /// What the platform tags are worked out of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The interpreter, if the target is one that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
}

impl Document for Target {
    const SCHEMA: &'static str = "target/1";
}

/// The machine as the interpreter sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct System {
    /// What `sysconfig.get_platform()` says: `linux-x86_64`.
    pub platform: String,
    /// The size of a pointer, 64 or 32.
    pub bits: u32,
    /// Major and minor version of glibc, if that is the C library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glibc: Option<(u32, u32)>,
    /// Major and minor version of musl, if that is the C library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub musl: Option<(u32, u32)>,
    /// Major and minor version of macOS, if that is the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macos: Option<(u32, u32)>,
    /// Whether the interpreter's ELF header fits manylinux on 32-bit machines.
    #[serde(default)]
    pub elf_fits: bool,
    /// The glibc versions that the machine's `_manylinux` module declines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<(u32, u32)>,
}

/// An interpreter that can be the base of a virtual environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interpreter {
    /// The real path of the executable, links and shims resolved.
    pub executable: String,
    /// `sys.version`: tells builds of one version apart.
    pub build: String,
    /// The magic number of its bytecode, in hexadecimal.
    pub magic: String,
    /// The middle of the names of its bytecode files: `cpython-312`.
    pub cache_tag: String,
    /// Whether it is one of its environments that it was asked in, whose base this is.
    pub in_environment: bool,
    /// Where things go in an environment.
    pub scheme: Scheme,
}

/// Where an environment of an interpreter keeps things, relative to the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scheme {
    /// Pure modules: `lib/python3.12/site-packages`.
    pub purelib: String,
    /// Modules with machine code; mostly the same.
    pub platlib: String,
    /// Scripts: `bin`.
    pub scripts: String,
    /// C headers, in a folder per distribution: `include/site/python3.12`.
    pub headers: String,
}

/// The script that prints a [`Target`] when a Python runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeScript {
    /// Always `probe-script/1`.
    pub schema: Schema<Self>,
    /// The Python text.
    pub script: String,
}

impl Document for ProbeScript {
    const SCHEMA: &'static str = "probe-script/1";
}
