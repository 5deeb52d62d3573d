//! entry_points.txt: the scripts and plug-ins that a distribution offers.
