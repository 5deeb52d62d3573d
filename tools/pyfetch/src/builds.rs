//! Building wheels out of source distributions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use build::{Builder, Source, Wheels};
use cli::Failure;
use index::Client;
use lock::{Lock, digest, fit};
use pyspec::filename::WheelName;
use pyspec::target::Target;
use python::Interpreter;
use source::SdistMetadata;
use wire::{Fault, Kind};

use crate::args::{Building, Network};
use crate::build_lock::{self, Refused};
use crate::fetch::{Arrived, Place};
use crate::house::{self, House};
use crate::plan::{Form, Item};
use crate::run::Work;
use crate::stock::Stock;
use crate::store::{self, Store};
use crate::{closed, git};

/// A wheel that was built.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// Its name.
    pub(crate) name: String,
    /// Where it waits for its name.
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// Whether it was built now.
    pub(crate) is_new: bool,
}

/// What builds need of the run.
pub(crate) struct Builds<'a> {
    pub(crate) work: &'a Work<'a>,
    pub(crate) items: &'a [Item],
    pub(crate) house: &'a House,
    pub(crate) store: Store,
}

impl<'a> Builds<'a> {
    /// Takes the wheels that were built before, here or for another folder; the result has an entry for each item.
    pub(crate) fn stored(&self) -> Vec<Option<Wheel>> {
        let take = |item: &Item| {
            let again = self.work.args.building.check_reproducible;
            let key = self.key(item, &content(item)?).filter(|_| !again)?;
            self.store.take(&key, &self.house.hidden("build/wheels"))
        };
        self.items.iter().map(take).collect()
    }

    fn key(&self, item: &Item, content: &str) -> Option<String> {
        // One that is in the folder needs none.
        let due = item.form == Form::Build(None);
        let interpreter = self.work.interpreter().filter(|_| due)?;
        Some(store::key(
            content,
            &digest::target(&interpreter.target),
            &self.work.making(),
        ))
    }

    /// Builds what has to be built and is not among the wheels yet.
    pub(crate) fn all(
        &self,
        arrived: &'a [Arrived],
        mut wheels: Vec<Option<Wheel>>,
    ) -> Result<Vec<Option<Wheel>>, Failure> {
        let due = |number: usize| {
            matches!(self.items[number].form, Form::Build(_)) && arrived[number].place != Place::Needless
        };
        let numbers: Vec<usize> = (0..self.items.len()).filter(|number| due(*number)).collect();
        let (Some(interpreter), false) = (self.work.interpreter(), numbers.is_empty()) else {
            return Ok(wheels);
        };
        cli::refuse_root(self.work.args.building.allow_root)?;
        let stock = self.stock(arrived)?;
        let workshop = Workshop::open(self.house, interpreter, self.work, stock)?;
        let progress = self.work.session.progress();
        progress.begin("building", numbers.len() as u64, None);
        for number in numbers {
            let (item, arrived) = (&self.items[number], &arrived[number]);
            let wheel = workshop.build(item, &arrived.place)?;
            if let Some(key) = self.key(item, &arrived.content(item)) {
                self.store.keep(&key, &wheel);
            }
            wheels[number] = Some(wheel);
            progress.advance(1, 0);
        }
        progress.end();
        Ok(wheels)
    }

    /// The wheels of this machine that builds may use: those of the lock.
    fn stock(&self, arrived: &[Arrived]) -> Result<Stock, Failure> {
        let goals = &self.work.question.goals;
        let native = goals.iter().position(|goal| goal.interpreter.is_some());
        let wheels = self.items.iter().zip(arrived).filter_map(|(item, arrived)| {
            let name = item.file.name.as_str();
            let usable =
                native.is_some_and(|native| item.targets.contains(&native)) && name.ends_with(".whl");
            let path = match &arrived.place {
                Place::Beside(path) => path.clone(),
                Place::Home | Place::Needless => self.house.path(name),
            };
            usable.then_some(closed::Wheel { item, name, path })
        });
        Stock::new(&wheels.collect::<Vec<_>>(), &self.work.question.lock)
    }
}

/// What the wheel of an item is known by, if that is known before the file is here.
fn content(item: &Item) -> Option<String> {
    if let Some(git) = &item.git {
        return Some(git.id());
    }
    let said = item.file.sha256.as_ref()?;
    let right = item.expected.is_empty() || item.expected.contains(said);
    right.then(|| format!("sha256:{said}"))
}

/// Folders and rules of the builds of one run.
pub(crate) struct Workshop<'a> {
    house: &'a House,
    interpreter: &'a Interpreter,
    how: &'a Building,
    client: &'a Client,
    folder: PathBuf,
    lock: Option<&'a Lock>,
    stock: Stock,
}

