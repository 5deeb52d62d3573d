//! Whether a wheel can be used on a target, how well, and if not, why.

use pyspec::{
    filename::{BuildTag, WheelName},
    specifier::Specifiers,
    tags::{Tag, Tags},
    target::{PythonFit, Target},
};
use std::{cmp::Reverse, fmt};

/// How well a wheel fits: the smallest is the best, as pip orders them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    tags: usize,
    build: Reverse<Option<BuildTag>>,
}

/// Why a wheel cannot be used on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// None of its tags is one of the target's.
    Tags {
        /// The tag that comes nearest.
        nearest: Tag,
        /// The part of it that does not fit.
        part: Part,
        /// The target's name.
        target: String,
    },
    /// Its Requires-Python shuts the target out, or some patch releases of it.
    Python {
        /// Its Requires-Python.
        requires: String,
        /// Whether the newest patch releases would do.
        sometimes: bool,
        /// The target's name.
        target: String,
    },
}

/// A part of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Every part fits, but not together.
    Combination,
    /// The platform: operating system, its version, or the processor.
    Platform,
    /// The binary interface of the interpreter.
    Abi,
    /// The interpreter and its version.
    Interpreter,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tags {
                nearest,
                part,
                target,
            } => write!(f, "{nearest} is not for {target}: {part}"),
            Self::Python {
                requires,
                sometimes: false,
                target,
            } => write!(f, "needs Python {requires}, not {target}"),
            Self::Python {
                requires,
                sometimes: true,
                target,
            } => {
                write!(
                    f,
                    "needs Python {requires}, which is not every patch release of {target}"
                )
            }
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Combination => "the parts do not go together",
            Self::Platform => "another platform",
            Self::Abi => "another binary interface",
            Self::Interpreter => "another Python",
        })
    }
}

/// Says how well a wheel fits a target, or why it does not.
///
/// `requires_python` is what the index or the metadata says of it, if it is known.
///
/// # Errors
///
/// It does not fit.
pub fn judge(
    wheel: &WheelName,
    requires_python: Option<&Specifiers>,
    target: &Target,
) -> Result<Rank, Misfit> {
    if let Some(requires) = requires_python {
        judge_python(requires, target)?;
    }
    let Some(tags) = target.tags().rank(&wheel.tags) else {
        return Err(nearest(wheel, target));
    };
    Ok(Rank {
        tags,
        build: Reverse(wheel.build.clone()),
    })
}

/// Says whether a wheel fits a target; cheaper than to be told why not.
pub fn fits(wheel: &WheelName, requires_python: Option<&Specifiers>, target: &Target) -> bool {
    target.tags().rank(&wheel.tags).is_some()
        && requires_python.is_none_or(|requires| target.accepts_python(requires).is_usable())
}

/// Says whether a Requires-Python holds on a target.
///
/// # Errors
///
/// It does not, or not for every patch release that the target stands for.
pub fn judge_python(requires: &Specifiers, target: &Target) -> Result<(), Misfit> {
    let sometimes = match target.accepts_python(requires) {
        fit if fit.is_usable() => return Ok(()),
        fit => fit == PythonFit::Partly,
    };
    Err(Misfit::Python {
        requires: requires.to_string(),
        sometimes,
        target: target.name().to_owned(),
    })
}

/// Finds the wheel's tag that has most in common with the target.
fn nearest(wheel: &WheelName, target: &Target) -> Misfit {
    let tags = wheel
        .tags
        .iter()
        .map(|tag| (part_that_differs(&tag, target.tags()), tag));
    let (part, nearest) = tags
        .min_by_key(|(part, _)| *part)
        .unwrap_or_else(|| (Part::Combination, Tag::new("none", "none", "none")));
    Misfit::Tags {
        nearest,
        part,
        target: target.name().to_owned(),
    }
}

fn part_that_differs(tag: &Tag, supported: &Tags) -> Part {
    let any = |same: fn(&Tag, &Tag) -> bool| supported.list().iter().any(|other| same(tag, other));
    if !any(|one, other| one.interpreter == other.interpreter) {
        Part::Interpreter
    } else if !any(|one, other| one.interpreter == other.interpreter && one.abi == other.abi) {
        Part::Abi
    } else if !any(|one, other| one.platform == other.platform) {
        Part::Platform
    } else {
        Part::Combination
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use pyspec::{filename::WheelName, target::Target};

    fn judged(wheel: &str, requires: Option<&str>, target: &str) -> Result<super::Rank, String> {
        let wheel: WheelName = wheel.parse().unwrap();
        let requires = requires.map(|text| text.parse().unwrap());
        judge(&wheel, requires.as_ref(), &Target::parse(target).unwrap()).map_err(|misfit| misfit.to_string())
    }

    #[test]
    fn the_most_special_wheel_is_the_best() {
        let target = "cp312-manylinux_2_28_x86_64";
        let rank = |wheel| judged(wheel, None, target).unwrap();
        let native = rank("a-1-cp312-cp312-manylinux_2_17_x86_64.whl");
        assert!(native < rank("a-1-cp38-abi3-manylinux_2_17_x86_64.whl"));
        assert!(native < rank("a-1-py3-none-any.whl"));
        assert!(rank("a-1-2-py3-none-any.whl") < rank("a-1-1-py3-none-any.whl"));
        assert!(rank("a-1-1-py3-none-any.whl") < rank("a-1-py3-none-any.whl"));
    }

    #[test]
    fn a_misfit_says_which_part_does_not_fit() {
        let target = "cp312-manylinux_2_28_x86_64";
        let why = |wheel| judged(wheel, None, target).unwrap_err();
        assert_eq!(
            why("a-1-cp312-cp312-macosx_11_0_arm64.whl"),
            "cp312-cp312-macosx_11_0_arm64 is not for cp312-manylinux_2_28_x86_64: another platform"
        );
        assert!(why("a-1-cp313-cp313-manylinux_2_28_x86_64.whl").ends_with("another Python"));
        assert!(why("a-1-cp312-cp312t-manylinux_2_28_x86_64.whl").ends_with("another binary interface"));
    }

    #[test]
    fn requires_python_counts_for_every_patch_release() {
        let why = |requires| judged("a-1-py3-none-any.whl", Some(requires), "cp312-win_amd64");
        assert!(why(">=3.9").is_ok());
        assert_eq!(
            why(">=3.13").unwrap_err(),
            "needs Python >=3.13, not cp312-win_amd64"
        );
        assert!(why(">=3.12.4").unwrap_err().contains("not every patch release"));
    }
}
