//! Arrays of JSON, written item by item.
//!
//! Invariant: what is written is one array, whatever number of items comes.

use std::io::{self, Write};

use serde_json::Value as Json;

/// An array under way.
#[derive(Debug, Default)]
pub(super) struct Items {
    any: bool,
}

impl Items {
    /// Writes one more item.
    pub(super) fn push(&mut self, out: &mut dyn Write, item: &Json) -> io::Result<()> {
        out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        serde_json::to_writer(&mut *out, item).map_err(io::Error::from)
    }
}
