//! direct_url.json: where an installed distribution came from (PEP 610).
