//! Formatting: what `xueji fmt` would write.
//!
//! Invariant: one edit of the whole text, or none; a text that cannot be read is left as it is.

use lsp_types::TextEdit;

use crate::workspace::Workspace;

impl Workspace {
    /// Returns the edit that lays a file out; none when it is laid out already, or cannot be.
    #[must_use]
    pub fn formatted(&self, path: &str) -> Option<TextEdit> {
        let text = self.text(path)?;
        let new = if path.ends_with(".rhai") {
            xueji_rules::layout::format(text)?
        } else if path.ends_with(".yaml") {
            xueji_definition::format::format(path, text).ok()?
        } else {
            return None;
        };
        (new != text).then(|| TextEdit { range: self.lines(path).whole(), new_text: new })
    }
}
