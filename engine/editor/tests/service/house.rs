//! The small house of definitions, and what tests ask of it.

use std::path::Path;

use lsp_types::{DocumentChangeOperation, DocumentChanges, HoverContents, Position, WorkspaceEdit};
use xueji_definition::{Sources, read_folder};
use xueji_editor::text::Lines;
use xueji_editor::{Encoding, Folders, Language, Workspace};

pub(crate) const PROCESS: &str = "workflows/processes/hall-booking.yaml";
pub(crate) const RULES: &str = "rules/hall.rhai";

pub(crate) fn house() -> Workspace {
    let ok = Path::new(env!("CARGO_MANIFEST_DIR")).join("../check/fixtures/ok");
    let (sources, found) = read_folder(&ok.join("workflows"), &ok.join("rules")).unwrap();
    assert!(found.is_empty());
    of(sources)
}

pub(crate) fn of(sources: Sources) -> Workspace {
    speaking(sources, Language::En)
}

pub(crate) fn speaking(sources: Sources, language: Language) -> Workspace {
    let folders = Folders {
        workflows: "file:///h/workflows".to_owned(),
        rules: "file:///h/rules".to_owned(),
    };
    Workspace::new(sources, folders, Encoding::Utf16, language)
}

/// Writes `new` for `old`, and returns where the cursor in `new` then stands.
pub(crate) fn edit(workspace: &mut Workspace, path: &str, old: &str, new: &str) -> Position {
    let text = workspace.text(path).unwrap().to_owned();
    assert_eq!(text.matches(old).count(), 1, "`{old}` stands once in {path}");
    let marked = text.replace(old, new);
    let offset = marked.find('⌶').unwrap();
    let (line, column) =
        (marked[..offset].matches('\n').count(), marked[..offset].rsplit('\n').next().unwrap());
    let clean = marked.replace('⌶', "");
    workspace.set(path, clean);
    Position::new(line as u32, column.encode_utf16().count() as u32)
}

/// Returns the position of a cursor in a piece of text that stands once in a file.
pub(crate) fn at(workspace: &Workspace, path: &str, piece: &str) -> Position {
    let plain = piece.replace('⌶', "");
    let text = workspace.text(path).unwrap();
    assert_eq!(text.matches(&plain).count(), 1, "`{plain}` stands once in {path}");
    let offset = text.find(&plain).unwrap() + piece.find('⌶').unwrap();
    let line = text[..offset].matches('\n').count();
    let column = text[..offset].rsplit('\n').next().unwrap().encode_utf16().count();
    Position::new(line as u32, column as u32)
}

pub(crate) fn offers(workspace: &Workspace, path: &str, at: Position) -> Vec<String> {
    workspace.completion(path, at).into_iter().map(|item| item.label).collect()
}

#[track_caller]
pub(crate) fn completes(path: &str, old: &str, new: &str, wanted: &[&str]) {
    let mut workspace = house();
    let at = edit(&mut workspace, path, old, new);
    let found = offers(&workspace, path, at);
    for name in wanted {
        assert!(
            found.iter().any(|offer| offer == name),
            "`{name}` is not offered at {new}: {found:?}"
        );
    }
}

pub(crate) fn applied(workspace: &Workspace, edit: &WorkspaceEdit) -> Workspace {
    let mut sources = workspace.sources().clone();
    let folders = Folders {
        workflows: "file:///h/workflows".to_owned(),
        rules: "file:///h/rules".to_owned(),
    };
    let mut change = |uri: &lsp_types::Uri, edits: Vec<lsp_types::TextEdit>| {
        let text = sources.files.get_mut(&folders.path(uri).unwrap()).unwrap();
        let whole = text.clone();
        let lines = Lines::new(&whole, Encoding::Utf16);
        let mut edits = edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
        for edit in edits {
            text.replace_range(lines.bytes(edit.range), &edit.new_text);
        }
    };
    for (uri, edits) in edit.changes.iter().flatten() {
        change(uri, edits.clone());
    }
    let mut moved = Vec::new();
    if let Some(DocumentChanges::Operations(all)) = &edit.document_changes {
        for one in all {
            match one {
                DocumentChangeOperation::Edit(one) => change(
                    &one.text_document.uri,
                    one.edits
                        .iter()
                        .map(|edit| match edit {
                            lsp_types::OneOf::Left(edit) => edit.clone(),
                            lsp_types::OneOf::Right(edit) => edit.text_edit.clone(),
                        })
                        .collect(),
                ),
                DocumentChangeOperation::Op(lsp_types::ResourceOp::Rename(file)) => {
                    moved.push((
                        folders.path(&file.old_uri).unwrap(),
                        folders.path(&file.new_uri).unwrap(),
                    ));
                }
                DocumentChangeOperation::Op(other) => panic!("{other:?}"),
            }
        }
    }
    for (old, new) in moved {
        let text = sources.files.remove(&old).unwrap();
        sources.files.insert(new, text);
    }
    of(sources)
}

/// Renames, and returns the places that changed as `file:line`.
#[track_caller]
pub(crate) fn renamed(path: &str, piece: &str, new: &str) -> Vec<String> {
    let workspace = house();
    let edit = workspace
        .rename(path, at(&workspace, path, piece), new, true)
        .unwrap_or_else(|refusal| panic!("{}", refusal.0.en));
    let after = applied(&workspace, &edit);
    assert_eq!(
        after
            .checked()
            .findings
            .iter()
            .filter(|f| f.severity == xueji_definition::finding::Severity::Error)
            .count(),
        0,
        "{:#?}",
        after.checked().findings
    );
    let mut places = Vec::new();
    for (file, text) in &after.sources().files {
        let before = workspace.text(file).unwrap_or_default();
        for (number, (old, new)) in (1..).zip(before.lines().zip(text.lines())) {
            if old != new {
                places.push(format!("{}:{number}", file.rsplit('/').next().unwrap()));
            }
        }
        if before.is_empty() {
            places.push(format!("{file} is new"));
        }
    }
    places
}

#[track_caller]
pub(crate) fn refused(path: &str, piece: &str, new: &str) -> String {
    let workspace = house();
    workspace.rename(path, at(&workspace, path, piece), new, true).unwrap_err().0.en
}

pub(crate) fn defined(workspace: &Workspace, path: &str, piece: &str) -> Vec<String> {
    let found = workspace.definition(path, at(workspace, path, piece));
    found
        .iter()
        .map(|l| {
            format!("{}:{}", l.uri.as_str().rsplit('/').next().unwrap(), l.range.start.line + 1)
        })
        .collect()
}

pub(crate) fn told(workspace: &Workspace, path: &str, piece: &str) -> String {
    match workspace.hover(path, at(workspace, path, piece)).unwrap().contents {
        HoverContents::Markup(text) => text.value,
        other => panic!("{other:?}"),
    }
}
