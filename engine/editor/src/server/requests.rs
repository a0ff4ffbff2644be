//! What an editor asks, each with its one question to the workspace.
//!
//! Invariant: a request about a file that is not ours is answered with nothing, and one that cannot be understood, with why.

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, ExecuteCommand,
    Formatting, GotoDefinition, HoverRequest, PrepareRenameRequest, References, Rename,
    Request as Kind, WorkspaceSymbolRequest,
};
use lsp_types::{
    CodeActionOrCommand, CompletionList, CompletionResponse, DocumentSymbolResponse,
    GotoDefinitionResponse, Position, PrepareRenameResponse, TextDocumentPositionParams, Uri,
    WorkspaceSymbolResponse,
};
use serde_json::Value;
use xueji_definition::Text;

use super::{Session, begin};
use crate::rename::Refusal;

/// An answer, or why there is none.
type Answered<R> = Result<<R as Kind>::Result, (ErrorCode, String)>;

impl Session {
    pub(super) fn answer(&self, request: Request) -> Response {
        match request.method.as_str() {
            Completion::METHOD => {
                given::<Completion>(request, |p| self.completion(&p.text_document_position))
            }
            HoverRequest::METHOD => given::<HoverRequest>(request, |p| {
                let at = p.text_document_position_params;
                Ok(self
                    .path(&at.text_document.uri)
                    .and_then(|path| self.workspace.hover(&path, at.position)))
            }),
            GotoDefinition::METHOD => given::<GotoDefinition>(request, |p| {
                let at = p.text_document_position_params;
                let path = self.path(&at.text_document.uri);
                let found = path.map(|path| self.workspace.definition(&path, at.position));
                Ok(found.filter(|found| !found.is_empty()).map(GotoDefinitionResponse::Array))
            }),
            References::METHOD => given::<References>(request, |p| {
                let (at, own) = (p.text_document_position, p.context.include_declaration);
                Ok(self
                    .path(&at.text_document.uri)
                    .map(|path| self.workspace.references(&path, at.position, own)))
            }),
            DocumentHighlightRequest::METHOD => given::<DocumentHighlightRequest>(request, |p| {
                let at = p.text_document_position_params;
                Ok(self
                    .path(&at.text_document.uri)
                    .map(|path| self.workspace.highlights(&path, at.position)))
            }),
            PrepareRenameRequest::METHOD => {
                given::<PrepareRenameRequest>(request, |at| self.renameable(&at))
            }
            Rename::METHOD => given::<Rename>(request, |p| {
                let at = p.text_document_position;
                let Some(path) = self.path(&at.text_document.uri) else { return Ok(None) };
                let edit = self.workspace.rename(
                    &path,
                    at.position,
                    p.new_name.trim(),
                    self.renames_files,
                );
                edit.map(Some).map_err(|refusal| self.refused(&refusal))
            }),
            CodeActionRequest::METHOD => given::<CodeActionRequest>(request, |p| {
                let Some(path) = self.path(&p.text_document.uri) else { return Ok(None) };
                let mut actions = self.workspace.actions(&path, p.range);
                if let Some(only) = p.context.only {
                    actions.retain(|action| {
                        action.kind.as_ref().is_some_and(|kind| {
                            only.iter().any(|wanted| kind.as_str().starts_with(wanted.as_str()))
                        })
                    });
                }
                Ok(Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
            }),
            Formatting::METHOD => given::<Formatting>(request, |p| {
                let path = self.path(&p.text_document.uri);
                Ok(path.map(|path| self.workspace.formatted(&path).into_iter().collect()))
            }),
            DocumentSymbolRequest::METHOD => given::<DocumentSymbolRequest>(request, |p| {
                let path = self.path(&p.text_document.uri);
                Ok(path.map(|path| DocumentSymbolResponse::Nested(self.workspace.outline(&path))))
            }),
            WorkspaceSymbolRequest::METHOD => given::<WorkspaceSymbolRequest>(request, |p| {
                Ok(Some(WorkspaceSymbolResponse::Flat(self.workspace.symbols(&p.query))))
            }),
            ExecuteCommand::METHOD => given::<ExecuteCommand>(request, |p| {
                if p.command != begin::GRAPH {
                    return Err((ErrorCode::InvalidParams, format!("no command `{}`", p.command)));
                }
                self.graph(p.arguments.first()).map(Some)
            }),
            _ => {
                let message = format!("`{}` is not answered here", request.method);
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        }
    }

    fn path(&self, uri: &Uri) -> Option<String> {
        self.workspace.folders.path(uri)
    }

    fn refused(&self, refusal: &Refusal) -> (ErrorCode, String) {
        (ErrorCode::RequestFailed, self.workspace.language.say(&refusal.0).to_owned())
    }

    fn completion(&self, at: &TextDocumentPositionParams) -> Answered<Completion> {
        let Some(path) = self.path(&at.text_document.uri) else { return Ok(None) };
        let items = self.workspace.completion(&path, at.position);
        Ok(Some(CompletionResponse::List(CompletionList { is_incomplete: false, items })))
    }

    fn renameable(&self, at: &TextDocumentPositionParams) -> Answered<PrepareRenameRequest> {
        let Some(path) = self.path(&at.text_document.uri) else { return Ok(None) };
        let position: Position = at.position;
        match self.workspace.renameable(&path, position) {
            Ok((range, placeholder)) => {
                Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }))
            }
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }

    /// Draws the process that an argument names: by its id, or by the address of its file.
    fn graph(&self, argument: Option<&Value>) -> Result<Value, (ErrorCode, String)> {
        let refuse = |zh: String, en: String| self.refused(&Refusal(Text::new(zh, en)));
        let said = argument.and_then(Value::as_str).unwrap_or_default().trim();
        if said.is_empty() {
            return Err(refuse(
                "没有说画哪个流程：参数写流程编号，或流程文件的地址".to_owned(),
                "nothing says what to draw: give the id of a process, or the address of its file"
                    .to_owned(),
            ));
        }
        let process = if said.contains(':') {
            let file = said.parse::<Uri>().ok().and_then(|uri| self.path(&uri));
            let file = file.ok_or_else(|| {
                refuse(
                    format!("`{said}` 不在流程和规则的文件夹里"),
                    format!("`{said}` is not below the folders of processes and rules"),
                )
            })?;
            self.workspace.process_of(&file).ok_or_else(|| {
                refuse(
                    format!("`{file}` 不属于某一个流程，请写流程编号"),
                    format!("`{file}` belongs to no one process; give the id of a process"),
                )
            })?
        } else {
            said.to_owned()
        };
        self.workspace
            .graph(&process, self.draw)
            .map(Value::String)
            .map_err(|refusal| self.refused(&refusal))
    }
}

/// Reads a request's parameters, answers it, and wraps the answer up.
fn given<R: Kind>(request: Request, answer: impl FnOnce(R::Params) -> Answered<R>) -> Response {
    let id: RequestId = request.id;
    let params = match serde_json::from_value::<R::Params>(request.params) {
        Ok(params) => params,
        Err(error) => {
            return Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string());
        }
    };
    match answer(params) {
        Ok(result) => Response::new_ok(id, result),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}
