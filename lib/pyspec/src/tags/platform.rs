//! Platform tags: what a machine runs, the best first.
//!
//! Linux is told apart by its C library: glibc (`manylinux`, PEP 600) or musl (`musllinux`, PEP 656).

/// The glibc versions that had names of their own before PEP 600.
const LEGACY_GLIBC: [(u32, u32, &str); 3] = [
    (2, 17, "manylinux2014"),
    (2, 12, "manylinux2010"),
    (2, 5, "manylinux1"),
];

/// The architectures that PEP 600 knows without a look into the interpreter's own file.
const MANYLINUX_ARCHITECTURES: [&str; 7] = [
    "x86_64",
    "aarch64",
    "ppc64",
    "ppc64le",
    "s390x",
    "loongarch64",
    "riscv64",
];

/// The last minor version of glibc 2 is not known; `packaging` assumes this one, should there be a glibc 3.
const LAST_GLIBC_MINOR: u32 = 50;

/// Lists the manylinux tags of a glibc version and all older ones, with the names used before PEP 600.
///
/// No `linux_*` tag is among them: see [`linux`] for a machine at hand. Versions above 2.999 are cut there.
///
/// ```
/// let tags = pyspec::tags::platform::manylinux("aarch64", 2, 18);
/// assert_eq!(tags, ["manylinux_2_18_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"]);
/// ```
pub fn manylinux(architecture: &str, major: u32, minor: u32) -> Vec<String> {
    let oldest = if matches!(architecture, "x86_64" | "i686") {
        (2, 5)
    } else {
        (2, 17)
    };
    let mut tags = Vec::new();
    for series in (2..=major.min(9)).rev() {
        let newest = if series == major {
            minor.min(999)
        } else {
            LAST_GLIBC_MINOR
        };
        let first = if series == oldest.0 { oldest.1 } else { 0 };
        for minor in (first..=newest).rev() {
            tags.push(format!("manylinux_{series}_{minor}_{architecture}"));
            let legacy = LEGACY_GLIBC
                .iter()
                .find(|known| (known.0, known.1) == (series, minor));
            tags.extend(legacy.map(|known| format!("{}_{architecture}", known.2)));
        }
    }
    tags
}

/// Lists the musllinux tags of a musl version and all older ones of its series.
///
/// ```
/// let tags = pyspec::tags::platform::musllinux("x86_64", 1, 1);
/// assert_eq!(tags, ["musllinux_1_1_x86_64", "musllinux_1_0_x86_64"]);
/// ```
pub fn musllinux(architecture: &str, major: u32, minor: u32) -> Vec<String> {
    (0..=minor.min(999))
        .rev()
        .map(|minor| format!("musllinux_{major}_{minor}_{architecture}"))
        .collect()
}

/// Is what a Linux machine's platform tags depend on, as its interpreter reports it.
///
/// ```
/// use pyspec::tags::platform::{Linux, linux};
/// let machine = Linux { platform: "linux-x86_64".to_owned(), glibc: Some((2, 5)), ..Linux::default() };
/// assert_eq!(linux(&machine), ["linux_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linux {
    /// What `sysconfig.get_platform()` says: `linux-x86_64`.
    pub platform: String,
    /// Whether the interpreter is a 32-bit one (on a machine that may be more).
    pub is_32_bit: bool,
    /// The version of glibc, if that is the C library.
    pub glibc: Option<(u32, u32)>,
    /// The version of musl, if that is the C library.
    pub musl: Option<(u32, u32)>,
    /// Whether the interpreter's ELF header fits manylinux: asked for `i686` (a 32-bit x86 file) and
    /// for `armv7l` (hard float, EABI 5), without meaning elsewhere.
    pub elf_fits: bool,
    /// The glibc versions that the machine's `_manylinux` module declines.
    pub declined: Vec<(u32, u32)>,
}

/// Lists the platform tags of a Linux machine at hand: its own `linux_*`, then manylinux or musllinux.
///
/// ```
/// use pyspec::tags::platform::{Linux, linux};
/// let alpine = Linux { platform: "linux-x86_64".to_owned(), musl: Some((1, 0)), ..Linux::default() };
/// assert_eq!(linux(&alpine), ["linux_x86_64", "musllinux_1_0_x86_64"]);
/// ```
pub fn linux(machine: &Linux) -> Vec<String> {
    let platform = normalized(&machine.platform);
    let Some(architecture) = platform.strip_prefix("linux_") else {
        return vec![platform];
    };
    let architectures: Vec<&str> = match (architecture, machine.is_32_bit) {
        ("x86_64", true) => vec!["i686"],
        ("aarch64", true) | ("armv8l", _) => vec!["armv8l", "armv7l"],
        (other, _) => vec![other],
    };
    let mut tags: Vec<String> = architectures.iter().map(|name| format!("linux_{name}")).collect();
    if let Some(glibc) = machine
        .glibc
        .filter(|_| fits_manylinux(&architectures, machine.elf_fits))
    {
        for architecture in &architectures {
            let all = manylinux(architecture, glibc.0, glibc.1);
            tags.extend(all.into_iter().filter(|tag| !declines(&machine.declined, tag)));
        }
    }
    if let Some((major, minor)) = machine.musl {
        tags.extend(
            architectures
                .iter()
                .flat_map(|name| musllinux(name, major, minor)),
        );
    }
    tags
}

