//! What a page tells its reader to type.

/// Returns the shell blocks of a text in Markdown.
pub(crate) fn blocks(text: &str) -> Vec<String> {
    text.split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// Returns what stands in a page below a heading of the second level.
pub(crate) fn section<'page>(page: &'page str, heading: &str) -> &'page str {
    let (_, behind) = page.split_once(&format!("## {heading}\n")).expect("the heading");
    behind.split("\n## ").next().unwrap_or_default()
}

/// Puts the two machines of a page into two folders of one world, whose home is `$HOME`.
pub(crate) fn here(block: &str) -> String {
    block
        .replace("ssh prod ", "")
        .replace("prod:/srv", "/srv")
        .replace("/srv/notes", "$HOME/../srv/notes")
}

/// Gives the configuration of the machine another place: that of this machine is not ours to change.
pub(crate) fn elsewhere(block: &str) -> String {
    block.replace("etcsync plan etc >", "etcsync plan etc --root $HOME/../root >")
}
