//! The schemas checked in under `workflows/schema/` are the ones that the types make.
//!
//! After a change of types: `UPDATE_SCHEMAS=1 cargo test -p xueji-definition --test schemas`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::path::Path;

use xueji_definition::{FileKind, schema::schema_for, schemas};

#[test]
fn checked_in_schemas_equal_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/schema");
    for (name, schema) in schemas() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = folder.join(&name);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(checked_in == text, "{name} differs from the types; see this test's first lines");
    }
}

#[test]
fn no_schema_lets_nothing_stand_for_a_value_or_an_unknown_key_in() {
    for kind in FileKind::ALL {
        let schema = schema_for(kind);
        assert_eq!(schema["additionalProperties"], false, "{}", kind.name());
        assert!(!schema.to_string().contains("\"null\""), "{}", kind.name());
    }
}

#[test]
fn every_file_has_at_most_one_kind() {
    assert_eq!(FileKind::of("workflows/forms/hall.yaml"), Some((FileKind::Form, Some("hall"))));
    assert_eq!(FileKind::of("workflows/codes.yaml"), Some((FileKind::Codes, None)));
    assert_eq!(FileKind::of("workflows/form.yaml"), None);
    assert_eq!(FileKind::of("workflows/forms/deep/hall.yaml"), None);
    assert_eq!(FileKind::of("workflows/forms/hall.yml"), None);
    assert_eq!(FileKind::of("rules/codes.yaml"), None);
}
