//! Pages of an index with ten thousand files: here, and by `serde_json` into plain structs.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pyspec::filename::DistributionFile;
use pyspec::simple::Page;
use pyspec::tags::{Interpreter, Tags, platform};
use pyspec_bench::pages::{html, json};

const FILES: usize = 10_000;
const BASE: &str = "https://index.example.com/simple/project/";

fn main() {
    divan::main();
}

/// The same members as owned texts, as one would derive them at first.
mod plain {
    use std::collections::HashMap;

    use serde::Deserialize;

    #[derive(Deserialize)]
    pub struct Page {
        pub files: Vec<File>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[expect(dead_code, reason = "read, and thrown away")]
    pub struct File {
        filename: String,
        url: String,
        hashes: HashMap<String, String>,
        requires_python: Option<String>,
        size: Option<u64>,
        upload_time: Option<String>,
        yanked: serde_json::Value,
        core_metadata: serde_json::Value,
        provenance: Option<String>,
    }
}

#[divan::bench(sample_count = 100)]
fn json_pyspec(bencher: Bencher) {
    let text = json(FILES);
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let page = Page::from_json(black_box(text.as_bytes()), BASE).expect("a page");
        assert_eq!(page.files.len(), FILES);
        page
    });
}

#[divan::bench(sample_count = 100)]
fn json_plain_structs(bencher: Bencher) {
    let text = json(FILES);
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let page: plain::Page = serde_json::from_slice(black_box(text.as_bytes())).expect("a page");
        assert_eq!(page.files.len(), FILES);
        page
    });
}

#[divan::bench(sample_count = 100)]
fn html_pyspec(bencher: Bencher) {
    let text = html(FILES);
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let page = Page::from_html(black_box(text.as_bytes()), BASE).expect("a page");
        assert_eq!(page.files.len(), FILES);
        page
    });
}

/// Reads the page, every file's name, and how well its tags fit.
#[divan::bench(sample_count = 100)]
fn json_names_and_ranks(bencher: Bencher) {
    let text = json(FILES);
    let tags = Tags::new(
        &Interpreter::cpython(3, 12),
        &platform::manylinux("x86_64", 2, 28),
    );
    bencher.bench(|| {
        let page = Page::from_json(black_box(text.as_bytes()), BASE).expect("a page");
        let names = page
            .files
            .iter()
            .filter_map(|file| file.filename.parse::<DistributionFile>().ok());
        names
            .filter(|name| name.wheel().is_some_and(|wheel| tags.rank(&wheel.tags).is_some()))
            .count()
    });
}
