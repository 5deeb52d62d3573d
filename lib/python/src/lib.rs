//! Ask an interpreter what it is; lay out a virtual environment.
