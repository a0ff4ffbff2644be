//! The first words with an editor: what each can, where the folders are.
//!
//! Invariant: nothing is promised that is not there.

use std::path::{Path, PathBuf};

use lsp_server::{Connection, Request, RequestId};
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    CompletionOptions, DidChangeWatchedFilesRegistrationOptions, ExecuteCommandOptions,
    FileSystemWatcher, GlobPattern, HoverProviderCapability, InitializeParams, OneOf,
    PositionEncodingKind, Registration, RegistrationParams, RenameOptions, ResourceOperationKind,
    ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkDoneProgressOptions,
};
use serde_json::{Value, json};
use xueji_definition::{ReadError, Sources, read_folder};

use super::{Options, ServeError, Session, folder_of};
use crate::text::Encoding;
use crate::workspace::{Folders, Language, Workspace, encode};

/// The command that draws a process.
pub(super) const GRAPH: &str = "xueji.graph";

/// Greets the editor and reads its folder. Answers also what to ask of it first: to watch the folders.
pub(super) fn begin(
    connection: &Connection,
    options: &Options,
) -> Result<(Session, Option<Request>), ServeError> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let encoding = encoding(&params.capabilities);
    let greeting = json!({
        "capabilities": capabilities(encoding),
        "serverInfo": {"name": "xueji", "version": env!("CARGO_PKG_VERSION")},
    });
    connection.initialize_finish(id, greeting)?;
    let root = root(&params, options);
    let named = root.is_some();
    let root = root.unwrap_or_else(|| std::env::current_dir().unwrap_or_default());
    let (workflows, rules) = (root.join(&options.workflows), root.join(&options.rules));
    let (sources, found) = match read_folder(&workflows, &rules) {
        Ok(read) => read,
        // A folder that is still empty is where somebody begins.
        Err(ReadError::NothingToRead { .. }) => (Sources::default(), Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let folders = Folders { workflows: address(&workflows), rules: address(&rules) };
    let mut workspace = Workspace::new(sources, folders, encoding, language(&params, options));
    workspace.pages(options.pages.clone());
    workspace.found(found);
    let unsure = !named || !workflows.is_dir();
    let session = Session {
        workspace,
        workflows,
        rules,
        open: Default::default(),
        shown: Default::default(),
        changed: true,
        closing: false,
        unsure,
        renames_files: renames_files(&params.capabilities),
        draw: options.draw,
    };
    let watch = watches(&params.capabilities).then(watch);
    Ok((session, watch))
}

/// Returns the first encoding that the editor likes and we know; UTF-16 is everybody's.
fn encoding(client: &ClientCapabilities) -> Encoding {
    let liked = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        _ => None,
    };
    liked.into_iter().flatten().find_map(known).unwrap_or_default()
}

fn language(params: &InitializeParams, options: &Options) -> Language {
    let said = params
        .initialization_options
        .as_ref()
        .and_then(|all| all.get("language"))
        .and_then(Value::as_str);
    let of = |locale: &str| if locale.starts_with("en") { Language::En } else { Language::Zh };
    options
        .language
        .or_else(|| said.map(of))
        .or_else(|| params.locale.as_deref().map(of))
        .unwrap_or_default()
}

fn renames_files(client: &ClientCapabilities) -> bool {
    let edit = client.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
    let Some(edit) = edit.filter(|edit| edit.document_changes == Some(true)) else { return false };
    edit.resource_operations
        .as_ref()
        .is_some_and(|all| all.contains(&ResourceOperationKind::Rename))
}

fn watches(client: &ClientCapabilities) -> bool {
    let workspace = client.workspace.as_ref();
    let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
    watched.is_some_and(|watched| watched.dynamic_registration == Some(true))
}

fn watch() -> Request {
    let globs = ["**/*.yaml", "**/*.yml", "**/*.html", "**/*.rhai"];
    let watchers = globs.map(|glob| FileSystemWatcher {
        glob_pattern: GlobPattern::String(glob.to_owned()),
        kind: None,
    });
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.to_vec() };
    let registration = Registration {
        id: "watch".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    let params = RegistrationParams { registrations: vec![registration] };
    Request::new(RequestId::from("watch".to_owned()), RegisterCapability::METHOD.to_owned(), params)
}

/// Returns the editor's folder, or the one beside or below it that holds the definitions; nothing when it names none.
fn root(params: &InitializeParams, options: &Options) -> Option<PathBuf> {
    #[expect(deprecated, reason = "older editors send only this")]
    let single = params.root_uri.clone();
    let folders = params.workspace_folders.iter().flatten().map(|folder| folder.uri.clone());
    let given: Vec<PathBuf> = folders.chain(single).filter_map(|uri| folder_of(&uri)).collect();
    let holds = |folder: &Path| folder.join(&options.workflows).is_dir();
    let near = given.iter().flat_map(|folder| {
        let above = folder
            .parent()
            .filter(|above| above.join(&options.workflows) == *folder)
            .map(Path::to_owned);
        let below =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut below: Vec<PathBuf> = below.filter(|path| path.is_dir()).collect();
        below.sort();
        std::iter::once(folder.clone()).chain(above).chain(below)
    });
    let found = near.into_iter().find(|folder| holds(folder));
    found.or_else(|| given.first().cloned())
}

/// Returns the address of a folder, without a slash at its end.
fn address(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let text = whole.to_string_lossy().replace('\\', "/");
    let parts: Vec<String> = text.split('/').map(encode).collect();
    let path = parts.join("/");
    let path = path.trim_end_matches('/');
    if path.starts_with('/') { format!("file://{path}") } else { format!("file:///{path}") }
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let kind = match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
    };
    let triggers = [".", ":", " ", "{", "[", "\"", "@"].map(str::to_owned);
    ServerCapabilities {
        position_encoding: Some(kind),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers.to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![GRAPH.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}
