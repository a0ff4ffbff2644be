//! `/records`: what is, was, and was known of a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use xueji_definition::Text;
use xueji_definition::value::{Fields, Value};
use xueji_engine::Engine;
use xueji_engine::queries::RecordFilter;
use xueji_runtime::record::Record;
use xueji_runtime::{Perspective, RecordId};

use super::App;
use super::answer::{Tagged, page, paging};
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::look::Look;
use crate::sight::Eyes;
use crate::sight::mask::Masks;
use crate::wire::{self, RecordHistory, RecordOut};

/// The record in a path.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RecordPath {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's id.
    pub id: String,
}

/// The record type in a path.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct KindPath {
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// As of when, and in which view, a record is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AsOf {
    /// The date on which the values hold; today when not said.
    pub as_of: Option<Date>,
    /// As it was known then; now when not said.
    pub known_at: Option<Timestamp>,
    /// local (what holds in the house) or official; local when not said.
    pub view: Option<ViewIn>,
}

/// Which of two truths is asked for.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewIn {
    /// What holds in the house.
    #[default]
    Local,
    /// What is official.
    Official,
}

impl ViewIn {
    fn engine(self) -> Perspective {
        match self {
            Self::Local => Perspective::Local,
            Self::Official => Perspective::Official,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Official => "official",
        }
    }
}

/// Returns a record's values on a date.
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(path): Path<RecordPath>,
    Params(query): Params<AsOf>,
) -> Result<Tagged<RecordOut>, ApiError> {
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let (record, eyes) = seen(&look, &path.kind, &path.id)?;
        let masks = Masks::new(look.definitions(), None, eyes);
        let on = query.as_of.unwrap_or(look.today);
        let view = query.view.unwrap_or_default();
        let values = record.view(on, query.known_at, view.engine());
        Ok::<_, ApiError>(Tagged(
            record.version,
            out(&look, &record.id, &values, &masks, (on, view), record.version),
        ))
    })
    .await
}

/// Returns every value that a record's fields had.
pub async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(path): Path<RecordPath>,
) -> Result<Tagged<RecordHistory>, ApiError> {
    app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let (record, eyes) = seen(&look, &path.kind, &path.id)?;
        let masks = Masks::new(look.definitions(), None, eyes);
        Ok::<_, ApiError>(Tagged(record.version, RecordHistory::new(&record, &masks)))
    })
    .await
}

fn seen(look: &Look<'_>, kind: &str, id: &str) -> Result<(Record, Eyes), ApiError> {
    let unknown = || ApiError::not_found("record", &format!("{kind}/{id}"));
    let record = look.engine.record(&RecordId::new(kind, id))?.ok_or_else(unknown)?;
    let eyes = look.of_record(&record)?;
    if eyes.sees() { Ok((record, eyes)) } else { Err(unknown()) }
}

fn out(
    look: &Look<'_>,
    id: &RecordId,
    values: &Fields,
    masks: &Masks<'_>,
    (as_of, view): (Date, ViewIn),
    version: u64,
) -> RecordOut {
    let shown = masks.record(&id.kind, values);
    let label =
        look.definitions().records.records.get(&id.kind).and_then(|kind| kind.label.as_ref());
    RecordOut {
        kind: id.kind.clone(),
        id: id.id.clone(),
        label: label.and_then(|label| shown.get(label)?.as_str().map(str::to_owned)),
        as_of,
        view: view.word().to_owned(),
        values: shown,
        version,
    }
}

/// How the records of a list are looked at; every other parameter names a field with the value that it must have.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct ListQuery {
    #[serde(flatten)]
    given: BTreeMap<String, String>,
}

/// Lists the records of a type that have these values.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(KindPath { kind }): Path<KindPath>,
    Params(query): Params<ListQuery>,
) -> Result<Json<wire::Page<RecordOut>>, ApiError> {
    let answer = app.ask(move |engine| {
        let look = Look::new(engine, &caller);
        let asked = Asked::new(&look, kind, query.given)?;
        let found = engine.records(&asked.filter, &paging(asked.limit, asked.cursor.clone()))?;
        page(found, |view| {
            let Some(record) = record(engine, &view.id)? else { return Ok(None) };
            let eyes = look.of_record(&record)?;
            let masks = Masks::new(look.definitions(), None, eyes.clone());
            // A value that may not be seen may not be searched for either.
            let told = asked.filter.equal.iter().all(|(field, value)| {
                masks.record_value(&view.id.kind, field, value) == Some(value.to_json())
            });
            let looked = (asked.filter.on, asked.view);
            let shown = eyes.sees() && told;
            Ok::<_, ApiError>(
                shown.then(|| out(&look, &view.id, &view.values, &masks, looked, view.version)),
            )
        })
    });
    Ok(Json(answer.await?))
}

fn record(engine: &Engine, id: &RecordId) -> Result<Option<Record>, ApiError> {
    Ok(engine.record(id)?)
}

/// A list query, read with the types of the record's fields.
struct Asked {
    filter: RecordFilter,
    view: ViewIn,
    limit: Option<usize>,
    cursor: Option<String>,
}

impl Asked {
    fn new(
        look: &Look<'_>,
        kind: String,
        given: BTreeMap<String, String>,
    ) -> Result<Self, ApiError> {
        let definitions = look.definitions();
        let Some(found) = definitions.records.records.get(&kind) else {
            return Err(ApiError::not_found("record type", &kind));
        };
        let mut asked = Self {
            filter: RecordFilter {
                kind,
                equal: Vec::new(),
                on: look.today,
                known_at: None,
                perspective: Perspective::Local,
            },
            view: ViewIn::Local,
            limit: None,
            cursor: None,
        };
        for (name, text) in given {
            match name.as_str() {
                "limit" => asked.limit = Some(read(&name, &text)?),
                "cursor" => asked.cursor = Some(text),
                "as-of" => asked.filter.on = read(&name, &text)?,
                "known-at" => asked.filter.known_at = Some(read(&name, &text)?),
                "view" if text == "local" => {}
                "view" if text == "official" => {
                    asked.view = ViewIn::Official;
                    asked.filter.perspective = Perspective::Official;
                }
                _ => {
                    let field = found
                        .fields
                        .get(&name)
                        .ok_or_else(|| at_fault(&name, "没有这个字段", "no such field"))?;
                    let value = field.value_type().read(&serde_json::Value::String(text)).map_err(
                        |error| {
                            let zh = format!("应为{}，却是 {}", error.expected, error.found);
                            at_fault(&name, &zh, &error.to_string())
                        },
                    )?;
                    asked.filter.equal.extend(value.map(|value: Value| (name, value)));
                }
            }
        }
        Ok(asked)
    }
}

fn read<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| at_fault(name, "写法不对", "is not written so"))
}

fn at_fault(name: &str, zh: &str, en: &str) -> ApiError {
    let mut error = ApiError::field(
        format!("/{name}"),
        Text::new(format!("查询参数 {name}：{zh}"), format!("query parameter `{name}`: {en}")),
    );
    error.status = axum::http::StatusCode::BAD_REQUEST;
    error.code = "query";
    error
}