impl<'a> Workshop<'a> {
    /// Makes the folders.
    pub(crate) fn open(
        house: &'a House,
        interpreter: &'a Interpreter,
        work: &'a Work,
        stock: Stock,
    ) -> Result<Self, Failure> {
        let folder = house.hidden("build");
        for part in ["scratch", "wheels", "again", "requirements", "sdists"] {
            fs_err::create_dir_all(folder.join(part))?;
        }
        fs_err::create_dir_all(house.hidden("logs"))?;
        Ok(Self {
            lock: work.question.build_lock.as_ref(),
            house,
            interpreter,
            how: &work.args.building,
            client: work.client()?,
            folder,
            stock,
        })
    }

    fn build(&self, item: &Item, place: &Place) -> Result<Wheel, Failure> {
        let path = self.make(item, place, "wheels")?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.judge(item, &name)?;
        let sha256 = house::sha256_of(&path)?;
        if self.how.check_reproducible {
            self.repeat(item, place, &sha256)?;
        }
        let size = fs_err::metadata(&path)?.len();
        Ok(Wheel {
            name,
            path,
            sha256,
            size,
            is_new: true,
        })
    }

    /// Builds an item into one of the folders.
    fn make(&self, item: &Item, place: &Place, folder: &str) -> Result<PathBuf, Failure> {
        let into = self.folder.join(folder);
        if let (Some(commit), Place::Beside(checkout)) = (&item.git, place) {
            if folder == "again" {
                // What the first build left in it is no part of the commit.
                git::check_out(commit, checkout)?;
            }
            let project = git::project(commit, checkout)?;
            let source = Source::Checkout {
                project: &project,
                name: &item.file.name,
            };
            return Ok(self.with(|builder| builder.wheel(source, &into))?);
        }
        let sdist = self.sdist(item, place)?;
        Ok(self.with(|builder| builder.wheel(Source::Archive(&sdist), &into))?)
    }

    fn repeat(&self, item: &Item, place: &Place, first: &str) -> Result<(), Failure> {
        let again = self.make(item, place, "again")?;
        let second = house::sha256_of(&again)?;
        if first == second {
            return Ok(());
        }
        let message = format!(
            "{} built twice gives sha256:{first} and sha256:{second}",
            item.file.name
        );
        Err(Failure::new(Kind::BuildFailed, message).file(&item.file.name))
    }

    /// A backend may call its wheel whatever it likes; only one of this release and for this Python is what was asked.
    fn judge(&self, item: &Item, name: &str) -> Result<(), Failure> {
        let bad = |why: String| {
            Failure::new(
                Kind::BuildFailed,
                format!("{} was built as {name}: {why}", item.file.name),
            )
        };
        let wheel: WheelName = name
            .parse()
            .map_err(|error: pyspec::Error| bad(error.to_string()))?;
        let version = item.version.as_ref();
        if wheel.name != item.project || version.is_some_and(|version| wheel.version != *version) {
            let version = version.map(|version| format!(" {version}")).unwrap_or_default();
            return Err(bad(format!("expected {}{version}", item.project)));
        }
        let fits = fit::judge(&wheel, None, &self.interpreter.target);
        fits.map(drop).map_err(|misfit| bad(misfit.to_string()))
    }

    fn with<T>(&self, work: impl FnOnce(Builder) -> T) -> T {
        work(Builder {
            interpreter: self.interpreter,
            wheels: self,
            scratch: &self.folder.join("scratch"),
            logs: &self.house.hidden("logs"),
            network: match self.how.build_network {
                Network::Cut => build::Network::Cut,
                Network::Allow => build::Network::Allow,
            },
            allow_root: cli::refuse_root(self.how.allow_root).is_ok(),
            limit: Duration::from_secs(self.how.build_timeout),
        })
    }

    /// The source distribution under its own name, which the builder needs to see.
    fn sdist(&self, item: &Item, place: &Place) -> Result<PathBuf, Failure> {
        let named = self.folder.join("sdists").join(&item.file.name);
        let from = match place {
            Place::Beside(path) => path.clone(),
            Place::Home | Place::Needless => self.house.path(&item.file.name),
        };
        house::link(&from, &named)?;
        Ok(named)
    }
}

impl Wheels for Workshop<'_> {
    fn wheels(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>> {
        let folder = self.folder.join("requirements");
        if let Some(lock) = self.lock {
            let found =
                build_lock::wheels(lock, requirements, &self.interpreter.target, self.client, &folder);
            return found.map_err(|failure| Box::new(Refused::from(failure)) as Box<dyn Fault + Send + Sync>);
        }
        let found = self.stock.meet(requirements, &self.interpreter.target, &folder);
        if let Some(wheels) = found.map_err(|failure| Box::new(Refused::from(failure)) as Box<_>)? {
            return Ok(wheels);
        }
        let found = source::wheels_for(requirements, self.client, &self.interpreter.target, &folder);
        found.map_err(|error| Box::new(error) as Box<dyn Fault + Send + Sync>)
    }
}

impl SdistMetadata for Workshop<'_> {
    fn speaks_for(&self, target: &Target) -> bool {
        digest::target(target) == digest::target(&self.interpreter.target)
    }

    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>> {
        let found = self.with(|builder| builder.metadata(archive));
        found.map_err(|error| Box::new(error) as Box<dyn Fault + Send + Sync>)
    }
}
