//! How a library tells people what it is doing.

/// Receives what happens during long work; `lib/cli` shows it, [`Silent`] does not.
pub trait Progress: Sync {
    /// Begins a bar: `what` is a short verb phrase, `items` and `bytes` are the totals.
    fn begin(&self, what: &str, items: u64, bytes: Option<u64>);

    /// Raises the totals of a bar that was begun with bytes: more has become known, of that size if it has one.
    fn expect(&self, items: u64, bytes: Option<u64>);

    /// Moves the bar forward.
    fn advance(&self, items: u64, bytes: u64);

    /// Ends the bar.
    fn end(&self);

    /// Tells of an event, shown with `-v`.
    fn note(&self, line: &str);

    /// Tells of something that a person should look at.
    fn warn(&self, line: &str);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64, _: Option<u64>) {}
    fn expect(&self, _: u64, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}
