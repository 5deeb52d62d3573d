//! Work spread over threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the work on each item, several at once, and returns the results in the order of the items.
pub(crate) fn spread<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(items.len());
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        while let Some((item, result)) = pair(&items, &results, next.fetch_add(1, Ordering::Relaxed)) {
            let item = item.lock().ok().and_then(|mut item| item.take());
            if let (Some(item), Ok(mut result)) = (item, result.lock()) {
                *result = Some(work(item));
            }
        }
    };
    threads::all(threads, run);
    results
        .into_iter()
        .filter_map(|result| result.into_inner().ok().flatten())
        .collect()
}

fn pair<'a, A, B>(items: &'a [A], results: &'a [B], at: usize) -> Option<(&'a A, &'a B)> {
    Some((items.get(at)?, results.get(at)?))
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn results_keep_the_order() {
        for threads in [0, 1, 3, 100] {
            assert_eq!(
                spread(vec![1, 2, 3, 4], threads, |item| item * 10),
                [10, 20, 30, 40]
            );
        }
        assert_eq!(spread(Vec::<u32>::new(), 2, |item| item), Vec::<u32>::new());
    }
}
