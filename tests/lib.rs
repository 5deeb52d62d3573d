//! Whole stories with the real binaries: see `it/`.
