//! From the question to the files: what an earlier run has answered, and what the indexes are asked for.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use cli::Failure;
use index::{Address, Client, File};
use lock::Package;
use pyspec::requirements_file::Setting;
use source::Formats;
use wire::Kind;

use crate::ahead::{Ahead, Early};
use crate::house::House;
use crate::look;
use crate::plan::{self, Candidate, Form, Goal, Item, Refusal, Rules};
use crate::run::Work;

impl Work<'_> {
    fn goals(&self) -> Vec<Goal<'_>> {
        let goals = self.question.goals.iter().enumerate();
        let goals = goals.map(|(number, goal)| Goal {
            number,
            target: &goal.target,
            is_native: goal.interpreter.is_some(),
        });
        goals.collect()
    }

    /// The files to have.
    pub(crate) fn items(&self, house: &House) -> Result<Asked, Failure> {
        let lines = self.question.target_lines();
        let goals = self.goals();
        let making = self.making();
        let mut items = Vec::new();
        // Packages whose answer is not known from an earlier run, with the targets that wait for it.
        let mut open: Vec<(&Package, Vec<Goal>)> = Vec::new();
        for goal in &goals {
            for package in self.question.lock.select(goal.target)? {
                let earlier = house.manifest.as_ref().filter(|_| !self.args.all_files);
                let known =
                    earlier.and_then(|earlier| plan::reuse(package, &lines[goal.number], earlier, &making));
                if let Some(item) = known.and_then(|file| again(package, file, goal.number)) {
                    plan::add(&mut items, item);
                    continue;
                }
                match open.iter_mut().find(|(known, _)| std::ptr::eq(*known, package)) {
                    Some((_, waiting)) => waiting.push(*goal),
                    None => open.push((package, vec![*goal])),
                }
            }
        }
        let (chosen, early) = self.choose(&open, house)?;
        for item in chosen {
            plan::add(&mut items, item);
        }
        if self.args.building.keep_sdist {
            keep_sdists(&mut items);
        }
        refuse_clashes(&items)?;
        Ok(Asked {
            items,
            early,
            any: !open.is_empty(),
        })
    }

    /// Says with `-v` why a file was chosen.
    fn explain(&self, item: &Item) {
        let targets: Vec<&str> = item
            .targets
            .iter()
            .map(|number| self.question.goals[*number].target.name())
            .collect();
        let whom = if targets.is_empty() {
            "everybody".to_owned()
        } else {
            targets.join(", ")
        };
        let what = match item.form {
            Form::AsIs => "is the best file of the lock",
            Form::Build(_) => "is built, there being no wheel in the lock",
        };
        if item.form == Form::AsIs && !item.file.name.ends_with(".whl") && !targets.is_empty() {
            self.session.warn(format!(
                "{} is no wheel, and is kept as it is: whoever installs it for {whom} builds it",
                item.file.name
            ));
        }
        self.session.progress().note(&format!(
            "{} {what} for {whom}, from {}",
            item.file.name, item.file.index
        ));
    }

    fn choose(&self, open: &[(&Package, Vec<Goal>)], house: &House) -> Result<(Vec<Item>, Early), Failure> {
        if open.is_empty() {
            return Ok((Vec::new(), Early::new()));
        }
        let client = self.client()?;
        let formats = formats(client, &self.question.lock)?;
        let building = &self.args.building;
        let only_binary = only_binary(client, &self.question.lock);
        let rules = Rules {
            only_binary: &only_binary,
            formats: &formats,
            build: !building.no_build,
            all_files: self.args.all_files,
            keep_sdist: building.keep_sdist,
        };
        let packages: Vec<&Package> = open.iter().map(|(package, _)| *package).collect();
        let wheels_only = Rules {
            build: false,
            keep_sdist: false,
            ..rules
        };
        let progress = self.session.progress();
        let choosing = Choosing {
            open,
            rules: &rules,
            wheels_only: &wheels_only,
            chosen: Mutex::new(vec![Ok(Vec::new()); open.len()]),
            ahead: Ahead::new(open.len(), house, client, progress),
        };
        progress.begin("fetching", 0, Some(0));
        let found = look::all(client, &packages, self.jobs(), &choosing);
        progress.end();
        found?;
        let items = self.told(
            choosing
                .chosen
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        )?;
        Ok((items, choosing.ahead.finish()))
    }

    /// Tells of each choice; one failure lists everything for which there was none.
    fn told(&self, chosen: Vec<Result<Vec<Item>, Vec<Refusal>>>) -> Result<Vec<Item>, Failure> {
        let mut items = Vec::new();
        let mut refusals = Vec::new();
        for chosen in chosen {
            match chosen {
                Ok(chosen) => items.extend(chosen),
                Err(refused) => refusals.extend(refused),
            }
        }
        for item in &items {
            self.explain(item);
            if let Some(reason) = &item.file.yanked {
                self.session
                    .warn(format!("{} was yanked: {reason}", item.file.name));
            }
        }
        if refusals.is_empty() {
            Ok(items)
        } else {
            Err(refused(&refusals))
        }
    }
}

/// The files to have, and what is known of them by then.
pub(crate) struct Asked {
    pub(crate) items: Vec<Item>,
    /// Those that have been fetched already.
    pub(crate) early: Early,
    /// Whether an index was asked for any of them.
    pub(crate) any: bool,
}

/// Choosing a file as soon as the page of its package is here, and fetching it then.
struct Choosing<'a> {
    open: &'a [(&'a Package, Vec<Goal<'a>>)],
    rules: &'a Rules<'a>,
    wheels_only: &'a Rules<'a>,
    /// What was chosen for each package.
    chosen: Mutex<Vec<Result<Vec<Item>, Vec<Refusal>>>>,
    ahead: Ahead<'a>,
}

