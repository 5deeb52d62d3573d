//! What pip is configured with; pages, metadata and files of package indexes.
