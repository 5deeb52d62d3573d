//! pylock.toml: the lock file of PEP 751.
