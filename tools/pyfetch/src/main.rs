//! Fill a wheelhouse with exactly the files of a lock.

fn main() {}
