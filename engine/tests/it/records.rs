//! Records from outside, and as they were and as they were known.

use std::collections::BTreeMap;

use xueji_definition::value::Value;
use xueji_engine::queries::{Paging, RecordFilter};
use xueji_engine::{Engine, Imported, read_table};
use xueji_runtime::{Perspective, RecordId};

use crate::house::{at, guest, house};

const TABLE: &str = "编号,unit,bookings\n1,east,3\n2,west,0\n";

fn import(engine: &Engine, table: &str, trial: bool) -> Imported {
    let definitions = &engine.live().release.definitions.clone();
    let puts = read_table(definitions, "guest", table.as_bytes(), &BTreeMap::new()).unwrap();
    engine.put_records(puts, trial).unwrap()
}

#[test]
fn importing_the_same_table_again_makes_no_new_entry() {
    let (_store, engine) = house(1);
    let counts = |created, changed, unchanged| Imported { created, changed, unchanged };
    assert_eq!(import(&engine, TABLE, true), counts(1, 1, 0));
    assert!(
        engine.record(&RecordId::new("guest", "2")).unwrap().is_none(),
        "a trial changes nothing"
    );
    assert_eq!(import(&engine, TABLE, false), counts(1, 1, 0));
    let before = engine.record(&RecordId::new("guest", "1")).unwrap();
    assert_eq!(import(&engine, TABLE, false), counts(0, 0, 2));
    assert_eq!(engine.record(&RecordId::new("guest", "1")).unwrap(), before);
}

#[test]
fn every_fault_of_a_table_is_told_with_its_line_and_column() {
    let (_store, engine) = house(0);
    let table = "number,unit,bookings,extra\n1,north,3,x\n,east,many,x\n1,east,1,x\n";
    let definitions = &engine.live().release.definitions.clone();
    let unknown = read_table(definitions, "guest", table.as_bytes(), &BTreeMap::new()).unwrap_err();
    assert_eq!(unknown[0].column.as_deref(), Some("extra"));
    let mapping = BTreeMap::from([("extra".to_owned(), None)]);
    let faults = read_table(definitions, "guest", table.as_bytes(), &mapping).unwrap_err();
    let places: Vec<(u64, &str)> =
        faults.iter().map(|fault| (fault.line, fault.column.as_deref().unwrap_or("-"))).collect();
    assert_eq!(places, [(2, "unit"), (3, "bookings"), (4, "number")]);
}

#[test]
fn a_large_import_goes_in_whole() {
    let (_store, engine) = house(0);
    let mut table = "number,unit,bookings\n".to_owned();
    for number in 0..3_000 {
        table.push_str(&format!("{number:05},west,0\n"));
    }
    assert_eq!(import(&engine, &table, false).created, 3_000);
    let filter = filter(vec![("unit".to_owned(), Value::Text("west".into()))], "2026-09-28");
    let page = engine.records(&filter, &Paging { after: None, limit: Some(3) }).unwrap();
    assert_eq!(page.items[2].id.id, "00002");
    let rest = engine.records(&filter, &Paging { after: page.next, limit: Some(1) }).unwrap();
    assert_eq!(rest.items[0].id.id, "00003");
}

fn filter(equal: Vec<(String, Value)>, on: &str) -> RecordFilter {
    RecordFilter {
        kind: "guest".into(),
        equal,
        on: on.parse().unwrap(),
        known_at: None,
        perspective: Perspective::Local,
    }
}

#[test]
fn a_search_finds_who_has_the_value_on_the_date_asked_about() {
    let (_store, engine) = house(1);
    engine.advance(at("2026-10-08T01:00:00Z")).unwrap();
    engine.put_records(vec![guest("1", "west")], false).unwrap();
    let found = |unit: &str, on: &str| {
        let filter = filter(vec![("unit".to_owned(), Value::Text(unit.into()))], on);
        engine.records(&filter, &Paging::default()).unwrap().items.len()
    };
    assert_eq!((found("east", "2026-10-01"), found("west", "2026-10-01")), (1, 0));
    assert_eq!((found("east", "2026-10-08"), found("west", "2026-10-08")), (0, 1));
    let record = engine.record(&RecordId::new("guest", "1")).unwrap().unwrap();
    let as_known = record.value(
        "unit",
        "2026-10-08".parse().unwrap(),
        Some(at("2026-10-01T00:00:00Z")),
        Perspective::Local,
    );
    assert_eq!(as_known.and_then(Value::as_text), Some("east"), "nobody knew yet");
}
