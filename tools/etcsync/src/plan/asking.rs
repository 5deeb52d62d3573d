//! What the layers and their rules ask for, entry by entry, beside what is there.

use crate::{
    layers::item::{Item, ItemKind, Leaf},
    plan::compare::{Compare, Sides},
    plan::decide,
    plan::future::Future,
    plan::question::Asked,
    plan::question::Question,
    plan::wanted::Wanted,
    root::accounts::Accounts,
    root::closed::Closed,
    root::crontab,
    root::look::{Found, Look},
    state::remembered::Managed,
    state::seen::Beside,
    tree::along::Along,
    tree::entry,
    tree::hash,
};
use cli::Failure;
use etc::{Attributes, Subject, SubjectKind, TreePath};
use std::cell::RefCell;
use wire::{
    Kind,
    etc::{Entry, Mode},
};

/// Works out what is asked for, one item of the layers after the other.
pub(crate) struct Asking<'a> {
    question: &'a Question<'a>,
    managed: Along<'a, Managed>,
    accounts: Accounts,
    compare: Compare<'a>,
    closed: Closed<'a>,
    /// What is asked for and not settled yet.
    pub(crate) asked: Asked,
}

impl<'a> Asking<'a> {
    /// Begins, with what one thread has seen.
    pub(crate) fn new(question: &'a Question<'a>, seen: &'a Beside<'a>) -> Self {
        Self {
            question,
            managed: Along::new(&question.known.state.managed),
            accounts: Accounts::default(),
            compare: Compare::new(question.place, question.layers, seen),
            closed: Closed::new(question.place, |folder| question.rules.of(folder, true).mode),
            asked: Asked::default(),
        }
    }

    /// Takes something of a layer; paths come in their order.
    pub(crate) fn take(&mut self, path: &TreePath, item: &Item) -> Result<(), Failure> {
        if !crontab::is_about(path) {
            self.item(path, item)
        } else if let Some(user) = crontab::user(path) {
            self.crontab(path, item, user)
        } else {
            Ok(())
        }
    }

    /// Takes a path that is to be absent.
    pub(crate) fn absent(&mut self, path: TreePath) -> Result<(), Failure> {
        if self.question.layers.items.contains_key(&path) {
            return Err(
                Failure::new(Kind::BadSyntax, "a rule says absent, but it is in a layer").file(path.text()),
            );
        }
        let attributes = self.question.rules.of(&path, false);
        self.asked
            .added
            .insert(path, Wanted::new(Entry::Absent, attributes));
        Ok(())
    }

    fn item(&mut self, path: &TreePath, item: &Item) -> Result<(), Failure> {
        let attributes = self.question.rules.of(path, item.kind == ItemKind::Folder);
        let entry = match &item.kind {
            ItemKind::File => return self.file(path, item, attributes),
            ItemKind::Withheld => return Ok(()),
            ItemKind::Folder => self.folder(&attributes)?,
            ItemKind::Link { target } => {
                self.lint(path, SubjectKind::Link { target });
                entry::link(target)
            }
        };
        let found = self.found(path)?;
        self.want_item(path, item, (entry, attributes), found);
        Ok(())
    }

    fn folder(&self, attributes: &Attributes) -> Result<Entry, Failure> {
        let (uid, gid) = self.owner(attributes)?;
        Ok(Entry::Folder {
            mode: Mode(attributes.mode.unwrap_or(0o755)),
            uid,
            gid,
        })
    }

    /// Returns what is under a path, or will be once an interrupted run is recovered.
    fn found(&mut self, path: &TreePath) -> Result<Found, Failure> {
        let found = self.compare.look.at(path)?;
        Ok(match self.question.known.settled.get(path) {
            Some(entry) => Found {
                entry: entry.clone(),
                ..found
            },
            None => found,
        })
    }

    fn file(&mut self, path: &TreePath, item: &Item, attributes: Attributes) -> Result<(), Failure> {
        let sides = self.sides(path, item.layer, &attributes)?;
        let mode = file_mode(sides.stat.mode, &attributes);
        self.note((path, item), &sides, mode, &attributes);
        if attributes.enable {
            self.enable(path, &sides.content)?;
        }
        let entry = file(&sides, mode, self.owner(&attributes)?);
        self.want_item(path, item, (entry, attributes), sides.found);
        Ok(())
    }

    /// Compares a file of a layer with what stands under its path.
    fn sides(&mut self, path: &TreePath, layer: usize, attributes: &Attributes) -> Result<Sides, Failure> {
        if self.question.known.settled.contains_key(path) {
            let found = self.found(path)?;
            return self.compare.with(layer, path, found);
        }
        let known = self.managed.at(path);
        let expected = known.is_some_and(|known| entry::is_file(&known.wrote));
        let linted = attributes.enable || etc::reads(path);
        self.compare.file(layer, path, linted, expected)
    }

