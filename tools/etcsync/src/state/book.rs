//! The commands that bring the books of a distribution up to date, as the journal keeps them.

use etc::{Books, TreePath};
use serde::{Deserialize, Serialize};

/// A command that brings the books up to date, and the one that takes that back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) run: Vec<String>,
    pub(crate) undo: Vec<String>,
    /// The link concerned, where the commands are shown a folder of links of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Link>,
}

/// A link that the commands are to make or remove in a folder of their own: in the real one it is
/// done already, and they would find nothing to write down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// The variable that names the folder to them.
    pub(crate) variable: String,
    /// The link below the root.
    pub(crate) path: String,
    /// Whether it is there once `run` is due.
    pub(crate) there: bool,
    /// Whether what it meant is gone by then, and only the books are left.
    #[serde(default)]
    pub(crate) forgotten: bool,
}

impl Book {
    pub(crate) fn enable(path: &TreePath, books: Books) -> Self {
        Self {
            run: books.enable,
            undo: books.disable,
            link: books.links.map(|variable| Link {
                variable: variable.to_owned(),
                path: path.text(),
                there: true,
                forgotten: false,
            }),
        }
    }

    pub(crate) fn disable(path: &TreePath, books: Books) -> Self {
        let Self { run, undo, link } = Self::enable(path, books);
        Self {
            run: undo,
            undo: run,
            link: link.map(|link| Link { there: false, ..link }),
        }
    }

    pub(crate) fn forgetting(self) -> Self {
        let link = self.link.map(|link| Link {
            forgotten: true,
            ..link
        });
        Self { link, ..self }
    }
}
