//! Names of files as a lock writes them: the same from whichever folder the tool is run.

use index::Address;
use std::path::{Component, Path, PathBuf};

/// The folder that all inputs have in common; names are relative to it.
#[derive(Debug)]
pub(crate) struct Base {
    folder: PathBuf,
}

impl Base {
    /// Finds the folder for some inputs, as given.
    pub(crate) fn of<'a>(inputs: impl IntoIterator<Item = &'a str>, current: &Path) -> Self {
        let files = inputs.into_iter().filter(|name| *name != "-" && !is_far(name));
        let folders = files.map(|name| {
            let mut folder = lexical(&current.join(name));
            folder.pop();
            folder
        });
        let folder = folders.reduce(|one, other| common(&one, &other));
        Self {
            folder: folder.unwrap_or_else(|| current.to_owned()),
        }
    }

    /// Returns the name of an input, relative to the folder.
    pub(crate) fn name(&self, input: &str, current: &Path) -> String {
        let path = lexical(&current.join(input));
        let inside = path.strip_prefix(&self.folder).map(Path::to_owned);
        inside.unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Returns the name of a folder, `.` for the common one itself; `..` leads out of it.
    pub(crate) fn folder_name(&self, folder: &Path) -> String {
        let (from, to) = (self.folder.components(), folder.components());
        let shared = from
            .clone()
            .zip(to.clone())
            .take_while(|(one, other)| one == other)
            .count();
        let up = from.skip(shared).map(|_| Component::ParentDir);
        let way: PathBuf = up.chain(to.skip(shared)).collect();
        if way.as_os_str().is_empty() {
            ".".to_owned()
        } else {
            way.to_string_lossy().into_owned()
        }
    }

    /// Returns the path of a name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn common(one: &Path, other: &Path) -> PathBuf {
    let both = one.components().zip(other.components());
    both.take_while(|(one, other)| one == other)
        .map(|(part, _)| part)
        .collect()
}

/// Takes `.` and `..` out of an absolute path without asking the disk.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Says whether a name is the address of a file rather than its path.
pub(crate) fn is_far(name: &str) -> bool {
    let schemes = ["http://", "https://"];
    schemes.iter().any(|scheme| {
        let front = name.get(..scheme.len());
        front.is_some_and(|front| front.eq_ignore_ascii_case(scheme))
    })
}

/// Returns the name of a file as it may be written down.
pub(crate) fn plain(name: &str) -> String {
    if is_far(name) {
        shown(name)
    } else {
        name.to_owned()
    }
}

/// Returns an address as it may be written down: without credentials, and without what may be some behind a `?`.
fn shown(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or(address);
    Address::parse(plain).map_or_else(|_| index::without_credentials(plain), |known| known.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Base, Path};

    /// Names inputs as the tool would, run in `current`.
    fn names(current: &str, inputs: &[&str]) -> Vec<String> {
        let current = Path::new(current);
        let base = Base::of(inputs.iter().copied(), current);
        inputs.iter().map(|input| base.name(input, current)).collect()
    }

    #[test]
    fn names_do_not_depend_on_the_current_folder() {
        assert_eq!(names("/srv/app", &["requirements.in"]), ["requirements.in"]);
        assert_eq!(names("/", &["srv/app/requirements.in"]), ["requirements.in"]);
        assert_eq!(
            names("/tmp", &["../srv/./app/requirements.in"]),
            ["requirements.in"]
        );
    }

    #[test]
    fn folders_are_named_from_there() {
        let base = Base::of(["a/x.in"], Path::new("/srv"));
        let name = |folder: &str| base.folder_name(Path::new(folder));
        assert_eq!(
            [
                name("/srv/a/vendor"),
                name("/srv/a"),
                name("/srv/b"),
                name("/opt")
            ],
            ["vendor", ".", "../b", "../../opt"]
        );
    }

    #[test]
    fn several_are_named_from_what_they_have_in_common() {
        assert_eq!(names("/srv/app", &["a/x.in", "b/x.in"]), ["a/x.in", "b/x.in"]);
        assert_eq!(names("/srv/app/a", &["x.in", "../b/x.in"]), ["a/x.in", "b/x.in"]);
        assert_eq!(names("/srv", &["app/x.in", "app/dev/y.in"]), ["x.in", "dev/y.in"]);
    }
}
