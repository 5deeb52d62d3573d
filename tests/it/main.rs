//! Whole stories, a file each.
