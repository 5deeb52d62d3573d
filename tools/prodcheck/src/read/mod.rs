//! Files of other programs, as far as they tell something: pure functions of their text.

pub(crate) mod cron;
pub(crate) mod ini;
pub(crate) mod key;
pub(crate) mod ssh;
pub(crate) mod sudoers;
pub(crate) mod url;
