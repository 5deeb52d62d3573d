//! Which file answers which package on which target: decided from what was asked and what was found.

use std::collections::BTreeSet;

use index::File;
use lock::fit::{self, Misfit, Rank};
use lock::{Git, Package};
use pyspec::filename::DistributionFile;
use pyspec::name::Name;
use pyspec::specifier::Specifiers;
use pyspec::target::Target;
use pyspec::version::Version;
use source::Formats;

/// One file to be in the wheelhouse, or to be built into one that is.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) project: Name,
    /// The version, if it is known before the file is here.
    pub(crate) version: Option<Version>,
    /// Where it is to be had.
    pub(crate) file: File,
    /// The commit that stands in for the file.
    pub(crate) git: Option<Git>,
    /// Hexadecimal SHA-256 digests any of which is right; none if the input has no hashes.
    pub(crate) expected: Vec<String>,
    /// The targets that use it, by their places in the question.
    pub(crate) targets: BTreeSet<usize>,
    pub(crate) form: Form,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// It is wanted as it is.
    AsIs,
    /// It is a source distribution to build; with the wheel that an earlier run made of it.
    Build(Option<Box<wire::wheelhouse::File>>),
}

/// A file found in an index, its name read.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) file: File,
    pub(crate) name: DistributionFile,
    requires_python: Option<Specifiers>,
}

/// Why a package has no file for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) package: String,
    pub(crate) target: String,
    pub(crate) why: Why,
}

/// What is wrong with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// A repository is built where it runs, and this target is not here, or nothing may be built.
    Repository,
    /// No file of the version is there.
    Version,
    /// Files of the version are there, but none has a hash of the lock.
    Hash {
        /// How many there are.
        files: usize,
    },
    /// Wheels are there, but none fits.
    Wheel {
        /// The nearest, and what does not fit.
        nearest: Option<String>,
        /// Whether a source distribution is there that cannot be built for this target.
        sdist: Option<String>,
    },
}

/// What may be taken and made.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) formats: &'a Formats,
    /// Names that must not be built, or `:all:`.
    pub(crate) only_binary: &'a [String],
    /// Whether source distributions may be built at all.
    pub(crate) build: bool,
    /// Every file of the lock, whoever can use it.
    pub(crate) all_files: bool,
    /// A source distribution is better than nothing where none can be built.
    pub(crate) keep_sdist: bool,
}

impl Rules<'_> {
    fn may_build(&self, name: &Name) -> bool {
        let refused = |word: &String| word == ":all:" || word == name.as_str();
        self.build && !self.only_binary.iter().any(refused)
    }
}

/// A target, and whether it can be built for here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal<'a> {
    /// Its place in the question.
    pub(crate) number: usize,
    pub(crate) target: &'a Target,
    pub(crate) is_native: bool,
}

impl Candidate {
    /// Reads the name of a file that an index lists for a project; `None` if it is no wheel and no source distribution
    /// of it, or has a name that would leave the folder.
    pub(crate) fn new(file: File, project: &Name) -> Option<Self> {
        if !is_plain(&file.name) {
            return None;
        }
        let name = DistributionFile::of_project(&file.name, project).ok()?;
        // An unreadable Requires-Python counts as none, as in pip.
        let requires_python = file.requires_python.as_deref().and_then(|text| text.parse().ok());
        Some(Self {
            file,
            name,
            requires_python,
        })
    }

    /// Whether it is one of the files that a package allows. A file whose page tells no hash may be.
    pub(crate) fn answers(&self, package: &Package) -> bool {
        let version = package
            .version
            .as_ref()
            .is_none_or(|version| version == self.name.version());
        let digests = digests(package);
        version
            && (digests.is_empty()
                || self
                    .file
                    .sha256
                    .as_ref()
                    .is_none_or(|found| digests.contains(found)))
    }

    fn rank(&self, target: &Target) -> Option<Result<Rank, Misfit>> {
        Some(fit::judge(
            self.name.wheel()?,
            self.requires_python.as_ref(),
            target,
        ))
    }

    fn suits_source(&self, target: &Target) -> bool {
        let python = self.requires_python.as_ref();
        self.name.wheel().is_none() && python.is_none_or(|python| fit::judge_python(python, target).is_ok())
    }

