//! Numbered work, done by several processors at once.

use cli::Failure;
use std::{
    num::NonZero,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread::available_parallelism,
};

/// How many items a processor takes at a time: those that follow each other are often in one folder.
const BATCH: usize = 64;

/// More processors do not read files faster.
const PROCESSORS: usize = 4;

/// What one processor has made of its items, or at which it failed.
pub(crate) type Part<T> = Result<T, (usize, Failure)>;

/// Has several processors work, each given the numbers of its items, in their order.
pub(crate) fn each<T: Send>(
    count: usize,
    work: impl Fn(&mut dyn Iterator<Item = usize>) -> Part<T> + Sync,
) -> Vec<Part<T>> {
    let next = AtomicUsize::new(0);
    let enough = count.div_ceil(BATCH).clamp(1, PROCESSORS);
    let processors = available_parallelism().map_or(1, NonZero::get);
    threads::all(processors.min(enough), || work(&mut numbers(&next, count)))
}

/// Returns all parts; of several failures, the first by its number, whichever processor was faster.
pub(crate) fn together<T>(parts: Vec<Part<T>>) -> Result<Vec<T>, Failure> {
    let (mut all, mut failed) = (Vec::new(), None::<(usize, Failure)>);
    for part in parts {
        match part {
            Ok(part) => all.push(part),
            Err(other) if failed.as_ref().is_none_or(|failed| other.0 < failed.0) => failed = Some(other),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(all), |(_, failure)| Err(failure))
}

/// Takes one batch after the other, as long as there are any.
fn numbers(next: &AtomicUsize, count: usize) -> impl Iterator<Item = usize> {
    let batch = move || {
        let start = next.fetch_add(BATCH, Ordering::Relaxed);
        (start < count).then_some(Range {
            start,
            end: count.min(start + BATCH),
        })
    };
    std::iter::from_fn(batch).flatten()
}

#[cfg(test)]
mod tests {
    use super::{each, together};
    use cli::Failure;
    use wire::Kind;

    #[test]
    fn every_item_is_taken_once() {
        for count in [0, 1, 64, 65, 1000] {
            let parts = together(each(count, |numbers| Ok(numbers.collect::<Vec<_>>()))).unwrap();
            assert!(parts.iter().all(|part| part.is_sorted()));
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_is_told() {
        let work = |numbers: &mut dyn Iterator<Item = usize>| {
            let fails = |number: usize| Err((number, Failure::new(Kind::Lint, number.to_string())));
            let mut bad = numbers.filter(|number| number % 100 == 99);
            bad.next().map_or(Ok(()), fails)
        };
        let failed = together(each(1000, work)).unwrap_err();
        assert_eq!(failed.message(), "99");
    }
}
