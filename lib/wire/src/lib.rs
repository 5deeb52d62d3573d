//! The documents that the tools exchange, the kinds of errors, the exit statuses.
