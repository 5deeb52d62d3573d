//! Reading the layers: what a mock `/etc` has in it, never following a link.

use crate::{
    layers::carried::{Content, unpack},
    layers::item::{Item, ItemKind},
};
use cli::Failure;
use disk::{Dir, FileKind};
use etc::TreePath;
use std::{collections::BTreeMap, ffi::OsStr, fs::File, os::unix::ffi::OsStrExt, path::Path};
use wire::{Kind, etc::Embedded};

/// What version control and its users leave in a checkout, and no daemon is meant to see.
const IGNORED: [&str; 6] = [
    ".git",
    ".gitignore",
    ".gitattributes",
    ".gitkeep",
    ".gitmodules",
    ".etckeeper",
];

/// The layers, open, and what they hold together.
#[derive(Debug)]
pub(crate) struct Layers {
    contents: Contents,
    /// What stands where, the later layer winning.
    pub(crate) items: BTreeMap<TreePath, Item>,
}

/// Where the contents of files are.
#[derive(Debug)]
enum Contents {
    /// In the folders of the layers.
    Folders(Vec<Dir>),
    /// In the plan.
    Embedded(BTreeMap<TreePath, Content>),
}

/// Opens one file of the layers after the other, cheapest in the order of their paths.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    layers: &'a Layers,
    /// The folder that a file was last opened in: the next one is most likely there too.
    last: Option<Opened>,
}

/// A folder of a layer, open.
#[derive(Debug)]
struct Opened {
    layer: usize,
    path: Vec<u8>,
    folder: Dir,
}

impl Opened {
    fn of(top: &Dir, layer: usize, path: &[u8]) -> Result<Self, Failure> {
        let name = if path.is_empty() { b"." } else { path };
        Ok(Self {
            layer,
            path: path.to_owned(),
            folder: top.beneath(Path::new(OsStr::from_bytes(name)))?,
        })
    }
}

impl Layers {
    /// Reads the layers as named on the command line.
    pub(crate) fn open(names: &[String]) -> Result<Self, Failure> {
        let (mut folders, mut items) = (Vec::new(), Vec::new());
        for (layer, name) in names.iter().enumerate() {
            let mut folder = open_layer(name)?;
            walk(layer, &mut folder, None, &mut items)?;
            folders.push(folder);
        }
        let layers = Self {
            contents: Contents::Folders(folders),
            // Of two with one path, the later one stays.
            items: items.into_iter().collect(),
        };
        if names.len() > 1 {
            layers.refuse_collisions(names)?;
        }
        Ok(layers)
    }

    /// Takes the layers out of a plan, each content verified.
    pub(crate) fn embedded(embedded: &Embedded, names: &[String]) -> Result<Self, Failure> {
        let (mut items, mut contents) = (BTreeMap::new(), BTreeMap::new());
        for embedded in &embedded.items {
            let (path, item, content) = unpack(embedded, names)?;
            contents.extend(content.map(|content| (path.clone(), content)));
            if items.insert(path, item).is_some() {
                return Err(Failure::new(Kind::BadDocument, "it is twice in the plan").file(&embedded.path));
            }
        }
        let layers = Self {
            contents: Contents::Embedded(contents),
            items,
        };
        layers.refuse_collisions(names)?;
        Ok(layers)
    }

    /// Begins to open files.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor {
            layers: self,
            last: None,
        }
    }

    /// A path that is a folder in one layer and something else in a later one is a mistake.
    fn refuse_collisions(&self, names: &[String]) -> Result<(), Failure> {
        for (path, item) in &self.items {
            for parent in path.parents() {
                let above = self.items.get(&parent);
                if let Some(above) = above.filter(|above| above.kind != ItemKind::Folder) {
                    let message = format!(
                        "{parent} is no folder in layer {}, but has something in it in layer {}",
                        names[above.layer], names[item.layer]
                    );
                    return Err(Failure::new(Kind::Collision, message)
                        .file(path.text())
                        .hint("leave one of the two out"));
                }
            }
        }
        Ok(())
    }
}