    fn item(&self, package: &Package, targets: BTreeSet<usize>, form: Form) -> Item {
        Item {
            project: package.name().clone(),
            version: Some(self.name.version().clone()),
            file: self.file.clone(),
            git: None,
            expected: digests(package),
            targets,
            form,
        }
    }
}

/// Whether a name names a file in the folder, and not one elsewhere or one that is hidden.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.')
}

/// The SHA-256 digests that a package allows.
pub(crate) fn digests(package: &Package) -> Vec<String> {
    let hashes = package
        .hashes
        .iter()
        .filter(|hash| hash.algorithm == pyspec::hash::Algorithm::Sha256);
    hashes.map(|hash| hash.hex.to_ascii_lowercase()).collect()
}

/// What a package says its content is: the digests that it allows, or its commit.
pub(crate) fn contents(package: &Package) -> Vec<String> {
    match package.git() {
        Some(git) => vec![git.id()],
        None => digests(package)
            .iter()
            .map(|digest| format!("sha256:{digest}"))
            .collect(),
    }
}

/// Chooses the files of a package for its targets out of what was found.
///
/// # Errors
///
/// For each target that gets none, why.
pub(crate) fn choose(
    package: &Package,
    goals: &[Goal],
    candidates: &[Candidate],
    rules: &Rules,
) -> Result<Vec<Item>, Vec<Refusal>> {
    if let Some(git) = package.git() {
        return commit(package, &git, goals, rules);
    }
    let fitting: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.answers(package))
        .collect();
    let mut items: Vec<Item> = Vec::new();
    let mut refusals = Vec::new();
    for goal in goals {
        match choose_one(package, goal, &fitting, rules) {
            Some(item) => add(&mut items, item),
            None if rules.all_files && !fitting.is_empty() => {}
            None => refusals.push(refusal(package, goal, candidates, &fitting)),
        }
    }
    if rules.all_files {
        for candidate in fitting {
            add(&mut items, candidate.item(package, BTreeSet::new(), Form::AsIs));
        }
    }
    if refusals.is_empty() {
        Ok(items)
    } else {
        Err(refusals)
    }
}

/// The one item of a package that is a commit: it is built.
fn commit(package: &Package, git: &Git, goals: &[Goal], rules: &Rules) -> Result<Vec<Item>, Vec<Refusal>> {
    let cannot = |goal: &&Goal| !(goal.is_native && rules.may_build(package.name()));
    let refusals: Vec<Refusal> = goals
        .iter()
        .filter(cannot)
        .map(|goal| refused(package, goal, Why::Repository))
        .collect();
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let targets = goals.iter().map(|goal| goal.number).collect();
    Ok(vec![of_commit(package, git, targets, None)])
}

/// The item of a commit; the name stands for it in messages and documents.
pub(crate) fn of_commit(
    package: &Package,
    git: &Git,
    targets: BTreeSet<usize>,
    earlier: Option<Box<wire::wheelhouse::File>>,
) -> Item {
    let name = format!("{}-{}.git", package.name(), git.commit);
    let mut file = File::at(name, index::Address::of_path("/".as_ref()));
    file.index = lock::without_credentials(&git.repository).into();
    Item {
        project: package.name().clone(),
        version: None,
        file,
        git: Some(git.clone()),
        expected: Vec::new(),
        targets,
        form: Form::Build(earlier),
    }
}

/// Adds an item, or its targets to the same one.
pub(crate) fn add(items: &mut Vec<Item>, item: Item) {
    let same = |known: &&mut Item| known.file.name == item.file.name && known.form == item.form;
    match items.iter_mut().find(same) {
        Some(known) => known.targets.extend(item.targets),
        None => items.push(item),
    }
}

fn choose_one(package: &Package, goal: &Goal, fitting: &[&Candidate], rules: &Rules) -> Option<Item> {
    let targets = BTreeSet::from([goal.number]);
    if rules.formats.wheel(package.name()) {
        let wheels = fitting
            .iter()
            .filter_map(|candidate| Some((candidate.rank(goal.target)?.ok()?, candidate)));
        // A file whose hash is known comes before one whose hash is not.
        let best = wheels.min_by_key(|(rank, candidate)| (rank.clone(), candidate.file.sha256.is_none()));
        if let Some((_, best)) = best {
            return Some(best.item(package, targets, Form::AsIs));
        }
    }
    let sdist = fitting
        .iter()
        .find(|candidate| candidate.suits_source(goal.target));
    let sdist = sdist?;
    if goal.is_native && rules.may_build(package.name()) {
        return Some(sdist.item(package, targets, Form::Build(None)));
    }
    rules.keep_sdist.then(|| sdist.item(package, targets, Form::AsIs))
}

