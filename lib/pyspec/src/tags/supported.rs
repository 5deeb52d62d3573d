//! The ordered list of tags that an interpreter supports.

use std::collections::HashMap;

use super::{Interpreter, Tag, TagSet};

/// Is the list of tags that an interpreter supports, the best first.
///
/// ```
/// use pyspec::tags::{Interpreter, TagSet, Tags, platform};
/// let tags = Tags::new(&Interpreter::cpython(3, 12), &platform::manylinux("x86_64", 2, 28));
/// let native = TagSet::parse("cp312-cp312-manylinux_2_17_x86_64").unwrap();
/// let pure = TagSet::parse("py3-none-any").unwrap();
/// assert!(tags.rank(&native) < tags.rank(&pure));
/// assert_eq!(tags.rank(&TagSet::parse("cp313-cp313-win32").unwrap()), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tags {
    list: Vec<Tag>,
    interpreters: HashMap<String, u32>,
    abis: HashMap<String, u32>,
    platforms: HashMap<String, u32>,
    ranks: HashMap<[u32; 3], usize>,
}

impl Tags {
    /// Lists what an interpreter supports on a machine with these platform tags, best first.
    ///
    /// Equal to `packaging.tags.sys_tags` there.
    ///
    /// ```
    /// use pyspec::tags::{Interpreter, Tags};
    /// let tags = Tags::new(&Interpreter::cpython(3, 12), &["win_amd64".to_owned()]);
    /// assert_eq!(tags.list()[0].to_string(), "cp312-cp312-win_amd64");
    /// ```
    pub fn new(interpreter: &Interpreter, platforms: &[String]) -> Self {
        Self::from_list(interpreter.tags(platforms))
    }

    /// Makes the list of tags that are in order already; a repeated tag counts where it stands first.
    ///
    /// ```
    /// use pyspec::tags::{Tag, Tags};
    /// let tags = Tags::from_list(vec![Tag::new("py3", "none", "any")]);
    /// assert_eq!(tags.list().len(), 1);
    /// ```
    pub fn from_list(list: Vec<Tag>) -> Self {
        let mut tags = Self::default();
        for (rank, tag) in list.iter().enumerate() {
            let key = [
                number(&mut tags.interpreters, &tag.interpreter),
                number(&mut tags.abis, &tag.abi),
                number(&mut tags.platforms, &tag.platform),
            ];
            tags.ranks.entry(key).or_insert(rank);
        }
        tags.list = list;
        tags
    }

    /// Returns the tags, best first.
    ///
    /// ```
    /// assert!(pyspec::tags::Tags::default().list().is_empty());
    /// ```
    pub fn list(&self) -> &[Tag] {
        &self.list
    }

    /// Returns the place of the set's best tag in the list, 0 the best; `None` if none is supported.
    ///
    /// ```
    /// use pyspec::tags::{Tag, TagSet, Tags};
    /// let tags = Tags::from_list(vec![Tag::new("py3", "none", "any"), Tag::new("py2", "none", "any")]);
    /// assert_eq!(tags.rank(&TagSet::parse("py2.py3-none-any").unwrap()), Some(0));
    /// ```
    pub fn rank(&self, set: &TagSet) -> Option<usize> {
        let mut best: Option<usize> = None;
        // A foreign platform is the common reason for no, so it is looked up first.
        for platform in set.platforms().filter_map(|name| self.platforms.get(name)) {
            for abi in set.abis().filter_map(|name| self.abis.get(name)) {
                for interpreter in set.interpreters().filter_map(|name| self.interpreters.get(name)) {
                    let rank = self.ranks.get(&[*interpreter, *abi, *platform]).copied();
                    best = [best, rank].into_iter().flatten().min();
                }
            }
        }
        best
    }
}

impl PartialEq for Tags {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Tags {}

/// Returns the number of a name, giving it the next one if it has none.
fn number(names: &mut HashMap<String, u32>, name: &str) -> u32 {
    if let Some(number) = names.get(name) {
        return *number;
    }
    let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
    names.insert(name.to_owned(), next);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_several_tags_counts() {
        let tags = Tags::new(&Interpreter::cpython(3, 12), &["linux_x86_64".to_owned()]);
        let rank = |text: &str| tags.rank(&TagSet::parse(text).unwrap());
        assert_eq!(rank("cp312-cp312-linux_x86_64"), Some(0));
        assert_eq!(rank("cp311.cp312-cp312.none-linux_x86_64.any"), Some(0));
        assert!(rank("cp38-abi3-linux_x86_64") > rank("cp312-abi3-linux_x86_64"));
        assert_eq!(rank("cp38-cp38-linux_x86_64"), None);
        assert_eq!(rank("cp38-abi3-any"), None);
    }

    #[test]
    fn a_repeated_tag_keeps_its_first_place() {
        let tag = Tag::new("py3", "none", "any");
        let tags = Tags::from_list(vec![tag.clone(), tag]);
        assert_eq!(tags.rank(&TagSet::parse("py3-none-any").unwrap()), Some(0));
    }
}
