//! What the layers and their rules ask for, entry by entry.

use crate::{
    accounts::Accounts,
    crontab, hash,
    look::Look,
    place::Place,
    plan::Wanted,
    seen::Beside,
    source::{Item, ItemKind, Layers},
};
use cli::Failure;
use etc::{Attributes, Host, Rules, Subject, SubjectKind, TreePath};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use wire::{
    Kind,
    etc::{Entry, Finding, Mode},
};

/// How much of a file the lints see, bytes.
const LINTED: usize = 1024 * 1024;

/// What is asked for, and what daemons will say of it.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) wanted: BTreeMap<TreePath, Wanted>,
    pub(crate) lint: Vec<Finding>,
    /// The users whose crontabs are left out.
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
}

/// Reads the rules that stand beside the layers.
pub(crate) fn rules(layers: &[String]) -> Result<Rules, Failure> {
    let mut files = Vec::new();
    for layer in layers {
        let name = rules_file(layer)?;
        match fs_err::read_to_string(&name) {
            Ok(text) => files.push((name, text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::new(Kind::of_io(&error), error.to_string()).file(name)),
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Ok(Rules::parse(&files)?)
}

/// Returns the file of rules of a layer: `etc.attrs` beside `etc`.
fn rules_file(layer: &str) -> Result<String, Failure> {
    let plain = layer.trim_end_matches('/');
    match Path::new(plain).file_name() {
        Some(_) => Ok(format!("{plain}.attrs")),
        // `.` and `..` have a name only where they really are.
        None => Ok(format!("{}.attrs", fs_err::canonicalize(layer)?.display())),
    }
}

/// Works out what layers and rules ask for.
pub(crate) fn ask(
    place: &Place,
    layers: &Layers,
    rules: &Rules,
    seen: &Beside<'_>,
) -> Result<Asked, Failure> {
    let mut asking = Asking {
        place,
        layers,
        rules,
        accounts: Accounts::default(),
        seen,
        reader: hash::Reader::default(),
        items: Vec::with_capacity(layers.items.len()),
        asked: Asked::default(),
    };
    for (path, item) in &layers.items {
        if !crontab::is_about(path) {
            asking.item(path, item)?;
        } else if let Some(user) = crontab::user(path) {
            asking.crontab(path, item, user)?;
        }
    }
    for path in rules.absent() {
        asking.absent(path, layers)?;
    }
    Ok(asking.end())
}

struct Asking<'a> {
    place: &'a Place,
    layers: &'a Layers,
    rules: &'a Rules,
    accounts: Accounts,
    seen: &'a Beside<'a>,
    reader: hash::Reader,
    /// What the layers have, in order; the rest of what is wanted is in `asked`.
    items: Vec<(TreePath, Wanted)>,
    asked: Asked,
}

impl Asking<'_> {
    /// Joins everything; what stands in a layer wins over what a rule adds.
    fn end(self) -> Asked {
        let mut asked = self.asked;
        let mut all: BTreeMap<TreePath, Wanted> = self.items.into_iter().collect();
        for (path, wanted) in std::mem::take(&mut asked.wanted) {
            all.entry(path).or_insert(wanted);
        }
        asked.wanted = all;
        asked.lint.sort();
        asked
    }

    fn item(&mut self, path: &TreePath, item: &Item) -> Result<(), Failure> {
        let attributes = self.rules.of(path, item.kind == ItemKind::Folder);
        let entry = match &item.kind {
            ItemKind::Folder => {
                let (uid, gid) = self.owner(&attributes)?;
                Entry::Folder {
                    mode: Mode(attributes.mode.unwrap_or(0o755)),
                    uid,
                    gid,
                }
            }
            ItemKind::Link { target } => {
                self.lint(path, SubjectKind::Link { target });
                crate::entry::link(target)
            }
            ItemKind::File => self.file(path, item.layer, &attributes)?,
        };
        self.want_item(path, item, wanted(entry, attributes));
        Ok(())
    }

    fn file(&mut self, path: &TreePath, layer: usize, attributes: &Attributes) -> Result<Entry, Failure> {
        let needs_content = attributes.enable || etc::reads(path);
        if !needs_content && let Some(known) = self.remembered(path, layer)? {
            let (stat, digest) = known;
            self.lint_file(path, b"", stat.mode, attributes);
            return self.entry(&stat, &digest, stat.size, attributes);
        }
        let (mut file, stat) = self.layers.open_and_look(layer, path)?;
        let mut content = Vec::new();
        let (digest, size) = self.reader.read(&mut file, stat.size, |chunk| {
            // All that lints see, if there is a reason to look; else whether there is one.
            if content.is_empty() && chunk.starts_with(b"#!") || needs_content || !content.is_empty() {
                content.extend(chunk.iter().take(LINTED - content.len().min(LINTED)));
            }
            Ok(())
        })?;
        if !needs_content && content.is_empty() {
            self.seen.remember(&stat, &digest);
        }
        self.lint_file(path, &content, stat.mode, attributes);
        if attributes.enable {
            self.enable(path, &content)?;
        }
        self.entry(&stat, &digest, size, attributes)
    }

    /// Returns what is remembered of a file that no lint has to read.
    fn remembered(&self, path: &TreePath, layer: usize) -> Result<Option<(disk::Entry, [u8; 32])>, Failure> {
        if self.seen.knows_nothing() {
            return Ok(None);
        }
        let stat = self.layers.look(layer, path)?;
        Ok(stat.and_then(|stat| self.seen.digest(&stat).map(|digest| (stat, digest))))
    }

    /// Has a file linted whose mode in the layer is given, of which only the `x` bit counts.
    fn lint_file(&mut self, path: &TreePath, content: &[u8], mode: u32, attributes: &Attributes) {
        let mode = file_mode(mode, attributes);
        self.lint(
            path,
            SubjectKind::File {
                content,
                mode,
                roots: matches!(attributes.owner.as_deref(), None | Some("root" | "0")),
                secret: attributes.secret || mode & 0o004 == 0,
            },
        );
    }

    fn entry(
        &self,
        stat: &disk::Entry,
        digest: &[u8; 32],
        size: u64,
        attributes: &Attributes,
    ) -> Result<Entry, Failure> {
        let (uid, gid) = self.owner(attributes)?;
        Ok(Entry::File {
            digest: hash::named(digest),
            size: Some(size),
            mode: Mode(file_mode(stat.mode, attributes)),
            uid,
            gid,
        })
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
            if self.layers.items.contains_key(&link) {
                continue;
            }
            for folder in link.parents() {
                let attributes = self.rules.of(&folder, true);
                let (uid, gid) = self.owner(&attributes)?;
                let entry = Entry::Folder {
                    mode: Mode(attributes.mode.unwrap_or(0o755)),
                    uid,
                    gid,
                };
                self.asked
                    .wanted
                    .entry(folder)
                    .or_insert_with(|| wanted(entry, attributes));
            }
            self.lint(&link, SubjectKind::Link { target: &target });
            let attributes = self.rules.of(&link, false);
            self.want(link, wanted(crate::entry::link(&target), attributes));
        }
        Ok(())
    }

    /// A crontab is a file of its user's, who owns it wherever cron keeps it.
    fn crontab(&mut self, path: &TreePath, item: &Item, user: String) -> Result<(), Failure> {
        let attributes = Attributes {
            mode: Some(0o600),
            ..self.rules.of(path, false)
        };
        let entry = self.file(path, item.layer, &attributes)?;
        if !crontab::are_applied(self.place) {
            self.asked.crontabs.push(user);
            return Ok(());
        }
        let entry = match entry {
            Entry::File {
                digest, size, mode, ..
            } => Entry::File {
                digest,
                size,
                mode,
                uid: None,
                gid: None,
            },
            other => other,
        };
        self.want_item(path, item, wanted(entry, attributes));
        Ok(())
    }

    fn absent(&mut self, path: TreePath, layers: &Layers) -> Result<(), Failure> {
        if layers.items.contains_key(&path) {
            return Err(
                Failure::new(Kind::BadSyntax, "a rule says absent, but it is in a layer").file(path.text()),
            );
        }
        let attributes = self.rules.of(&path, false);
        self.want(path, wanted(Entry::Absent, attributes));
        Ok(())
    }

    fn owner(&self, attributes: &Attributes) -> Result<(Option<u32>, Option<u32>), Failure> {
        if !self.place.privileged {
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
            asking: self,
            look: RefCell::new(Look::new(self.place)),
        };
        let found = etc::lint(Subject { path, kind }, &host);
        self.asked.lint.extend(found);
    }

    fn want_item(&mut self, path: &TreePath, item: &Item, wanted: Wanted) {
        let layer = Some(item.layer);
        self.items.push((path.clone(), Wanted { layer, ..wanted }));
    }

    fn want(&mut self, path: TreePath, wanted: Wanted) {
        self.asked.wanted.insert(path, wanted);
    }
}

fn file_mode(found: u32, attributes: &Attributes) -> u32 {
    let unsaid = if found & 0o111 == 0 { 0o644 } else { 0o755 };
    attributes.mode.unwrap_or(unsaid)
}

/// Makes what is wanted of an entry by what the rules say of its path.
pub(crate) fn wanted(entry: Entry, attributes: Attributes) -> Wanted {
    Wanted {
        entry,
        layer: None,
        dropped: false,
        secret: attributes.secret,
        check: attributes.check,
        reload: attributes.reload,
    }
}

/// The host as it will be, for the lints.
struct Future<'a> {
    asking: &'a Asking<'a>,
    look: RefCell<Look<'a>>,
}

impl Host for Future<'_> {
    /// Users of this host say nothing about another root.
    fn has_user(&self, name: &str) -> bool {
        !self.asking.place.is_etc() || self.asking.accounts.has_user(name)
    }

    fn exists(&self, path: &TreePath) -> bool {
        let found = || self.look.borrow_mut().at(path);
        self.asking.layers.items.contains_key(path)
            || found().is_ok_and(|found| found.entry != Entry::Absent || found.blocked.is_some())
    }
}