    /// Takes note of a file, and of what daemons will say of it.
    fn note(&mut self, (path, item): (&TreePath, &Item), sides: &Sides, mode: u32, attributes: &Attributes) {
        let secret = attributes.secret
            || mode & 0o004 == 0
            || self.closed.holds_in(path, || self.compare.look.mode_around(path));
        self.lint(
            path,
            SubjectKind::File {
                content: &sides.content,
                mode,
                roots: matches!(attributes.owner.as_deref(), None | Some("root" | "0")),
                secret,
            },
        );
        item.leaf.get_or_init(|| Leaf {
            digest: sides.digest,
            executable: sides.stat.mode & 0o111 != 0,
            secret,
        });
    }

    /// Wants the links that enable a file, where no layer has them.
    fn enable(&mut self, path: &TreePath, content: &[u8]) -> Result<(), Failure> {
        if etc::script_books(path).is_some() {
            self.asked.enabled.insert(path.clone());
            return Ok(());
        }
        let links = etc::enabling_links(path, content);
        if links.is_empty() {
            return Err(
                Failure::new(Kind::BadSyntax, "a rule says enable, and nobody knows how")
                    .file(path.text())
                    .hint("put the link that enables it into the layer"),
            );
        }
        for (link, target) in links {
            if self.question.layers.items.contains_key(&link) {
                continue;
            }
            for folder in link.parents() {
                let attributes = self.question.rules.of(&folder, true);
                let entry = self.folder(&attributes)?;
                self.want(folder, Wanted::new(entry, attributes));
            }
            self.lint(&link, SubjectKind::Link { target: &target });
            let attributes = self.question.rules.of(&link, false);
            self.want(link, Wanted::new(entry::link(&target), attributes));
        }
        Ok(())
    }

    /// A crontab is a file of its user's, who owns it wherever cron keeps it.
    fn crontab(&mut self, path: &TreePath, item: &Item, user: String) -> Result<(), Failure> {
        let attributes = Attributes {
            mode: Some(0o600),
            ..self.question.rules.of(path, false)
        };
        let found = self.found(path)?;
        let sides = self.compare.with(item.layer, path, found)?;
        self.note((path, item), &sides, 0o600, &attributes);
        if !crontab::are_applied(self.question.place) {
            self.asked.crontabs.push(user);
            return Ok(());
        }
        let entry = file(&sides, 0o600, (None, None));
        self.want_item(path, item, (entry, attributes), sides.found);
        Ok(())
    }

    fn owner(&self, attributes: &Attributes) -> Result<(Option<u32>, Option<u32>), Failure> {
        if !self.question.place.privileged {
            return Ok((None, None));
        }
        let uid = self
            .accounts
            .user(attributes.owner.as_deref().unwrap_or("root"))?;
        let gid = self
            .accounts
            .group(attributes.group.as_deref().unwrap_or("root"))?;
        Ok((Some(uid), Some(gid)))
    }

    fn lint(&mut self, path: &TreePath, kind: SubjectKind<'_>) {
        let host = Future {
            question: self.question,
            accounts: &self.accounts,
            look: RefCell::new(Look::new(self.question.place)),
        };
        let found = etc::lint(Subject { path, kind }, &host);
        self.asked.lint.extend(found);
    }

    /// Wants what a layer has, unless it is there and nothing has to be written down about it.
    fn want_item(
        &mut self,
        path: &TreePath,
        item: &Item,
        (entry, attributes): (Entry, Attributes),
        found: Found,
    ) {
        let wanted = Wanted {
            layer: Some(item.layer),
            ..Wanted::new(entry, attributes)
        };
        if decide::is_settled(&wanted, &found, self.managed.at(path)) {
            return self.settle(path);
        }
        self.asked.items.push((path.clone(), wanted, found));
    }

    fn settle(&mut self, path: &TreePath) {
        self.asked.same += u64::from(self.question.scope.keeps(path, false));
    }

    /// Wants what no layer has; what stands in one wins over it.
    fn want(&mut self, path: TreePath, wanted: Wanted) {
        self.asked.added.entry(path).or_insert(wanted);
    }
}

fn file(sides: &Sides, mode: u32, (uid, gid): (Option<u32>, Option<u32>)) -> Entry {
    Entry::File {
        digest: hash::named(&sides.digest),
        size: Some(sides.size),
        mode: Mode(mode),
        uid,
        gid,
    }
}

fn file_mode(found: u32, attributes: &Attributes) -> u32 {
    let unsaid = if found & 0o111 == 0 { 0o644 } else { 0o755 };
    attributes.mode.unwrap_or(unsaid)
}
