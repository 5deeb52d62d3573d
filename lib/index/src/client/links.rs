//! The files of find-links: pages and folders that belong to no project.

use std::sync::Arc;

use super::Client;
use crate::http::Failed;
use crate::page::{self, File, Page};
use crate::{Error, local};

impl Client {
    /// Folders of links that are not there; pip only warns of them, and so should a tool.
    pub fn missing_links(&self) -> Vec<String> {
        let places = self
            .settings
            .find_links
            .iter()
            .filter(|(place, _)| place.is_file() && !place.to_path().exists());
        places
            .map(|(place, origin)| {
                format!(
                    "{}: no such folder of links ({origin})",
                    place.to_path().display()
                )
            })
            .collect()
    }

    /// The files of a project among the links, if there are any.
    pub(crate) fn links_of(&self, project: &str) -> Result<Option<Page>, Error> {
        let links = self.links()?.iter();
        let files: Vec<File> = links.filter(|file| is_of(&file.name, project)).cloned().collect();
        Ok(files
            .first()
            .map(|first| Arc::clone(&first.index))
            .map(|index| Page::of_files(index, files)))
    }

    /// All files of all find-links, read once.
    fn links(&self) -> Result<&[File], Error> {
        if let Some(found) = self.links.get() {
            return Ok(found);
        }
        let mut files = Vec::new();
        for (place, _) in &self.settings.find_links {
            let index: Arc<str> = Arc::from(place.to_string());
            if place.is_file() {
                files.extend(local::links(place, &index)?);
            } else if let Some((answer, body)) = self.answer_of(place, None)? {
                let body = body.plain(Vec::new());
                let body = body.map_err(|error| *Failed::broken(place, &error.to_string()).error)?;
                let page = page::links(&body, &answer.media_type(), &answer.url, &index)?;
                files.extend(page.files);
            }
        }
        Ok(self.links.get_or_init(|| files))
    }
}

/// Whether a file is one of a project's, by its name.
fn is_of(file: &str, project: &str) -> bool {
    let matches = |stem: &str| pyspec::name::canonicalize(stem) == project;
    if file.ends_with(".whl") {
        return file.split('-').next().is_some_and(matches);
    }
    // The name of a source distribution may hold dashes itself.
    file.match_indices('-').any(|(at, _)| matches(&file[..at]))
}