impl Cursor<'_> {
    /// Opens a file of a layer.
    pub(crate) fn file(&mut self, layer: usize, path: &TreePath) -> Result<File, Failure> {
        match self.embedded(path)? {
            Some(content) => content.open(),
            None => self.in_folder(layer, path, Dir::open_file),
        }
    }

    /// Opens a file of a layer, and returns what the system says of it.
    pub(crate) fn open_and_look(
        &mut self,
        layer: usize,
        path: &TreePath,
    ) -> Result<(File, disk::Entry), Failure> {
        match self.embedded(path)? {
            Some(content) => Ok((content.open()?, content.stat())),
            None => self.in_folder(layer, path, Dir::open_and_look),
        }
    }

    /// Looks at a file of a layer without opening it.
    pub(crate) fn look(&mut self, layer: usize, path: &TreePath) -> Result<Option<disk::Entry>, Failure> {
        match self.embedded(path)? {
            Some(content) => Ok(Some(content.stat())),
            None => self.in_folder(layer, path, Dir::stat),
        }
    }

    fn embedded(&self, path: &TreePath) -> Result<Option<&Content>, Failure> {
        match &self.layers.contents {
            Contents::Folders(_) => Ok(None),
            Contents::Embedded(contents) => {
                let gone = || Failure::new(Kind::BadDocument, "it is not in the plan").file(path.text());
                contents.get(path).map(Some).ok_or_else(gone)
            }
        }
    }

    fn in_folder<T>(
        &mut self,
        layer: usize,
        path: &TreePath,
        act: impl FnOnce(&Dir, &OsStr) -> Result<T, disk::Error>,
    ) -> Result<T, Failure> {
        let gone = || Failure::new(Kind::StalePlan, "the layer is no longer there").file(path.text());
        let Contents::Folders(folders) = &self.layers.contents else {
            return Err(gone());
        };
        let top = folders.get(layer).ok_or_else(gone)?;
        let is_it = |last: &Opened| last.layer == layer && last.path == path.folder();
        let last = self.last.take().filter(is_it);
        let last = self.last.insert(match last {
            Some(known) => known,
            None => Opened::of(top, layer, path.folder())?,
        });
        Ok(act(&last.folder, OsStr::from_bytes(path.name()))?)
    }
}

/// Lists what is in a folder of a layer, with all that is below.
fn walk(
    layer: usize,
    folder: &mut Dir,
    path: Option<&TreePath>,
    items: &mut Vec<(TreePath, Item)>,
) -> Result<(), Failure> {
    for (name, kind) in folder.entries()? {
        if IGNORED.iter().any(|ignored| *ignored == name) {
            continue;
        }
        let path = match path {
            Some(path) => path.join(name.as_bytes())?,
            None => TreePath::new(name.as_bytes())?,
        };
        let kind = match kind {
            FileKind::File => ItemKind::File,
            FileKind::Link => {
                let target = folder.read_link(&name)?;
                ItemKind::Link {
                    target: target.as_os_str().as_bytes().to_owned(),
                }
            }
            FileKind::Folder => ItemKind::Folder,
            FileKind::Other => return Err(not_for_etc(&folder.path().join(&name))),
        };
        let is_folder = kind == ItemKind::Folder;
        items.push((path.clone(), Item::new(layer, kind)));
        if is_folder {
            walk(layer, &mut folder.folder(&name)?, Some(&path), items)?;
        }
    }
    Ok(())
}

fn open_layer(name: &str) -> Result<Dir, Failure> {
    Dir::open(Path::new(name)).map_err(|error| match error.is_not_found() {
        true => Failure::new(Kind::NotFound, "there is no such layer")
            .file(name)
            .hint("a plan names its layers as they were given: run apply from the same folder"),
        false => error.into(),
    })
}

fn not_for_etc(path: &Path) -> Failure {
    Failure::new(Kind::Unsupported, "neither file, link nor folder")
        .file(path.display().to_string())
        .hint("remove the pipe, socket or device from the layer")
}
