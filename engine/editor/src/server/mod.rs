//! Speaks the Language Server Protocol 3.17 with an editor, over whatever connection it is given.
//!
//! Invariant: all messages that wait are taken before anything is checked, so that typing never queues; what is shown is
//! what the latest texts give, and is sent only when it changed. The one place of this crate that reads a disk.

mod begin;
mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Response};
use lsp_types::notification::{self as sent, Notification as _};
use lsp_types::request::{Request as _, Shutdown};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
    PublishDiagnosticsParams, Uri,
};
use serde::de::DeserializeOwned;

use crate::graph::Draw;
use crate::workspace::{Language, Workspace, decode};

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of definitions, from the editor's folder or absolute.
    pub workflows: PathBuf,
    /// The folder of rules, likewise.
    pub rules: PathBuf,
    /// The language; the editor's own when not said.
    pub language: Option<Language>,
    /// Where the pages of codes stand: `<address>#<code>`.
    pub pages: Option<String>,
    /// Draws processes.
    pub draw: Draw,
}

/// Why serving ended before the editor ended it.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The editor and this server did not understand each other.
    #[error("编辑器没有按约定通信：{0} | the editor does not keep to the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// The folder cannot be read.
    #[error(transparent)]
    Read(#[from] xueji_definition::ReadError),
    /// The connection broke.
    #[error("与编辑器的连接中断 | the connection with the editor broke")]
    Broken,
}

/// Serves an editor over standard input and output until it says goodbye.
///
/// # Errors
/// [`ServeError`].
pub fn stdio(options: &Options) -> Result<(), ServeError> {
    let (connection, threads) = Connection::stdio();
    let served = serve(&connection, options);
    drop(connection);
    match served {
        // Whoever reads standard input waits for the editor; after trouble nobody waits for that.
        Ok(()) => threads.join().map_err(|_| ServeError::Broken),
        Err(error) => Err(error),
    }
}

/// Serves an editor until it says goodbye.
///
/// # Errors
/// [`ServeError`].
pub fn serve(connection: &Connection, options: &Options) -> Result<(), ServeError> {
    let (mut session, watch) = begin::begin(connection, options)?;
    if let Some(watch) = watch {
        session.send(connection, Message::Request(watch))?;
    }
    session.publish(connection)?;
    while let Ok(first) = connection.receiver.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            if session.take(connection, message)? {
                return Ok(());
            }
            next = connection.receiver.try_recv().ok();
        }
        session.publish(connection)?;
    }
    Ok(())
}

/// One editor.
struct Session {
    workspace: Workspace,
    /// The folders on the disk.
    workflows: PathBuf,
    rules: PathBuf,
    /// Files that are open in the editor, with their versions; the disk has no say in them.
    open: BTreeMap<String, i32>,
    /// What is shown at the moment, by path.
    shown: BTreeMap<String, Vec<Diagnostic>>,
    changed: bool,
    /// The editor is about to leave; only its `exit` still counts.
    closing: bool,
    /// Whether the editor can rename files.
    renames_files: bool,
    draw: Draw,
}

impl Session {
    fn send(&self, connection: &Connection, message: Message) -> Result<(), ServeError> {
        connection.sender.send(message).map_err(|_| ServeError::Broken)
    }

    /// Takes a message; true when it was the goodbye.
    fn take(&mut self, connection: &Connection, message: Message) -> Result<bool, ServeError> {
        match message {
            Message::Request(request) => {
                let response = if self.closing {
                    let words = "nothing is answered after `shutdown`".to_owned();
                    Response::new_err(request.id, ErrorCode::InvalidRequest as i32, words)
                } else if request.method == Shutdown::METHOD {
                    self.closing = true;
                    Response::new_ok(request.id, ())
                } else {
                    self.answer(request)
                };
                self.send(connection, Message::Response(response))?;
            }
            Message::Notification(notification) => {
                if notification.method == sent::Exit::METHOD {
                    return Ok(true);
                }
                if !self.closing {
                    self.notified(notification);
                }
            }
            Message::Response(_) => {}
        }
        Ok(false)
    }

