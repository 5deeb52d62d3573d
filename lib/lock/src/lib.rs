//! The lock in all its forms: read, selected for a target, checked for closure, written.
