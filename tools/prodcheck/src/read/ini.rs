//! Files of sections and settings: those of git, pip, supervisord and systemd.

/// A setting, with the section that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The section, without brackets, as written.
    pub(crate) section: String,
    /// The name, in lower case.
    pub(crate) name: String,
    /// The value, without quotes around it.
    pub(crate) value: String,
}

/// Reads the settings of a file; what is none is passed over.
pub(crate) fn settings(text: &str) -> Vec<Setting> {
    let mut section = String::new();
    let mut settings: Vec<Setting> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if let Some(rest) = bare.strip_prefix('[') {
            rest.split(']').next().unwrap_or(rest).clone_into(&mut section);
        } else if bare.is_empty() || bare.starts_with(['#', ';']) {
        } else if let Some((name, value)) = bare.split_once('=') {
            settings.push(Setting {
                section: section.clone(),
                name: name.trim().to_ascii_lowercase(),
                value: value_of(value),
            });
        } else if let (true, Some(last)) = (line.starts_with([' ', '\t']), settings.last_mut()) {
            last.value = format!("{} {bare}", last.value).trim().to_owned();
        }
    }
    settings
}

/// Returns a value without the comment behind it and the quotes around it.
fn value_of(text: &str) -> String {
    let text = [" ;", " #", "\t;", "\t#"]
        .iter()
        .fold(text, |text, mark| text.split(mark).next().unwrap_or(text));
    text.trim().trim_matches('"').to_owned()
}

/// Returns the last value of a setting.
pub(crate) fn last<'a>(settings: &'a [Setting], section: &str, name: &str) -> Option<&'a str> {
    let mut found = settings.iter().rev();
    found
        .find(|setting| setting.section == section && setting.name == name)
        .map(|setting| setting.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::{last, settings};

    #[test]
    fn sections_settings_comments_and_lists() {
        let text = "[a \"b\"]\n  URL = x ; y\n# z = 1\n[c]\nname=\"v\"\nlist =\n  one\n  two\n";
        let found = settings(text);
        assert_eq!(last(&found, "a \"b\"", "url"), Some("x"));
        assert_eq!(last(&found, "c", "name"), Some("v"));
        assert_eq!(last(&found, "c", "list"), Some("one two"));
        assert_eq!(last(&found, "c", "z"), None);
    }
}
