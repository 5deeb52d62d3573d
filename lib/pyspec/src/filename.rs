//! File names of wheels and source distributions (PEP 427, 625).
