//! Stage, switch and roll back releases from a local bare repository.

fn main() {}
