//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use cli::{Common, Tool};

/// Look at a host and say what is wrong with it.
///
/// Looks for what lets somebody who got in go further: keys, forwarded agents, rights that nobody needs, code that
/// others can change, ways out. Nothing is changed. The exit status is 1 if something was found that nobody accepts.
#[derive(Debug, Parser)]
#[command(name = "prodcheck", version)]
pub(crate) struct Args {
    /// The root of the host; another one than / for a container's or an image's
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    pub(crate) root: PathBuf,
    /// The folder of an application, as the host calls it; repeatable [default: those that relswitch made in /srv,
    /// /opt, /var/www and homes]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) app: Vec<PathBuf>,
    /// A user who deploys, besides the owners of applications; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Vec<String>,
    /// A document of etcsync (plan, status), pyvenv-offline (--verify) or relswitch (status) that tells of drift;
    /// - for standard input; repeatable
    #[arg(long = "with", value_name = "DOCUMENT")]
    pub(crate) with: Vec<String>,
    /// Accept findings of this id, or one of them by its subject; repeatable
    #[arg(long, value_name = "ID[=SUBJECT]")]
    pub(crate) allow: Vec<Allow>,
    /// Accept what this earlier report has, as long as nothing about it changes
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<String>,
    /// Also try whether the package index that pip would ask can be reached from here
    #[arg(long)]
    pub(crate) probe_network: bool,
    /// List what is looked for, and why
    #[arg(long)]
    pub(crate) list: bool,
    /// What every tool has
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What the command line accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    pub(crate) id: String,
    pub(crate) subject: Option<String>,
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, subject) = match text.split_once('=') {
            Some((id, subject)) => (id, Some(subject.to_owned())),
            None => (text, None),
        };
        if crate::table::of(id).is_none() {
            return Err(format!("nothing has the id {id}; see --list"));
        }
        let id = id.to_owned();
        Ok(Self { id, subject })
    }
}

impl Tool for Args {
    const NAME: &'static str = "prodcheck";

    fn common(&self) -> &Common {
        &self.common
    }
}
