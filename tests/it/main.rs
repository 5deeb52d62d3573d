//! The rules of the workspace and whole stories with the real binaries, a file each.
//!
//! Rules: [`floors`] (who may use whom), [`offline`] (which tools must not link networking), [`pages`] (manual
//! page, `--help` and parser agree), [`kinds`] (one table of errors), [`tree`] (nothing is forgotten),
//! [`bootstrap`] (what the script says when something is missing), [`small`] (how few crates `pyspec` needs).

#![allow(clippy::unwrap_used, reason = "a story that cannot be told has failed")]

mod bootstrap;
mod floors;
mod kinds;
mod offline;
mod pages;
mod small;
mod tree;

mod workspace;
