//! What a wheel says of itself, as far as an installer has to know.

use pyspec::entry_points::{EntryPoints, Script};
use pyspec::metadata::Metadata;
use pyspec::wheel_file::WheelFile;

/// What METADATA, WHEEL and the entry points say.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The name of the `.dist-info` folder.
    pub(crate) dist_info: String,
    pub(crate) metadata: Metadata,
    pub(crate) about: WheelFile,
    /// The commands that the entry points ask for.
    pub(crate) scripts: Vec<Script>,
    /// The lines of RECORD with more fields than three; the store does not keep them, for it was told when it was filled.
    pub(crate) surplus: Vec<u32>,
}

impl Facts {
    /// Writes them down for the store: records, each ended by a NUL.
    pub(crate) fn to_text(&self) -> String {
        [
            self.dist_info.as_str(),
            &self.metadata_text(),
            &self.about_text(),
            &self.scripts_text(),
        ]
        .map(|record| format!("{record}\0"))
        .concat()
    }

    /// Reads what [`Facts::to_text`] wrote, and returns what follows it.
    pub(crate) fn parse(text: &str) -> Option<(Self, &str)> {
        let mut records = text.splitn(5, '\0');
        let dist_info = records.next()?.to_owned();
        let metadata = Metadata::parse_leniently(records.next()?.as_bytes()).ok()?;
        let about = WheelFile::parse(records.next()?.as_bytes()).ok()?;
        let scripts = EntryPoints::parse(records.next()?).ok()?.scripts().ok()?;
        let facts = Self {
            dist_info,
            metadata,
            about,
            scripts,
            surplus: Vec::new(),
        };
        Some((facts, records.next()?))
    }

    /// METADATA without what only people read.
    fn metadata_text(&self) -> String {
        let Metadata {
            name,
            version,
            requires_python,
            requires_dist,
            provides_extra,
            ..
        } = &self.metadata;
        let mut text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let python = requires_python
            .iter()
            .map(|python| format!("Requires-Python: {python}\n"));
        let requires = requires_dist.iter().map(|one| format!("Requires-Dist: {one}\n"));
        let extras = provides_extra
            .iter()
            .map(|one| format!("Provides-Extra: {one}\n"));
        text.extend(python.chain(requires).chain(extras));
        let needs = ["Requires-Python", "Requires-Dist"].into_iter();
        let unreadable = needs.flat_map(|name| self.metadata.unreadable(name));
        text.extend(unreadable.map(|field| format!("{field}\n")));
        text
    }

    fn about_text(&self) -> String {
        let (major, minor) = self.about.version;
        let pure = self.about.root_is_purelib;
        format!("Wheel-Version: {major}.{minor}\nRoot-Is-Purelib: {pure}\n")
    }

    fn scripts_text(&self) -> String {
        let of = |gui: bool| {
            let scripts = self.scripts.iter().filter(move |script| script.gui == gui);
            scripts.map(|one| format!("{} = {}:{}\n", one.name, one.module, one.attribute))
        };
        let mut text = "[console_scripts]\n".to_owned();
        text.extend(of(false));
        text.push_str("[gui_scripts]\n");
        text.extend(of(true));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_as_they_were_written() {
        let metadata =
            b"Metadata-Version: 2.4\nName: Demo\nVersion: 1.0\nSummary: x\nRequires-Python: >=3.8,<4\n\
            Requires-Dist: a[b]>=1; python_version<'3.9' and extra=='x'\nRequires-Dist: c @ https://h/c.whl\n\
            Requires-Dist: d (>dev)\nProvides-Extra: x\n\nbody";
        let points = "[gui_scripts]\nx = a.b:c.d [x]\n[console_scripts]\ny = a:b\n";
        let facts = Facts {
            dist_info: "Demo-1.0.dist-info".to_owned(),
            metadata: Metadata::parse_leniently(metadata).unwrap(),
            about: WheelFile::parse(b"Wheel-Version: 1.9\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
                .unwrap(),
            scripts: EntryPoints::parse(points).unwrap().scripts().unwrap(),
            surplus: Vec::new(),
        };
        let text = facts.to_text() + "rest";
        let (again, rest) = Facts::parse(&text).unwrap();
        assert_eq!(rest, "rest");
        assert_eq!(again.to_text(), facts.to_text());
        assert_eq!(again.metadata.requires_dist, facts.metadata.requires_dist);
        assert_eq!(again.metadata.requires_python, facts.metadata.requires_python);
        let unreadable: Vec<_> = again.metadata.unreadable("Requires-Dist").collect();
        assert_eq!(unreadable, ["Requires-Dist: d (>dev)"]);
        assert_eq!(again.metadata.provides_extra, facts.metadata.provides_extra);
        assert!(again.about.is_newer() && !again.about.root_is_purelib);
        assert_eq!(again.scripts.len(), 2);
    }
}
