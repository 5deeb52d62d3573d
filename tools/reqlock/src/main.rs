//! Pin and hash what a Python application needs.

fn main() {}
