//! Pages of the simple repository API, JSON and HTML (PEP 503, 691).
