//! The Python packaging standards as values.
