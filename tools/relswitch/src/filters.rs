//! Files that git keeps in another form and turns back by a program: refused where that program is not known.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use cli::Failure;
use wire::Kind;

use crate::git::{self, Git, Tracked};

/// Where attributes are tracked.
const ATTRIBUTES: &str = ".gitattributes";

/// The filter whose files are known by their content, and refused one by one.
const LARGE_FILES: &str = "lfs";

/// Refuses a commit whose attributes name a filter that git here cannot apply: the files would stay as they are kept.
pub(crate) fn refuse_unknown(git: &Git, commit: &str, tracked: &[Tracked]) -> Result<(), Failure> {
    let is_attributes = |tracked: &Tracked| tracked.path.file_name() == Some(OsStr::new(ATTRIBUTES));
    if !tracked.iter().any(is_attributes) {
        return Ok(());
    }
    for name in named(git, commit)? {
        let smudge = format!("filter.{name}.smudge");
        let process = format!("filter.{name}.process");
        if !git.is_configured(&smudge)? && !git.is_configured(&process)? {
            return Err(unknown(&name));
        }
    }
    Ok(())
}

/// Lists the filters that a commit's attributes name.
fn named(git: &Git, commit: &str) -> Result<BTreeSet<String>, Failure> {
    let files = format!(":(glob)**/{ATTRIBUTES}");
    let mut command = git.command();
    command.args(["grep", "-h", "--fixed-strings", "filter=", commit, "--", &files]);
    let output = git::output(&mut command)?;
    // 1 is "none".
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(git::failed("cannot read the attributes", &output.stderr));
    }
    Ok(filters_in(&String::from_utf8_lossy(&output.stdout)))
}

fn filters_in(attributes: &str) -> BTreeSet<String> {
    let lines = attributes
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let words = lines.flat_map(|line| line.split_whitespace().skip(1));
    words
        .filter_map(|word| word.strip_prefix("filter="))
        .filter(|name| *name != LARGE_FILES)
        .map(str::to_owned)
        .collect()
}

fn unknown(name: &str) -> Failure {
    Failure::new(
        Kind::Unsupported,
        format!("files are kept by the filter {name:?}, which git does not know here"),
    )
    .file(ATTRIBUTES)
    .hint(format!(
        "set filter.{name}.smudge for the user who stages, or keep the files as they are"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_found_where_they_are_set() {
        let text =
            "*.bin filter=lfs diff=lfs -text\n# x filter=no\nsecret filter=crypt diff=crypt\n* -filter\n";
        assert_eq!(filters_in(text), BTreeSet::from(["crypt".to_owned()]));
    }
}
