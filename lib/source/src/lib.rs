//! Candidates and metadata for the resolver, from indexes, ahead of need.