impl look::Finding for Choosing<'_> {
    fn enough(&self, number: usize, found: &[Candidate]) -> bool {
        let (package, goals) = &self.open[number];
        !self.rules.all_files && plan::choose(package, goals, found, self.wheels_only).is_ok()
    }

    fn done(&self, number: usize, found: &Result<look::Found, Failure>) {
        let (package, goals) = &self.open[number];
        match found {
            Ok(found) => {
                let items = plan::choose(package, goals, found, self.rules);
                self.ahead.page(items.clone().unwrap_or_default());
                self.chosen.lock().unwrap_or_else(PoisonError::into_inner)[number] = items;
            }
            Err(_) => self.ahead.stop(),
        }
    }

    fn idle(&self) {
        self.ahead.work();
    }
}

/// The item that an earlier run has answered.
fn again(package: &Package, known: &wire::wheelhouse::File, goal: usize) -> Option<Item> {
    let (name, url, index, hash, form) = match &known.built {
        None => (
            &known.name,
            known.url.as_ref()?,
            known.index.as_ref()?,
            &known.hash,
            Form::AsIs,
        ),
        Some(built) => {
            // Targets are told by the item, so that one wheel for two of them is one form.
            let wheel = wire::wheelhouse::File {
                targets: Vec::new(),
                ..known.clone()
            };
            let earlier = Some(Box::new(wheel));
            if let Some(git) = package.git() {
                return Some(plan::of_commit(package, &git, BTreeSet::from([goal]), earlier));
            }
            (
                &built.sdist,
                &built.url,
                &built.index,
                &built.hash,
                Form::Build(earlier),
            )
        }
    };
    // Somebody may have been at the manifest.
    if ![name, &known.name].into_iter().all(|name| plan::is_plain(name)) {
        return None;
    }
    let mut file = File::at(name.clone(), Address::parse(url).ok()?);
    file.index = index.as_str().into();
    file.sha256 = Some(hash.trim_start_matches("sha256:").to_owned());
    file.size = known.built.is_none().then_some(known.size);
    Some(Item {
        project: package.name().clone(),
        version: Some(known.version.parse().ok()?),
        file,
        git: None,
        expected: plan::digests(package),
        targets: BTreeSet::from([goal]),
        form,
    })
}

/// What the configuration and the lock say of wheels and source distributions. A lock without such words lets
/// both in: its hashes decide.
pub(crate) fn formats(client: &Client, lock: &lock::Lock) -> Result<Formats, Failure> {
    let mut formats = Formats::default();
    let bad = |name: String| Failure::new(Kind::Usage, format!("--no-binary: not a name: {name}"));
    for value in &client.settings().no_binary {
        formats.no_binary(value).map_err(bad)?;
    }
    for option in &lock.options {
        match &option.setting {
            Setting::NoBinary(value) => formats.no_binary(value).map_err(bad)?,
            Setting::OnlyBinary(value) => formats.only_binary(value).map_err(bad)?,
            _ => {}
        }
    }
    Ok(formats)
}

/// Lets source distributions in where no wheel fits, as pip does, but for the names that must not be built.
pub(crate) fn allow_sdists(formats: &mut Formats, only_binary: &[String]) -> Result<(), Failure> {
    let bad = |name: String| Failure::new(Kind::Usage, format!("--only-binary: not a name: {name}"));
    if only_binary.iter().any(|name| name == ":all:") {
        return Ok(());
    }
    formats.allow_sdist(":all:").map_err(bad)?;
    only_binary
        .iter()
        .try_for_each(|name| formats.only_binary(name).map_err(bad))
}

/// The names that must not be built, `:all:` among them perhaps: the last word counts.
pub(crate) fn only_binary(client: &Client, lock: &lock::Lock) -> Vec<String> {
    let lines = lock.options.iter().filter_map(|option| match &option.setting {
        Setting::OnlyBinary(value) => Some(value.as_str()),
        _ => None,
    });
    let configured = client.settings().only_binary.iter().map(String::as_str);
    let words = configured
        .chain(lines)
        .flat_map(|value| value.split(','))
        .map(str::trim);
    let mut names = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        match word {
            ":none:" => names.clear(),
            ":all:" => names.push(word.to_owned()),
            name => names.push(pyspec::name::canonicalize(name)),
        }
    }
    names
}

/// One error for all packages that have no file.
pub(crate) fn refused(refusals: &[Refusal]) -> Failure {
    let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let kind = if refusals.iter().all(|refusal| refusal.why == plan::Why::Version) {
        Kind::NoVersion
    } else if refusals
        .iter()
        .any(|refusal| matches!(refusal.why, plan::Why::Hash { .. }))
    {
        Kind::HashMismatch
    } else {
        Kind::NoWheel
    };
    Failure::new(kind, lines.join("\n"))
}

/// Adds the source distributions that are built, to be kept as they are.
fn keep_sdists(items: &mut Vec<Item>) {
    let built = items
        .iter()
        .filter(|item| item.form != Form::AsIs && item.git.is_none());
    let kept = built.map(|item| Item {
        targets: BTreeSet::new(),
        form: Form::AsIs,
        ..item.clone()
    });
    for item in kept.collect::<Vec<_>>() {
        plan::add(items, item);
    }
}

/// Two files of one name cannot be in one folder.
fn refuse_clashes(items: &[Item]) -> Result<(), Failure> {
    for (number, item) in items.iter().enumerate() {
        let clash = items[..number].iter().find(|other| {
            other.file.name.eq_ignore_ascii_case(&item.file.name) && other.file.url != item.file.url
        });
        if let Some(other) = clash {
            let message = format!("{} and {} have the same name", other.file.url, item.file.url);
            return Err(Failure::new(Kind::Collision, message).file(&item.file.name));
        }
    }
    Ok(())
}
