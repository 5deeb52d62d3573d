//! Changes to the file system that are whole or not at all.
