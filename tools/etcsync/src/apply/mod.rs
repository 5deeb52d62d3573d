//! Doing: all changes or none, then the services.

pub(crate) mod books;
pub(crate) mod commit;
pub(crate) mod enact;
pub(crate) mod how;
pub(crate) mod order;
pub(crate) mod recover;
pub(crate) mod refuse;
pub(crate) mod reload;
pub(crate) mod report;
pub(crate) mod work;
