//! The server as its callers find it: over HTTP, on an engine in memory, with the house of `fixtures/hall`.

mod acts;
mod cli;
mod document;
mod hall;
mod papers;
mod problems;
mod sight;
