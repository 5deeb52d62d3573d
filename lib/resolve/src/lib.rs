//! From requirements and a source of candidates to one consistent set.
