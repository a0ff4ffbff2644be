//! Speaks the Language Server Protocol 3.17 with an editor, over whatever connection it is given.
//!
//! Invariant: all messages that wait are taken before anything is checked, so that typing never queues; what is shown is
//! what the latest texts give, and is sent only when it changed. The one place of this crate that reads a disk.

mod begin;
mod requests;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Response};
use lsp_types::notification::{self as sent, Notification as _};
use lsp_types::request::{Request as _, Shutdown};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType, MessageType,
    PublishDiagnosticsParams, ShowMessageParams, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use xueji_definition::Text;

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
    /// It is unknown where the next message begins.
    #[error(
        "编辑器发来的内容无法分出消息：{0} | no messages can be told apart in what the editor sends: {0}"
    )]
    Framing(std::io::Error),
    /// The connection broke.
    #[error("与编辑器的连接中断 | the connection with the editor broke")]
    Broken,
}

/// How an editor left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// It said `shutdown` first.
    Said,
    /// It just left, or its stream ended.
    Abrupt,
}

/// Serves an editor over standard input and output until it leaves.
///
/// # Errors
/// [`ServeError`].
pub fn stdio(options: &Options) -> Result<Goodbye, ServeError> {
    let (server, Connection { sender, receiver }) = Connection::memory();
    let reader = std::thread::spawn(move || {
        let take = |message| sender.send(message).is_ok();
        wire::hear(&mut std::io::stdin().lock(), &mut std::io::stdout(), take)
    });
    let writer = std::thread::spawn(move || {
        receiver.into_iter().try_for_each(|message| message.write(&mut std::io::stdout().lock()))
    });
    let served = serve(&server, options);
    drop(server);
    // Whoever reads standard input waits for the editor; after trouble nobody waits for that.
    let goodbye = served?;
    match reader.join().map_err(|_| ServeError::Broken)? {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(ServeError::Framing(error));
        }
        Err(_) => return Err(ServeError::Broken),
    }
    match writer.join() {
        Ok(Ok(())) => Ok(goodbye),
        _ => Err(ServeError::Broken),
    }
}

/// Serves an editor until it leaves.
///
/// # Errors
/// [`ServeError`].
pub fn serve(connection: &Connection, options: &Options) -> Result<Goodbye, ServeError> {
    let (mut session, watch) = begin::begin(connection, options)?;
    if let Some(watch) = watch {
        session.send(connection, Message::Request(watch))?;
    }
    session.publish(connection)?;
    while let Ok(first) = connection.receiver.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            if session.take(connection, message)? {
                return Ok(session.goodbye());
            }
            next = connection.receiver.try_recv().ok();
        }
        session.publish(connection)?;
    }
    Ok(session.goodbye())
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
    /// Whether the folder is only a guess, or is not there, and nobody was told so yet.
    unsure: bool,
    /// Whether the editor can rename files.
    renames_files: bool,
    draw: Draw,
}

impl Session {
    fn send(&self, connection: &Connection, message: Message) -> Result<(), ServeError> {
        connection.sender.send(message).map_err(|_| ServeError::Broken)
    }

    fn goodbye(&self) -> Goodbye {
        if self.closing { Goodbye::Said } else { Goodbye::Abrupt }
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
                    self.warn(connection, &notification)?;
                    self.notified(notification);
                }
            }
            Message::Response(_) => {}
        }
        Ok(false)
    }

    /// Says once that a file which is opened is not looked at, where the folder was probably not found.
    fn warn(&mut self, to: &Connection, opened: &Notification) -> Result<(), ServeError> {
        let uri = opened.params.pointer("/textDocument/uri").and_then(Value::as_str);
        let Some(uri) = uri.filter(|_| opened.method == sent::DidOpenTextDocument::METHOD) else {
            return Ok(());
        };
        let ours = [".yaml", ".yml", ".rhai"].iter().any(|end| uri.ends_with(end));
        let folders = &self.workspace.folders;
        let inside = [&folders.workflows, &folders.rules]
            .iter()
            .any(|folder| decode(uri).starts_with(&format!("{}/", decode(folder))));
        if !self.unsure || !ours || inside {
            return Ok(());
        }
        self.unsure = false;
        let folder = self.workflows.display();
        let words = Text::new(
            format!(
                "此文件不会校验：流程文件夹是 `{folder}`，它不在其中。请打开放着 workflows/ 和 rules/ 的文件夹"
            ),
            format!(
                "this file is not checked: it is not below the folder of definitions, `{folder}`; open the folder that holds workflows/ and rules/"
            ),
        );
        let message = self.workspace.language.say(&words).to_owned();
        let params = ShowMessageParams { typ: MessageType::WARNING, message };
        let message = Notification::new(sent::ShowMessage::METHOD.to_owned(), params);
        self.send(to, Message::Notification(message))
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