fn refusal(package: &Package, goal: &Goal, all: &[Candidate], fitting: &[&Candidate]) -> Refusal {
    let same_version = |candidate: &&Candidate| package.version.as_ref() == Some(candidate.name.version());
    let files = all.iter().filter(same_version).count();
    let why = if fitting.is_empty() && files > 0 {
        Why::Hash { files }
    } else if fitting.is_empty() {
        Why::Version
    } else {
        let misfits = fitting
            .iter()
            .filter_map(|candidate| candidate.rank(goal.target)?.err());
        let sdist = fitting.iter().find(|candidate| candidate.name.wheel().is_none());
        Why::Wheel {
            nearest: nearest(misfits),
            sdist: sdist.map(|candidate| candidate.file.name.clone()),
        }
    };
    refused(package, goal, why)
}

fn refused(package: &Package, goal: &Goal, why: Why) -> Refusal {
    Refusal {
        package: lock::without_credentials(&package.requirement.to_string()),
        target: goal.target.name().to_owned(),
        why,
    }
}

/// The misfit that comes nearest, in words.
fn nearest(misfits: impl Iterator<Item = Misfit>) -> Option<String> {
    let distance = |misfit: &Misfit| match misfit {
        Misfit::Python { .. } => None,
        Misfit::Tags { part, .. } => Some(*part),
    };
    misfits.min_by_key(distance).map(|misfit| misfit.to_string())
}

/// How wheels are built now: one that was built otherwise is built again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Making {
    /// `sha256:` and the digest of the lock of the build requirements, if there is one.
    pub(crate) build_lock: Option<String>,
    /// Whether the network is cut.
    pub(crate) network_cut: bool,
}

impl Making {
    fn made(&self, built: &wire::wheelhouse::Built) -> bool {
        built.build_lock == self.build_lock && (built.network_cut || !self.network_cut)
    }
}

/// The file of an earlier run that answers a package on a target, if the question was the same then.
pub(crate) fn reuse<'a>(
    package: &Package,
    target: &wire::lock::Target,
    earlier: &'a wire::wheelhouse::Wheelhouse,
    making: &Making,
) -> Option<&'a wire::wheelhouse::File> {
    let contents = contents(package);
    if !earlier.targets.contains(target) || contents.is_empty() {
        return None;
    }
    let asked = lock::document_of(package);
    let same = |old: &&wire::lock::Package| {
        (&old.name, &old.version, &old.url, &old.hashes)
            == (&asked.name, &asked.version, &asked.url, &asked.hashes)
    };
    earlier.lock.packages.iter().find(same)?;
    earlier.files.iter().find(|file| {
        let built = file.built.as_ref();
        let content = built.map_or(&file.hash, |built| &built.hash);
        file.project == asked.name
            && (asked.version.is_empty() || file.version == asked.version)
            && contents.contains(content)
            && file.targets.contains(&target.name)
            && built.is_none_or(|built| making.made(built))
    })
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}: ", self.package, self.target)?;
        match &self.why {
            Why::Repository => {
                f.write_str("a repository is built where it runs, and cannot be built for it here")
            }
            Why::Version => f.write_str("no index has this version"),
            Why::Hash { files: 1 } => {
                f.write_str("the file of this version does not have a hash of the lock")
            }
            Why::Hash { files } => write!(
                f,
                "none of the {files} files of this version has a hash of the lock"
            ),
            Why::Wheel { nearest, sdist } => {
                match nearest {
                    Some(nearest) => write!(f, "no wheel fits; nearest: {nearest}")?,
                    None => f.write_str("there is no wheel")?,
                }
                match sdist {
                    Some(sdist) => write!(f, "; {sdist} cannot be built for it here"),
                    None => Ok(()),
                }
            }
        }
    }
}
