//! The Python that something is meant for: version, ABI, platforms, marker environment.
