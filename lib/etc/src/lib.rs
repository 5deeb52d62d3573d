//! Attributes, services and lints of the daemons' directories.
