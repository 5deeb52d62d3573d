//! The rules of the workspace and whole stories with the real binaries, a file each.
//!
//! Rules: [`floors`] (who may use whom), [`offline`] (which tools must not link networking), [`pages`] (manual
//! page, `--help` and parser agree), [`kinds`] (one table of errors), [`tree`] (nothing is forgotten),
//! [`small`] (few crates below pyspec), [`bootstrap`] (what the script says when something is missing).
//! Stories: [`chains`] (the pipes of the contracts), [`pip`] (plain pip takes what we make), [`sockets`]
//! (production opens none), [`site`] (pip and we make the same of real packages), [`readme`], [`guide`], [`manuals`] and
//! [`coming`] (what they print runs), [`push`] (push to deploy), [`fleet`] and [`ansible`] (many hosts at once),
//! [`package`] (installed as people do), [`supervisor`] and [`systemd`] (what the guide
//! shows of them keeps an application running).

#![allow(clippy::unwrap_used, reason = "a story that cannot be told has failed")]

mod ansible;
mod bootstrap;
mod chains;
mod coming;
mod fleet;
mod floors;
mod guide;
mod kinds;
mod manuals;
mod offline;
mod package;
mod pages;
mod pip;
mod push;
mod readme;
mod site;
mod small;
mod sockets;
mod supervisor;
mod systemd;
mod tree;

mod machine;
mod project;
mod shown;
mod workspace;
