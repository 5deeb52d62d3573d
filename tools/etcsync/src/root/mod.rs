//! The root and the host around it, as they are.

pub(crate) mod accounts;
pub(crate) mod attributes;
pub(crate) mod closed;
pub(crate) mod conffiles;
pub(crate) mod crontab;
pub(crate) mod current;
pub(crate) mod look;
pub(crate) mod obstacles;
pub(crate) mod way;
