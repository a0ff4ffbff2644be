//! Whole-system tests: the shipped definitions, the server over HTTP, killed and restarted.
//!
//! Invariant: every test drives the system as its users do; nothing inside is reached into.
