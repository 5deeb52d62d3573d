//! The one way every tool parses, reads, writes, shows progress, fails and exits.
