//! `/imports`: records from a table, whole or not at all.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use xueji_definition::Text;
use xueji_engine::{Mapping, read_table};

use super::App;
use super::error::ApiError;
use super::extract::{Caller, Params};
use super::records::KindPath;
use super::tokens::require_administrator;
use crate::wire::{Imported, RowFault};

/// The most bytes of a table.
pub const BYTES_MAX: usize = 64 << 20;

/// How a table is read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImportQuery {
    /// Only tell what it would do.
    pub dry_run: Option<bool>,
    /// Which field each column is for: `heading=field`, parted by commas; `heading=` leaves the column out.
    pub map: Option<String>,
}

/// Imports a table of comma-separated values in UTF-8, with headings. The same table again changes nothing; with a fault
/// in any row, nothing is imported.
pub async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(KindPath { kind }): Path<KindPath>,
    Params(query): Params<ImportQuery>,
    bytes: Bytes,
) -> Result<Json<Imported>, ApiError> {
    let mapping = mapping(query.map.as_deref().unwrap_or_default())?;
    let trial = query.dry_run.unwrap_or(false);
    let imported = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        let live = engine.live();
        let puts =
            read_table(&live.release.definitions, &kind, &bytes, &mapping).map_err(|faults| {
                let words = Text::new(
                    "表格有误，未导入任何行",
                    "the table has faults; nothing was imported",
                );
                let mut error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "rows", words);
                error.findings = faults
                    .iter()
                    .filter_map(|fault| serde_json::to_value(RowFault::from(fault)).ok())
                    .collect();
                error
            })?;
        Ok::<_, ApiError>(engine.put_records(puts, trial)?)
    });
    let imported = imported.await?;
    Ok(Json(Imported {
        created: imported.created,
        changed: imported.changed,
        unchanged: imported.unchanged,
        dry_run: trial,
    }))
}

/// Reads `heading=field,heading=`.
///
/// # Errors
/// A part without `=`.
pub fn mapping(text: &str) -> Result<Mapping, ApiError> {
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    let part = |part: &str| {
        let (heading, field) = part.split_once('=').ok_or_else(|| {
            let words = Text::new(
                format!("`{part}` 应写作 列名=字段"),
                format!("`{part}` is written as heading=field"),
            );
            ApiError::field("/map", words)
        })?;
        let field = field.trim();
        Ok((heading.trim().to_owned(), (!field.is_empty()).then(|| field.to_owned())))
    };
    parts.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_names_fields_or_leaves_columns_out() {
        let read = mapping("姓名=name, 备注=").unwrap();
        assert_eq!(read.get("姓名"), Some(&Some("name".to_owned())));
        assert_eq!(read.get("备注"), Some(&None));
        assert!(mapping("姓名").is_err());
    }
}
