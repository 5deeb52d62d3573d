//! The options of the command line that stand above pip's configuration.

use std::path::PathBuf;

use pyspec::requirements_file::Setting;

use super::Origin;

/// Where packages come from. Unset, pip's own configuration decides.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Package index")]
pub struct Options {
    /// Address of the package index (the simple API)
    #[arg(short = 'i', long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Address of a further index, asked after the first
    #[arg(long, value_name = "URL")]
    pub extra_index_url: Vec<String>,
    /// Asks no index, only --find-links
    #[arg(long)]
    pub no_index: bool,
    /// Folder or page of links to look for files in
    #[arg(short = 'f', long, value_name = "PATH|URL")]
    pub find_links: Vec<String>,
    /// Certificate authorities to trust, a PEM file
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// Client certificate and its key in one PEM file
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// Host whose certificate is not checked
    #[arg(long, value_name = "HOST")]
    pub trusted_host: Vec<String>,
    /// Address of a proxy
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Seconds that a connection may stay silent
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// How often a failed request is tried again
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// Keeps no pages, no metadata and no built wheels between runs, and uses none
    #[arg(long)]
    pub no_cache: bool,
    /// What option lines of requirements files say, with their places.
    #[arg(skip)]
    pub lines: Lines,
    /// The one index that a project comes from, for projects (normalised names) of which that is said.
    #[arg(skip)]
    pub pinned: Vec<(String, String)>,
}

/// Option lines of requirements files: they stand above the command line, as in pip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// `--index-url`, the last one.
    pub index_url: Option<(String, Origin)>,
    /// `--extra-index-url`, all of them.
    pub extra_index_urls: Vec<(String, Origin)>,
    /// `--find-links`, all of them; paths are relative to their file and made absolute by the caller.
    pub find_links: Vec<(String, Origin)>,
    /// `--trusted-host`, all of them.
    pub trusted_hosts: Vec<String>,
    /// `--no-index`.
    pub no_index: bool,
}

impl Lines {
    /// Takes up an option line; those that are not about indexes say nothing here. `written` is what stands there.
    pub fn take(&mut self, setting: &Setting, written: &str) {
        let origin = || Origin::Requirements(crate::without_credentials(written), 0);
        match setting {
            Setting::IndexUrl(url) => self.index_url = Some((url.clone(), origin())),
            Setting::ExtraIndexUrl(url) => self.extra_index_urls.push((url.clone(), origin())),
            Setting::FindLinks(place) => self.find_links.push((place.clone(), origin())),
            Setting::TrustedHost(host) => self.trusted_hosts.push(host.clone()),
            Setting::NoIndex => self.no_index = true,
            _ => {}
        }
    }
}
