//! METADATA and PKG-INFO: the core metadata of a distribution.