    fn notified(&mut self, notification: Notification) {
        match notification.method.as_str() {
            sent::DidOpenTextDocument::METHOD => {
                let Some(params) = read::<DidOpenTextDocumentParams>(notification) else { return };
                let document = params.text_document;
                if let Some(path) = self.workspace.folders.path(&document.uri) {
                    self.open.insert(path.clone(), document.version);
                    self.workspace.set(&path, document.text);
                    self.changed = true;
                }
            }
            sent::DidChangeTextDocument::METHOD => {
                let Some(params) = read::<DidChangeTextDocumentParams>(notification) else {
                    return;
                };
                if let Some(path) = self.workspace.folders.path(&params.text_document.uri) {
                    self.open.insert(path.clone(), params.text_document.version);
                    self.workspace.edit_text(
                        &path,
                        params.content_changes.into_iter().map(|c| (c.range, c.text)),
                    );
                    self.changed = true;
                }
            }
            sent::DidCloseTextDocument::METHOD => {
                let Some(params) = read::<DidCloseTextDocumentParams>(notification) else { return };
                if let Some(path) = self.workspace.folders.path(&params.text_document.uri) {
                    self.open.remove(&path);
                    self.reread(&path);
                }
            }
            sent::DidChangeWatchedFiles::METHOD => {
                let Some(params) = read::<DidChangeWatchedFilesParams>(notification) else {
                    return;
                };
                for change in params.changes {
                    let Some(path) = self.workspace.folders.path(&change.uri) else { continue };
                    if self.open.contains_key(&path) {
                        continue;
                    }
                    if change.typ == FileChangeType::DELETED {
                        self.workspace.remove(&path);
                        self.changed = true;
                    } else {
                        self.reread(&path);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes a file's text from the disk, or away when it is not there.
    fn reread(&mut self, path: &str) {
        let own = match path.strip_prefix("workflows/") {
            Some(rest) => self.workflows.join(rest),
            None => self.rules.join(path.trim_start_matches("rules/")),
        };
        match std::fs::read_to_string(own) {
            Ok(text) => self.workspace.set(path, text.trim_start_matches('\u{feff}').to_owned()),
            Err(_) => self.workspace.remove(path),
        }
        self.changed = true;
    }

    /// Sends what is to be shown, where it differs from what is shown.
    fn publish(&mut self, connection: &Connection) -> Result<(), ServeError> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        let faulty = self.workspace.faulty().map(str::to_owned);
        let files: BTreeSet<String> = faulty.chain(self.shown.keys().cloned()).collect();
        for path in files {
            let Some(uri) = self.workspace.folders.uri(&path) else { continue };
            let diagnostics = self.workspace.diagnostics(&path);
            if self.shown.get(&path).map_or(diagnostics.is_empty(), |shown| *shown == diagnostics) {
                continue;
            }
            let version = self.open.get(&path).copied();
            let params =
                PublishDiagnosticsParams { uri, diagnostics: diagnostics.clone(), version };
            let message = Notification::new(sent::PublishDiagnostics::METHOD.to_owned(), params);
            self.send(connection, Message::Notification(message))?;
            if diagnostics.is_empty() {
                self.shown.remove(&path);
            } else {
                self.shown.insert(path, diagnostics);
            }
        }
        Ok(())
    }
}

fn read<P: DeserializeOwned>(notification: Notification) -> Option<P> {
    serde_json::from_value(notification.params).ok()
}

/// Returns the folder of an address, if it is one of this machine's.
fn folder_of(uri: &Uri) -> Option<PathBuf> {
    let path = decode(uri.as_str().strip_prefix("file://")?);
    let local = if cfg!(windows) { path.trim_start_matches('/').to_owned() } else { path };
    Some(PathBuf::from(local))
}
