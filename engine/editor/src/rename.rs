//! Renaming: one name, everywhere it stands, in all files.
//!
//! Invariant: either every place is renamed and nothing is worse than before, or nothing is renamed and the reason is told.

use std::collections::{BTreeMap, BTreeSet};

use lsp_types::{
    DocumentChangeOperation, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier,
    Position, Range, RenameFile, ResourceOp, TextDocumentEdit, TextEdit, WorkspaceEdit,
};
use xueji_definition::edit;
use xueji_definition::finding::Finding;
use xueji_definition::{Sources, Text};

use crate::names::{Index, Kind, Mention, Named};
use crate::outcomes;
use crate::workspace::Workspace;

/// Why nothing is renamed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.zh)]
pub struct Refusal(pub Text);

pub(crate) fn refuse(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal(Text::new(zh, en))
}

impl Workspace {
    /// Returns the range of the name at a position and the name, if it can be renamed.
    ///
    /// # Errors
    /// [`Refusal`] for what is no name, or is one of the engine's own.
    pub fn renameable(&self, path: &str, at: Position) -> Result<(Range, String), Refusal> {
        let index = self.index();
        let (mention, _) = self.sought(&index, path, at)?;
        let name = written(&index, path, mention);
        Ok((self.range(path, self.own_place(&index, mention)), name))
    }

    fn sought<'f>(
        &self,
        index: &Index<'f>,
        path: &str,
        at: Position,
    ) -> Result<(&'f Mention, Named), Refusal> {
        let mention = self.mention(index, path, at).ok_or_else(|| {
            refuse("这里没有可以改名的名称", "there is no name here that can be renamed")
        })?;
        let named = index.named(mention);
        if index.definitions(&named).is_empty() {
            let name = &named.name;
            return Err(refuse(
                format!("`{name}` 没有在这些文件中定义，不能改名"),
                format!("`{name}` is not defined in these files, so it cannot be renamed"),
            ));
        }
        if named.kind == Kind::Outcome && outcomes::is_the_engines(&named.name) {
            let name = &named.name;
            return Err(refuse(
                format!("`{name}` 是引擎认得的答复，不能改名"),
                format!("`{name}` is an outcome that the engine knows, so it cannot be renamed"),
            ));
        }
        Ok((mention, named))
    }

    /// Returns the edits that rename what stands at a position. `files` tells whether the client can rename files.
    ///
    /// # Errors
    /// [`Refusal`] for a misspelt name, one that is there already, a file that cannot be read at the moment, or when
    /// findings would come up.
    pub fn rename(
        &self,
        path: &str,
        at: Position,
        new: &str,
        files: bool,
    ) -> Result<WorkspaceEdit, Refusal> {
        let index = self.index();
        let (_, named) = self.sought(&index, path, at)?;
        let new = if named.kind == Kind::Rule { new.replace('_', "-") } else { new.to_owned() };
        self.fits(&index, &named, &new)?;
        let moved = named
            .kind
            .file(&named.name)
            .zip(named.kind.file(&new))
            .filter(|(old, _)| self.text(old).is_some());
        if moved.is_some() && !files {
            return Err(refuse(
                "这个编辑器不能替文件改名：请先把文件改名",
                "this editor cannot rename files: rename the file first",
            ));
        }
        let edits = self.renaming(&index, &named, &new)?;
        self.is_safe(&edits, moved.as_ref())?;
        let edit = self.edit(&edits);
        Ok(match moved.and_then(|(old, new)| self.folders.uri(&old).zip(self.folders.uri(&new))) {
            Some((old_uri, new_uri)) => with_file(edit, old_uri, new_uri),
            None => edit,
        })
    }

    fn fits(&self, index: &Index<'_>, named: &Named, new: &str) -> Result<(), Refusal> {
        let spelling = named.kind.spelling();
        if !spelling.fits(new) {
            let help = spelling.help();
            return Err(refuse(
                format!("名称 `{new}` 的写法不对：{}", help.zh),
                format!("the name `{new}` is misspelt: {}", help.en),
            ));
        }
        if new == named.name {
            return Err(refuse("名称没有变", "the name is the same"));
        }
        let title = named.kind.title();
        let taken = Named { name: new.to_owned(), ..named.clone() };
        let taken = index.definitions(&taken);
        if let Some((file, mention)) = taken.first() {
            let at = format!("{file}:{}", mention.place.line);
            return Err(refuse(
                format!("{} `{new}` 已经有了：{at}", title.zh),
                format!("there is a {} `{new}` already: {at}", title.en),
            ));
        }
        if named.kind == Kind::Step && (new == "start" || named.name == "start") {
            return Err(refuse(
                "`start` 是申请人的步骤，不能另用或改名",
                "`start` is the applicant's own step, and stays so",
            ));
        }
        if named.kind == Kind::Outcome {
            outcome_fits(index, named, new)?;
        }
        if named.kind == Kind::Rule
            && xueji_rules::layout::tokens(&new.replace('-', "_")).len() != 1
        {
            return Err(refuse(
                format!("`{new}` 不能作函数名"),
                format!("`{new}` cannot be a function's name"),
            ));
        }
        if let Some((file, _)) = index.files().find(|(_, names)| names.stale) {
            return Err(refuse(
                format!("{file} 现在无法读取，改好后再改名"),
                format!("{file} cannot be read at the moment; mend it first"),
            ));
        }
        Ok(())
    }

    fn renaming(
        &self,
        index: &Index<'_>,
        named: &Named,
        new: &str,
    ) -> Result<Vec<edit::TextEdit>, Refusal> {
        let mut places = BTreeSet::new();
        for (file, mention) in index.all(named) {
            // A template is defined by its file's name alone.
            if !(mention.kind == Kind::Template && mention.defines) {
                places.insert((file, self.own_place(index, mention)));
            }
        }
        let snake = new.replace('-', "_");
        let (above, last) = new.rsplit_once('.').unwrap_or(("", new));
        let stays = named.name.rsplit_once('.').map_or("", |(above, _)| above) == above;
        let mut edits = Vec::new();
        for (file, place) in places {
            let long = place.end_column - place.column;
            let whole = usize::try_from(long) == Ok(named.name.chars().count());
            let text = match named.kind {
                Kind::Rule if file.ends_with(".rhai") => snake.as_str(),
                Kind::Parameter if !whole && stays => last,
                Kind::Parameter if !whole => {
                    let at = format!("{file}:{}", place.line);
                    return Err(refuse(
                        format!("{at} 把参数分组写，只能改最后一段"),
                        format!(
                            "{at} writes the parameter in groups, so only its last part can be renamed"
                        ),
                    ));
                }
                _ => new,
            };
            edits.push(edit::TextEdit { file: file.to_owned(), place, text: text.to_owned() });
        }
        Ok(edits)
    }

    /// Checks the files as they would be, and refuses what would be worse.
    fn is_safe(
        &self,
        edits: &[edit::TextEdit],
        moved: Option<&(String, String)>,
    ) -> Result<(), Refusal> {
        let mut sources = Sources { files: self.sources.files.clone() };
        let mut by_file: BTreeMap<&str, Vec<edit::TextEdit>> = BTreeMap::new();
        for edit in edits {
            by_file.entry(&edit.file).or_default().push(edit.clone());
        }
        for (file, edits) in by_file {
            let new = sources.files.get(file).and_then(|text| edit::apply(text, &edits));
            let new = new.ok_or_else(|| {
                refuse(format!("{file} 改不了"), format!("{file} cannot be changed"))
            })?;
            sources.files.insert(file.to_owned(), new);
        }
        if let Some((old, new)) = moved
            && let Some(text) = sources.files.remove(old)
        {
            sources.files.insert(new.clone(), text);
        }
        let before = counted(&self.checked().findings);
        let after = self.tried(&sources);
        let mut counts = BTreeMap::new();
        for finding in &after.findings {
            let count = counts.entry(finding.code).or_insert(0_usize);
            *count += 1;
            if *count > before.get(finding.code).copied().unwrap_or(0) {
                let line = after.places.place(finding).line;
                let at = format!("{}:{line}", finding.file);
                return Err(refuse(
                    format!("改名后会出现新的问题（{at}）：{}", finding.message.zh),
                    format!("the new name would be wrong at {at}: {}", finding.message.en),
                ));
            }
        }
        Ok(())
    }
}

