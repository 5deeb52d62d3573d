//! Compatibility tags of wheels (PEP 425, 600, 656).
