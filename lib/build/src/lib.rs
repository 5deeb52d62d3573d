//! A build backend in an environment of its own, with the network cut.
