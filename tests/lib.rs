//! Whole stories with the real binaries, and the rules of the workspace: see `it/`.
