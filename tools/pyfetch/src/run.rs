//! The run: look, decide, fetch, build, check, publish, report.

use std::cell::OnceCell;

use cli::{Done, Failure, Output, Session};
use index::Client;
use lock::Lock;
use pyspec::target::Target;
use source::{Formats, SdistMetadata};
use wire::Kind;
use wire::wheelhouse::Run;

use crate::args::{Args, Network};
use crate::builds::{Builds, Workshop};
use crate::house::House;
use crate::items::{Asked, allow_sdists, formats, only_binary};
use crate::plan::Making;
use crate::question::Question;
use crate::stock::Stock;
use crate::store::Store;
use crate::{check, closed, config, fetch, loose, manifest, publish, refresh, report};

/// Runs the tool.
pub(crate) fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    if args.show_config {
        let (config, _) = source::configuration(args.program())?;
        return Ok(Done::Yes(Output::text(
            config.to_text(),
            config::Shown::new(&config),
        )));
    }
    let question = Question::ask(&args, session)?;
    if args.check {
        return check::run(&args, &question);
    }
    let house = House::open(&args.output, !args.no_wait, args.paranoid, session)?;
    let mut work = Work {
        args: &args,
        session,
        question,
        client: OnceCell::new(),
    };
    if args.refresh {
        return refresh::run(&work, &house);
    }
    if !work.question.locked {
        work.pin(&house)?;
    }
    work.fill(house)
}

/// What all steps need.
pub(crate) struct Work<'a> {
    pub(crate) args: &'a Args,
    pub(crate) session: &'a Session,
    pub(crate) question: Question,
    client: OnceCell<Client>,
}

impl Work<'_> {
    /// Makes a lock of what is none, as `pip download` would.
    fn pin(&mut self, house: &House) -> Result<(), Failure> {
        if self.client()?.settings().require_hashes {
            return Err(Failure::new(
                Kind::MissingHash,
                "pip's configuration requires hashes, and there are none",
            ));
        }
        self.session
            .warn("the input is not locked: this is what the index offers today");
        if self.args.no_deps {
            return self.refuse_unpinned();
        }
        self.question.lock = self.resolved(house)?;
        Ok(())
    }

    /// Refuses requirements without a version, for want of anybody who would find one.
    fn refuse_unpinned(&self) -> Result<(), Failure> {
        let packages = &self.question.lock.packages;
        if packages.iter().all(|package| package.version.is_some()) {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Usage,
            "--no-deps needs requirements that are pinned with ==",
        ))
    }

    /// Asks the index for a lock of what was asked for.
    fn resolved(&self, house: &House) -> Result<Lock, Failure> {
        let client = self.client()?;
        let formats = self.formats(client)?;
        let goals = self.question.goals.iter();
        let targets: Vec<Target> = goals.map(|goal| goal.target.clone()).collect();
        let workshop = self
            .interpreter()
            .map(|interpreter| Workshop::open(house, interpreter, self, Stock::default()))
            .transpose()?;
        let sdists = workshop.as_ref().filter(|_| !self.args.building.no_build);
        loose::pin(
            &self.question.lock,
            &targets,
            client,
            formats,
            &house.hidden("build").join("sdists"),
            sdists.map(|workshop| workshop as &dyn SdistMetadata),
            self.session.progress(),
        )
    }

    /// Returns which files may be chosen: source distributions too where no wheel fits, unless nothing is built.
    fn formats(&self, client: &Client) -> Result<Formats, Failure> {
        let lock = &self.question.lock;
        let mut formats = formats(client, lock)?;
        if !self.args.building.no_build {
            allow_sdists(&mut formats, &only_binary(client, lock))?;
        }
        Ok(formats)
    }

    fn fill(&self, house: House) -> Result<Done, Failure> {
        let Asked { items, early, any } = self.items(&house)?;
        let client = || self.client();
        let progress = self.session.progress();
        let builds = Builds {
            work: self,
            items: &items,
            house: &house,
            store: Store::of_user(self.args.index.no_cache),
        };
        let stored = builds.stored();
        let needless = |number: usize| stored[number].is_some();
        let arrived = fetch::all(&items, &house, self.jobs(), progress, &client, &needless, early)?;
        let built = builds.all(&arrived, stored)?;
        let entries = publish::entries(&items, &arrived, &built, &self.making());
        let files = entries
            .iter()
            .map(|entry| manifest::file(entry.item, &entry.stored, &self.question))
            .collect();
        let mut wheelhouse = manifest::wheelhouse(&self.question, files);
        let unchanged = house.manifest.as_ref() == Some(&wheelhouse);
        if !self.args.no_deps && (any || !unchanged || entries.iter().any(|entry| entry.waits_at.is_some())) {
            let wheels: Vec<_> = entries.iter().filter_map(|entry| entry.wheel(&house)).collect();
            closed::check(&wheels, &self.question, self.args.closure, self.session)?;
        }
        let emitted = manifest::emitted(&self.question.lock, &wheelhouse.files);
        let done = publish::publish(house, &wheelhouse, &emitted, &entries, self.args)?;
        wheelhouse.run = Some(Run {
            bytes: arrived.iter().map(|one| one.transferred).sum(),
            ..done
        });
        let folder = self.args.output.display().to_string();
        Ok(Done::Yes(Output::report(report::Filled { wheelhouse, folder })))
    }

    pub(crate) fn jobs(&self) -> usize {
        usize::from(self.args.jobs)
    }

    /// How wheels are built now.
    pub(crate) fn making(&self) -> Making {
        Making {
            build_lock: self.question.build_digest.clone(),
            network_cut: self.args.building.build_network == Network::Cut,
        }
    }

    pub(crate) fn interpreter(&self) -> Option<&python::Interpreter> {
        self.question
            .goals
            .iter()
            .find_map(|goal| goal.interpreter.as_ref())
    }

    /// The client, made when it is first needed.
    pub(crate) fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = config::client(self.args, &self.question.lock)?;
        for line in client.missing_links() {
            self.session.warn(line);
        }
        Ok(self.client.get_or_init(|| client))
    }
}
