//! The table of errors in pydeploy(7) is the one in `wire`.
//!
//! `UPDATE_PAGES=1 cargo test -p stories kinds` writes it into the page.

use crate::workspace::{read, root};
use wire::Kind;

const PAGE: &str = "man/pydeploy.7";
const BEGIN: &str = ".\\\" Written by tests/it/kinds.rs from the table in lib/wire; do not edit.\n";
const END: &str = ".\\\" End of that.\n";

fn table() -> String {
    Kind::ALL
        .iter()
        .map(|kind| format!(".It {} Ta {} Ta {}\n", kind.name(), kind.exit(), kind.meaning()))
        .collect()
}

#[test]
fn the_page_has_the_table() {
    let page = read(PAGE);
    let (before, rest) = page.split_once(BEGIN).expect("the table begins");
    let (found, after) = rest.split_once(END).expect("the table ends");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let page = format!("{before}{BEGIN}{}{END}{after}", table());
        fs_err::write(root().join(PAGE), page).unwrap();
        return;
    }
    assert_eq!(found, table(), "UPDATE_PAGES=1 cargo test -p stories kinds");
}

#[test]
fn every_exit_status_is_explained() {
    let page = read(PAGE);
    for kind in Kind::ALL {
        assert!(
            page.contains(&format!(".It {}\n", kind.exit())),
            "{} is not explained",
            kind.exit()
        );
    }
}
