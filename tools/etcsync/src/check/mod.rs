//! Having the configuration judged as it will be.

pub(crate) mod discreet;
pub(crate) mod judge;
pub(crate) mod layer;
pub(crate) mod namespace;
