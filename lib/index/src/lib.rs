//! What pip is configured with; pages, metadata and files of package indexes.
//!
//! The only crate with HTTP. Indexes are asked as pip would ask them: with its configuration
//! ([`Config`], [`Settings`]), its credentials and its proxies, over `http`, `https` and `file`.
//!
//! ```no_run
//! use index::{Client, Config, Environment, Options, Partial, Settings};
//!
//! let environment = Environment::of_process();
//! let config = Config::load(&environment)?;
//! let settings = Settings::new(&config, &Options::default(), &environment, || None)?;
//! let client = Client::new(settings);
//! let page = client.page("sampleproject")?;
//! let wheel = page.files.iter().find(|file| file.is_wheel()).expect("a wheel");
//! let metadata = client.metadata(wheel)?;
//! let mut partial = Partial::open("sampleproject.part")?;
//! let received = client.download(wheel, &[], &mut partial, &|_bytes| ())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod cache;
mod client;
pub mod config;
mod download;
mod error;
mod first;
mod http;
mod local;
mod netrc;
mod page;
mod pages;
mod partial;
mod table;
mod tail;
mod turns;
mod unread;

pub use address::{Address, BadAddress, Credentials, without_credentials};
pub use client::Client;
pub use config::{Config, Environment, Options, Settings};
pub use download::Received;
pub use error::{Error, HashMismatch};
pub use first::{FirstRequest, Ticket};
pub use page::{File, Metadata, Page};
pub use pages::Pages;
pub use partial::Partial;
pub use table::Table;
pub use tail::metadata_of;
pub use unread::Unread;