/// Lists the macOS tags of a version and all that run there: older systems, and files for several processors.
///
/// ```
/// let tags = pyspec::tags::platform::macos(11, 0, "arm64");
/// assert_eq!(tags[..2], ["macosx_11_0_arm64", "macosx_11_0_universal2"]);
/// assert!(tags.contains(&"macosx_10_9_universal2".to_owned()));
/// ```
pub fn macos(major: u32, minor: u32, architecture: &str) -> Vec<String> {
    let mut tags = Vec::new();
    if major == 10 {
        for minor in (0..=minor.min(999)).rev() {
            push_macos(&mut tags, (10, minor), architecture);
        }
    }
    if major >= 11 {
        for major in (11..=major.min(999)).rev() {
            push_macos(&mut tags, (major, 0), architecture);
        }
        // Files for Intel run on every later system. On ARM only the Intel half of a universal2 file
        // may name a system older than 11.
        for minor in (4..=16).rev() {
            if architecture == "x86_64" {
                push_macos(&mut tags, (10, minor), architecture);
            } else {
                tags.push(format!("macosx_10_{minor}_universal2"));
            }
        }
    }
    tags
}

/// Turns what `sysconfig.get_platform()` says on any other system into its one platform tag.
///
/// ```
/// assert_eq!(pyspec::tags::platform::other("win-amd64"), ["win_amd64"]);
/// ```
pub fn other(platform: &str) -> Vec<String> {
    vec![normalized(platform)]
}

fn normalized(platform: &str) -> String {
    platform.replace(['.', '-', ' '], "_")
}

fn fits_manylinux(architectures: &[&str], elf_fits: bool) -> bool {
    if architectures
        .iter()
        .any(|name| matches!(*name, "armv7l" | "i686"))
    {
        return elf_fits;
    }
    architectures
        .iter()
        .any(|name| MANYLINUX_ARCHITECTURES.contains(name))
}

/// Tells whether a manylinux tag, by its PEP 600 or its older name, is of a declined version.
fn declines(declined: &[(u32, u32)], tag: &str) -> bool {
    declined.iter().any(|(major, minor)| {
        let legacy = LEGACY_GLIBC
            .iter()
            .find(|known| (known.0, known.1) == (*major, *minor));
        tag.starts_with(&format!("manylinux_{major}_{minor}_"))
            || legacy.is_some_and(|known| tag.starts_with(&format!("{}_", known.2)))
    })
}

fn push_macos(tags: &mut Vec<String>, version: (u32, u32), architecture: &str) {
    let formats = macos_formats(version, architecture).into_iter();
    tags.extend(formats.map(|format| format!("macosx_{}_{}_{format}", version.0, version.1)));
}

/// Lists the binary formats that hold code for a processor on a version of macOS, the plain one first.
fn macos_formats(version: (u32, u32), architecture: &str) -> Vec<&str> {
    let mut formats = vec![architecture];
    match architecture {
        "x86_64" | "i386" if version < (10, 4) => return Vec::new(),
        "ppc64" if !((10, 4)..=(10, 5)).contains(&version) => return Vec::new(),
        "ppc" if version > (10, 6) => return Vec::new(),
        "x86_64" => formats.extend(["intel", "fat64", "fat3"]),
        "i386" => formats.extend(["intel", "fat3", "fat"]),
        "ppc64" => formats.push("fat64"),
        "ppc" => formats.extend(["fat3", "fat"]),
        _ => {}
    }
    if matches!(architecture, "arm64" | "x86_64") {
        formats.push("universal2");
    }
    if matches!(architecture, "x86_64" | "i386" | "ppc64" | "ppc" | "intel") {
        formats.push("universal");
    }
    formats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glibc_goes_down_to_the_oldest_of_its_architecture() {
        assert_eq!(manylinux("x86_64", 2, 28).last().unwrap(), "manylinux1_x86_64");
        assert_eq!(
            manylinux("aarch64", 2, 28).last().unwrap(),
            "manylinux2014_aarch64"
        );
        assert!(manylinux("aarch64", 2, 16).is_empty());
    }

    #[test]
    fn a_32_bit_interpreter_asks_for_32_bit_files() {
        let mut machine = Linux {
            platform: "linux-x86_64".into(),
            is_32_bit: true,
            glibc: Some((2, 5)),
            ..Linux::default()
        };
        assert_eq!(linux(&machine), ["linux_i686"]);
        machine.elf_fits = true;
        assert_eq!(
            linux(&machine),
            ["linux_i686", "manylinux_2_5_i686", "manylinux1_i686"]
        );
    }

    #[test]
    fn a_declined_glibc_is_left_out_under_both_its_names() {
        let machine = Linux {
            platform: "linux-x86_64".into(),
            glibc: Some((2, 6)),
            declined: vec![(2, 5)],
            ..Linux::default()
        };
        assert_eq!(linux(&machine), ["linux_x86_64", "manylinux_2_6_x86_64"]);
    }

    #[test]
    fn old_macs_have_their_formats() {
        assert_eq!(
            macos(10, 4, "ppc64")[..3],
            ["macosx_10_4_ppc64", "macosx_10_4_fat64", "macosx_10_4_universal"]
        );
        assert_eq!(macos(10, 3, "i386"), Vec::<String>::new());
        assert_eq!(macos(9, 0, "x86_64"), Vec::<String>::new());
    }
}