/// Refuses a word that the engine knows, or that already means something to who reads the outcome.
fn outcome_fits(index: &Index<'_>, named: &Named, new: &str) -> Result<(), Refusal> {
    if outcomes::is_the_engines(new) {
        return Err(refuse(
            format!("`{new}` 是引擎认得的答复，不能另用"),
            format!("`{new}` is an outcome that the engine knows; take another word"),
        ));
    }
    let others = index.mentions().filter(|(_, m)| m.kind == Kind::Outcome && m.name == new);
    let mut read = others.filter(|(_, mention)| {
        !index.candidates(Kind::Outcome, &mention.owner).is_disjoint(&named.owners)
    });
    match read.next() {
        None => Ok(()),
        Some((file, mention)) => {
            let at = format!("{file}:{}", mention.place.line);
            Err(refuse(
                format!("答复 `{new}` 在 {at} 已有别的意思"),
                format!("the outcome `{new}` means something else already at {at}"),
            ))
        }
    }
}

fn counted(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.code).or_insert(0) += 1;
    }
    counts
}

/// Returns the name as it stands at a mention.
fn written(index: &Index<'_>, path: &str, mention: &Mention) -> String {
    let name = index.written(mention);
    if mention.kind == Kind::Rule && path.ends_with(".rhai") {
        name.replace('-', "_")
    } else {
        name.to_owned()
    }
}

/// Puts the renaming of a file behind the edits of its text.
fn with_file(
    edit: WorkspaceEdit,
    old_uri: lsp_types::Uri,
    new_uri: lsp_types::Uri,
) -> WorkspaceEdit {
    let changes =
        edit.changes.unwrap_or_default().into_iter().map(|(uri, edits): (_, Vec<TextEdit>)| {
            let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: None };
            DocumentChangeOperation::Edit(TextDocumentEdit {
                text_document,
                edits: edits.into_iter().map(OneOf::Left).collect(),
            })
        });
    let file = RenameFile { old_uri, new_uri, options: None, annotation_id: None };
    let operations =
        changes.chain([DocumentChangeOperation::Op(ResourceOp::Rename(file))]).collect();
    WorkspaceEdit {
        changes: None,
        document_changes: Some(DocumentChanges::Operations(operations)),
        change_annotations: None,
    }
}
