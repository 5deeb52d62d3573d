//! Versions and specifiers, here and in `pep440_rs`.

use std::str::FromStr;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use pyspec::specifier::{Prereleases, Specifiers};
use pyspec::version::Version;
use pyspec_bench::{SPECIFIERS, versions};

fn main() {
    divan::main();
}

/// Reads every version.
#[divan::bench_group(sample_count = 200)]
mod parse {
    use super::*;

    fn bench<V: FromStr + Sync>(bencher: Bencher) {
        let texts = versions();
        bencher.counter(ItemsCount::new(texts.len())).bench(|| {
            for text in &texts {
                let _ = black_box(V::from_str(black_box(text)));
            }
        });
    }

    #[divan::bench]
    fn pyspec(bencher: Bencher) {
        bench::<Version>(bencher);
    }

    #[divan::bench]
    fn pep440_rs(bencher: Bencher) {
        bench::<pep440_rs::Version>(bencher);
    }
}

/// Reads every version and sorts them, which is what a resolver does with a page of an index.
#[divan::bench_group(sample_count = 200)]
mod parse_and_sort {
    use super::*;

    fn bench<V: FromStr + Ord + Sync>(bencher: Bencher) {
        let texts = shuffled(versions());
        bencher.counter(ItemsCount::new(texts.len())).bench(|| {
            let mut versions: Vec<V> = texts.iter().filter_map(|text| V::from_str(text).ok()).collect();
            versions.sort_unstable();
            versions
        });
    }

    #[divan::bench]
    fn pyspec(bencher: Bencher) {
        bench::<Version>(bencher);
    }

    #[divan::bench]
    fn pep440_rs(bencher: Bencher) {
        bench::<pep440_rs::Version>(bencher);
    }
}

/// Compares every version with every thirty-first.
#[divan::bench_group(sample_count = 200)]
mod compare {
    use super::*;

    fn bench<V: FromStr + Ord + Sync>(bencher: Bencher) {
        let versions: Vec<V> = versions()
            .iter()
            .filter_map(|text| V::from_str(text).ok())
            .collect();
        let others: Vec<&V> = versions.iter().step_by(31).collect();
        bencher
            .counter(ItemsCount::new(versions.len() * others.len()))
            .bench(|| {
                let less = |version: &V| others.iter().filter(|other| **other < version).count();
                versions
                    .iter()
                    .map(|version| less(black_box(version)))
                    .sum::<usize>()
            });
    }

    #[divan::bench]
    fn pyspec(bencher: Bencher) {
        bench::<Version>(bencher);
    }

    #[divan::bench]
    fn pep440_rs(bencher: Bencher) {
        bench::<pep440_rs::Version>(bencher);
    }
}

/// Tests every version against every set of specifiers.
#[divan::bench_group(sample_count = 200)]
mod contains {
    use super::*;

    fn bench<V: FromStr + Sync, S: FromStr + Sync>(
        bencher: Bencher,
        contains: impl Fn(&S, &V) -> bool + Sync,
    ) {
        let versions: Vec<V> = versions()
            .iter()
            .filter_map(|text| V::from_str(text).ok())
            .collect();
        let sets: Vec<S> = SPECIFIERS
            .iter()
            .filter_map(|text| S::from_str(text).ok())
            .collect();
        assert_eq!(sets.len(), SPECIFIERS.len());
        bencher
            .counter(ItemsCount::new(versions.len() * sets.len()))
            .bench(|| {
                let matching = |set: &S| versions.iter().filter(|version| contains(set, version)).count();
                sets.iter().map(|set| matching(black_box(set))).sum::<usize>()
            });
    }

    #[divan::bench]
    fn pyspec(bencher: Bencher) {
        bench(bencher, |set: &Specifiers, version: &Version| {
            set.contains(version, Prereleases::Allow)
        });
    }

    #[divan::bench]
    fn pep440_rs(bencher: Bencher) {
        bench(
            bencher,
            |set: &pep440_rs::VersionSpecifiers, version: &pep440_rs::Version| set.contains(version),
        );
    }
}

/// Reads every set of specifiers.
#[divan::bench_group(sample_count = 500)]
mod parse_specifiers {
    use super::*;

    fn bench<S: FromStr>(bencher: Bencher) {
        bencher.counter(ItemsCount::new(SPECIFIERS.len())).bench(|| {
            for text in SPECIFIERS {
                let _ = black_box(S::from_str(black_box(text)));
            }
        });
    }

    #[divan::bench]
    fn pyspec(bencher: Bencher) {
        bench::<Specifiers>(bencher);
    }

    #[divan::bench]
    fn pep440_rs(bencher: Bencher) {
        bench::<pep440_rs::VersionSpecifiers>(bencher);
    }
}

/// Puts texts in an order that is no order, the same in every run.
fn shuffled(texts: Vec<String>) -> Vec<String> {
    let count = texts.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|index| index.wrapping_mul(2_654_435_761) % 1_000_003);
    order.into_iter().map(|index| texts[index].clone()).collect()
}
