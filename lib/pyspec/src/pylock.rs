//! Lock files `pylock.toml` (PEP 751).
