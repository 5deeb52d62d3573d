//! RECORD: the list of installed files (PEP 376, 427).
