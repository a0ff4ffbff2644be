//! Quick fixes: what mends a finding for certain, and all of them at once.
//!
//! Invariant: an action carries exactly the edits that `xueji validate --fix` would make.

use std::collections::HashMap;

use lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, WorkspaceEdit};
use xueji_definition::edit::{self, edits};
use xueji_definition::finding::Finding;

use crate::workspace::Workspace;

impl Workspace {
    /// Returns the actions for a range of a file.
    #[must_use]
    pub fn actions(&self, path: &str, range: Range) -> Vec<CodeAction> {
        let checked = self.checked();
        let mut actions = Vec::new();
        for finding in checked.findings.iter().filter(|finding| finding.file == path) {
            let shown = self.shown_at(path, checked.places.place(finding));
            if shown.start > range.end || shown.end < range.start {
                continue;
            }
            let Some(fix) = &finding.fix else { continue };
            let Some(edits) = edits(fix, &checked.places) else { continue };
            actions.push(CodeAction {
                title: self.language.say(&fix.title).to_owned(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![self.diagnostic(finding)]),
                edit: Some(self.edit(&edits)),
                is_preferred: Some(true),
                ..CodeAction::default()
            });
        }
        actions.extend(self.fix_all(path));
        actions
    }

    /// Returns the action that mends all of a file that can be mended for certain; nothing when that is one finding or none.
    #[must_use]
    pub fn fix_all(&self, path: &str) -> Option<CodeAction> {
        let checked = self.checked();
        let text = self.text(path)?;
        let (mut all, mut mended): (Vec<edit::TextEdit>, Vec<&Finding>) = (Vec::new(), Vec::new());
        for finding in checked.findings.iter().filter(|finding| finding.file == path) {
            let Some(own) = finding.fix.as_ref().and_then(|fix| edits(fix, &checked.places)) else {
                continue;
            };
            if own.iter().any(|edit| edit.file != path) {
                continue;
            }
            let both: Vec<edit::TextEdit> = all.iter().chain(&own).cloned().collect();
            // One that overlaps with an earlier one waits for the next time.
            if edit::apply(text, &both).is_some() {
                all = both;
                mended.push(finding);
            }
        }
        if mended.len() < 2 {
            return None;
        }
        let count = mended.len();
        Some(CodeAction {
            title: self
                .language
                .of(&format!("改正本文件的 {count} 处"), &format!("mend all {count} in this file"))
                .to_owned(),
            kind: Some(CodeActionKind::SOURCE_FIX_ALL),
            diagnostics: Some(mended.into_iter().map(|finding| self.diagnostic(finding)).collect()),
            edit: Some(self.edit(&all)),
            ..CodeAction::default()
        })
    }

    /// Returns edits as an editor takes them.
    pub(crate) fn edit(&self, edits: &[edit::TextEdit]) -> WorkspaceEdit {
        #[expect(clippy::mutable_key_type, reason = "the type of the edit is the protocol's")]
        let mut changes: HashMap<lsp_types::Uri, Vec<TextEdit>> = HashMap::new();
        for one in edits {
            let Some(uri) = self.folders.uri(&one.file) else { continue };
            let range = self.range(&one.file, one.place);
            changes.entry(uri).or_default().push(TextEdit { range, new_text: one.text.clone() });
        }
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }
}
