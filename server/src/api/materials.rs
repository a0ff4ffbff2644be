//! `/materials`: papers that people hand in.

use std::sync::Arc;

use aide::OperationInput;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use xueji_definition::Text;
use xueji_engine::{Engine, Upload};

use super::App;
use super::answer::{Created, Id};
use super::cases;
use super::error::ApiError;
use super::extract::{Caller, Params, content_type, too_large};
use super::look::Look;
use super::sniff;
use crate::wire::Material;

/// The most bytes of one file.
pub const BYTES_MAX: usize = 20 << 20;
/// The most characters of a file's name that are kept.
const NAME_MAX: usize = 200;

/// A file as it comes: the field `file` of `multipart/form-data`, or the body itself.
#[derive(Debug)]
pub struct FileIn {
    name: String,
    bytes: Bytes,
}

/// How a file that is the body itself is called.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NameQuery {
    /// The file's name.
    pub name: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for FileIn {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if content_type(request.headers()).as_deref() != Some("multipart/form-data") {
            let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
            return Ok(Self { name: String::new(), bytes });
        }
        let broken = |status: StatusCode| {
            let (code, words) = match status {
                StatusCode::PAYLOAD_TOO_LARGE => ("too-large", too_many_bytes()),
                _ => (
                    "multipart",
                    Text::new("multipart 内容无法理解", "the multipart body is not understood"),
                ),
            };
            ApiError::new(status, code, words)
        };
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|error| broken(error.status()))?;
        while let Some(part) = parts.next_field().await.map_err(|error| broken(error.status()))? {
            if part.name() == Some("file") || part.file_name().is_some() {
                let name = part.file_name().unwrap_or_default().to_owned();
                let bytes = part.bytes().await.map_err(|error| broken(error.status()))?;
                return Ok(Self { name, bytes });
            }
        }
        Err(ApiError::field(
            "/file",
            Text::new("没有名为 file 的文件", "there is no file in the field `file`"),
        ))
    }
}

impl OperationInput for FileIn {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        let binary = || aide::openapi::MediaType {
            schema: Some(aide::openapi::SchemaObject {
                json_schema: schemars::json_schema!({"type": "string", "format": "binary"}),
                external_docs: None,
                example: None,
            }),
            ..Default::default()
        };
        let multipart = aide::openapi::MediaType {
            schema: Some(aide::openapi::SchemaObject {
                json_schema: schemars::json_schema!({
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"]
                }),
                external_docs: None,
                example: None,
            }),
            ..Default::default()
        };
        let body = aide::openapi::RequestBody {
            description: Some("A file of at most 20 MiB; its kind is told by its content.".into()),
            content: [
                ("multipart/form-data".to_owned(), multipart),
                ("application/octet-stream".to_owned(), binary()),
            ]
            .into_iter()
            .collect(),
            required: true,
            extensions: Default::default(),
        };
        aide::operation::set_body(ctx, operation, body);
    }
}

fn too_many_bytes() -> Text {
    Text::new("文件超过 20 MiB", "the file has more than 20 MiB")
}

/// Keeps a file, and returns the id by which forms name it.
pub async fn upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    Params(query): Params<NameQuery>,
    file: FileIn,
) -> Result<Created<Material>, ApiError> {
    let name = if file.name.is_empty() { query.name.unwrap_or_default() } else { file.name };
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if file.bytes.len() > BYTES_MAX {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", too_many_bytes()));
    }
    let kind = sniff::kind(&file.bytes, &name).ok_or_else(|| {
        let words = Text::new(
            "文件类型不能接受：可用 PDF、PNG、JPEG、CSV、UTF-8 文本、Office 文档",
            "this kind of file is not taken: use PDF, PNG, JPEG, CSV, UTF-8 text or an Office document",
        );
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "file-kind", words)
    })?;
    let upload = Upload { kind, by: caller.person, name, bytes: file.bytes.to_vec() };
    let material = app.ask(move |engine| engine.put_material(upload)).await?;
    let location = format!("/api/v1/materials/{}", material.id);
    Ok(Created { location, version: None, body: Material::from(&material) })
}

/// By which case a file is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterialQuery {
    /// The case in whose form the file is named; needed by all but its uploader.
    pub instance: Option<String>,
    /// Where in the case.
    pub scope: Option<String>,
}

/// Returns a file, to its uploader, and to those who may see the form that names it.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(Id { id }): Path<Id>,
    Params(query): Params<MaterialQuery>,
) -> Result<Response, ApiError> {
    let asked = app.ask(move |engine| {
        let unknown = || ApiError::not_found("file", &id);
        let material = engine.material(&id)?.ok_or_else(unknown)?;
        if material.by != caller.person && !named(engine, &caller, &id, &query)? {
            return Err(unknown());
        }
        let bytes = engine.material_bytes(&id)?.ok_or_else(unknown)?;
        Ok((material, bytes))
    });
    let (material, bytes) = asked.await?;
    let mut headers = HeaderMap::new();
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(sniff::media_type(material.kind)));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name: String = material.name.bytes().map(percent).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok((headers, bytes).into_response())
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Returns whether the form of a case that the caller may see names the file, in a field that they may see.
fn named(
    engine: &Engine,
    caller: &Caller,
    id: &str,
    query: &MaterialQuery,
) -> Result<bool, ApiError> {
    let Some(instance) = &query.instance else { return Ok(false) };
    let look = Look::new(engine, caller);
    let seen = cases::seen(&look, instance)?;
    let path = cases::path(query.scope.as_deref())?;
    let process = seen.release.process(&seen.view.header.process);
    let task = seen.view.open_tasks.iter().find(|task| task.scope == path);
    let eyes = look.of_scope(&seen.view.header, &seen.eyes, &path, task, process)?;
    let Some(row) = engine.row(instance, &path)? else { return Ok(false) };
    let masks = look.masks(&seen.release, &seen.view.header.process, eyes.clone());
    Ok(eyes.sees() && names(&masks.form(&row.form).into(), id))
}

fn names(json: &serde_json::Value, id: &str) -> bool {
    match json {
        serde_json::Value::String(text) => text == id,
        serde_json::Value::Array(items) => items.iter().any(|item| names(item, id)),
        serde_json::Value::Object(fields) => fields.values().any(|field| names(field, id)),
        _ => false,
    }
}
