//! Building wheels out of source distributions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use build::{Builder, Wheels};
use cli::{Failure, Session};
use index::Client;
use lock::{Lock, fit};
use pyspec::filename::WheelName;
use python::Interpreter;
use source::SdistMetadata;
use wire::{Fault, Kind};

use crate::args::{Building, Network};
use crate::build_lock::{self, Refused};
use crate::fetch::{Arrived, Place};
use crate::house::{self, House};
use crate::plan::{Form, Item};

/// A wheel that was built.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// Its name.
    pub(crate) name: String,
    /// Where it waits for its name.
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

/// Builds what has to be built; the result has an entry for each item.
pub(crate) fn all<'a>(
    items: &[Item],
    arrived: &[Arrived],
    house: &'a House,
    interpreter: Option<&'a Interpreter>,
    how: &'a Building,
    client: &dyn Fn() -> Result<&'a Client, Failure>,
    session: &Session,
) -> Result<Vec<Option<Wheel>>, Failure> {
    let due = |number: usize| {
        matches!(items[number].form, Form::Build(_)) && arrived[number].place != Place::Needless
    };
    let mut wheels: Vec<Option<Wheel>> = vec![None; items.len()];
    let numbers: Vec<usize> = (0..items.len()).filter(|number| due(*number)).collect();
    let (Some(interpreter), false) = (interpreter, numbers.is_empty()) else {
        return Ok(wheels);
    };
    cli::refuse_root(how.allow_root)?;
    let workshop = Workshop::open(house, interpreter, how, client()?, session)?;
    session.progress().begin("building", numbers.len() as u64, None);
    for number in numbers {
        wheels[number] = Some(workshop.build(&items[number], &arrived[number].place)?);
        session.progress().advance(1, 0);
    }
    session.progress().end();
    Ok(wheels)
}

/// Folders and rules of the builds of one run.
pub(crate) struct Workshop<'a> {
    house: &'a House,
    interpreter: &'a Interpreter,
    how: &'a Building,
    client: &'a Client,
    folder: PathBuf,
    lock: Option<Lock>,
}

impl<'a> Workshop<'a> {
    /// Makes the folders.
    pub(crate) fn open(
        house: &'a House,
        interpreter: &'a Interpreter,
        how: &'a Building,
        client: &'a Client,
        session: &Session,
    ) -> Result<Self, Failure> {
        let folder = house.hidden("build");
        for part in ["scratch", "wheels", "again", "requirements", "sdists"] {
            fs_err::create_dir_all(folder.join(part))?;
        }
        fs_err::create_dir_all(house.hidden("logs"))?;
        let lock = how
            .build_lock
            .as_ref()
            .map(|name| build_lock::read(name, session))
            .transpose()?;
        Ok(Self {
            lock,
            house,
            interpreter,
            how,
            client,
            folder,
        })
    }

    fn build(&self, item: &Item, place: &Place) -> Result<Wheel, Failure> {
        let sdist = self.sdist(item, place)?;
        let path = self.with(|builder| builder.wheel(&sdist, &self.folder.join("wheels")))?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.judge(item, &name)?;
        let sha256 = house::sha256_of(&path)?;
        if self.how.check_reproducible {
            self.repeat(item, &sdist, &sha256)?;
        }
        let size = fs_err::metadata(&path)?.len();
        Ok(Wheel {
            name,
            path,
            sha256,
            size,
        })
    }

    fn repeat(&self, item: &Item, sdist: &Path, first: &str) -> Result<(), Failure> {
        let again = self.with(|builder| builder.wheel(sdist, &self.folder.join("again")))?;
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
        if wheel.name != item.project || wheel.version != item.version {
            return Err(bad(format!("expected {} {}", item.project, item.version)));
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
        replace_by_link(&from, &named)?;
        Ok(named)
    }
}

fn replace_by_link(from: &Path, to: &Path) -> Result<(), Failure> {
    match fs_err::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs_err::hard_link(from, to).or_else(|_| fs_err::copy(from, to).map(drop))?;
    Ok(())
}

impl Wheels for Workshop<'_> {
    fn wheels(&self, requirements: &[String]) -> Result<Vec<PathBuf>, Box<dyn Fault + Send + Sync>> {
        let folder = self.folder.join("requirements");
        if let Some(lock) = &self.lock {
            let found =
                build_lock::wheels(lock, requirements, &self.interpreter.target, self.client, &folder);
            return found.map_err(|failure| Box::new(Refused::from(failure)) as Box<dyn Fault + Send + Sync>);
        }
        let found = source::wheels_for(requirements, self.client, &self.interpreter.target, &folder);
        found.map_err(|error| Box::new(error) as Box<dyn Fault + Send + Sync>)
    }
}

impl SdistMetadata for Workshop<'_> {
    fn metadata(&self, archive: &Path) -> Result<Vec<u8>, Box<dyn Fault + Send + Sync>> {
        let found = self.with(|builder| builder.metadata(archive));
        found.map_err(|error| Box::new(error) as Box<dyn Fault + Send + Sync>)
    }
}
