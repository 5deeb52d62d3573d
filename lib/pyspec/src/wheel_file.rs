//! WHEEL: the metadata of the wheel format itself (PEP 427).
