//! Make a new virtual environment from a wheelhouse, without a network.

fn main() {}
