//! Who sees what, case by case.

use std::collections::BTreeSet;

use serde_json::json;
use xueji_definition::value::{Fields, Value};
use xueji_definition::{Sources, load};
use xueji_runtime::RecordId;

use super::mask::{Masks, middle};
use super::*;

fn definitions() -> Definitions {
    let sources = Sources::from_pairs([
        (
            "workflows/organisation.yaml",
            "title: {zh: 馆, en: House}\n\
             units:\n  hall: {title: {zh: 厅, en: Hall}}\n  yard: {title: {zh: 院, en: Yard}}\n\
             roles:\n\
             \x20 guest: {title: {zh: 客, en: Guest}, held-by: guest}\n\
             \x20 keeper: {title: {zh: 管, en: Keeper}, reads: true}\n\
             \x20 chief: {title: {zh: 长, en: Chief}, reads: true, manages: true, sees: [identity]}\n\
             people: {ann: {name: 安}, bob: {name: 博}, cat: {name: 凯}}\n\
             holders:\n\
             \x20 - {person: ann, role: keeper, unit: hall}\n\
             \x20 - {person: bob, role: keeper, unit: yard}\n\
             \x20 - {person: cat, role: chief}\n",
        ),
        (
            "workflows/records.yaml",
            "classes:\n\
             \x20 identity: {title: {zh: 证件, en: Identity}, mask: middle}\n\
             \x20 secret: {title: {zh: 密, en: Secret}, mask: shown-as}\n\
             records:\n\
             \x20 guest:\n    title: {zh: 客, en: Guest}\n    id: no\n    unit: unit\n    fields:\n\
             \x20     unit: {title: {zh: 单位, en: Unit}, type: text}\n\
             \x20     number: {title: {zh: 证件号, en: Number}, type: text, class: identity}\n\
             \x20     reason: {title: {zh: 原因, en: Reason}, type: code, codes: reasons}\n\
             \x20 visit:\n    title: {zh: 来访, en: Visit}\n    id: no\n    fields:\n\
             \x20     guest: {title: {zh: 客, en: Guest}, type: record, record: guest}\n\
             \x20 room:\n    title: {zh: 房, en: Room}\n    id: no\n    fields:\n\
             \x20     name: {title: {zh: 名, en: Name}, type: text}\n",
        ),
        (
            "workflows/codes.yaml",
            "lists:\n  reasons:\n    title: {zh: 原因, en: Reasons}\n    entries:\n\
             \x20     \"10\": {zh: 私事, en: Private}\n\
             \x20     \"11\": {zh: 要事, en: Grave, shown-as: \"10\", class: secret}\n",
        ),
    ]);
    let loaded = load(&sources);
    assert!(!loaded.has_errors(), "{:?}", loaded.findings);
    loaded.definitions
}

fn day() -> Date {
    "2026-10-10".parse().unwrap()
}

fn case(decides: bool) -> Thing {
    Thing {
        about: Some(RecordId::new("guest", "7")),
        place: Place::Unit("hall".into()),
        applicant: Some("dan".into()),
        decides,
    }
}

fn eyes(person: &str, thing: &Thing) -> Eyes {
    Viewer::new(&definitions().organisation, person, day()).eyes(thing)
}

#[test]
fn a_case_is_seen_by_whom_it_is_about_by_readers_of_its_unit_by_deciders_and_by_its_applicant() {
    let masked = Eyes::Masked(BTreeSet::new());
    assert_eq!(eyes("guest:7", &case(false)), Eyes::Open);
    assert_eq!(eyes("guest:8", &case(false)), Eyes::Closed);
    assert_eq!(eyes("ann", &case(false)), masked);
    assert_eq!(eyes("bob", &case(false)), Eyes::Closed);
    assert_eq!(eyes("bob", &case(true)), Eyes::Open);
    assert_eq!(eyes("dan", &case(false)), masked);
    assert_eq!(eyes("cat", &case(false)), Eyes::Masked(["identity".to_owned()].into()));
}

#[test]
fn what_belongs_to_an_unknown_unit_is_read_only_by_roles_held_everywhere() {
    let thing = Thing { about: None, place: Place::Unknown, applicant: None, decides: false };
    assert_eq!(eyes("ann", &thing), Eyes::Closed);
    assert!(eyes("cat", &thing).sees());
}

#[test]
fn the_wider_eyes_win() {
    let some = |class: &str| Eyes::Masked([class.to_owned()].into());
    assert_eq!(Eyes::Closed.or(some("a")), some("a"));
    assert_eq!(some("a").or(Eyes::Open), Eyes::Open);
    assert_eq!(some("a").or(some("b")), Eyes::Masked(["a".to_owned(), "b".to_owned()].into()));
}

#[test]
fn protected_values_are_masked_and_codes_shown_as_what_others_may_see() {
    let definitions = definitions();
    let text = |text: &str| Value::Text(text.to_owned());
    let values = Fields::from([
        ("number".into(), text("500101200001011234")),
        ("reason".into(), text("11")),
    ]);
    let shown =
        |eyes: Eyes| Json::Object(Masks::new(&definitions, None, eyes).record("guest", &values));
    let masked = json!({"number": "5001************34", "reason": "10"});
    assert_eq!(shown(Eyes::Masked(BTreeSet::new())), masked);
    assert_eq!(
        shown(Eyes::Masked(["identity".to_owned()].into())),
        json!({"number": "500101200001011234", "reason": "10"})
    );
    assert_eq!(shown(Eyes::Open), json!({"number": "500101200001011234", "reason": "11"}));
}

#[test]
fn a_path_read_by_a_rule_is_protected_like_the_field_it_ends_with() {
    let definitions = definitions();
    let masks = Masks::new(&definitions, None, Eyes::Masked(BTreeSet::new()));
    assert!(!masks.sees_path("subject.number", &Value::Text("500101200001011234".into())));
    assert!(!masks.sees_path("subject.reason", &Value::Text("11".into())));
    assert!(masks.sees_path("subject.reason", &Value::Text("10".into())));
    assert!(masks.sees_path("fact.visits", &Value::Int(3)));
}

#[test]
fn short_values_keep_no_character() {
    assert_eq!(middle("123456"), "******");
    assert_eq!(middle("1234567"), "1234*67");
    assert_eq!(middle("一二三四五六七八"), "一二三四**七八");
}

#[test]
fn records_of_people_and_those_that_name_them_are_personal_and_the_rest_is_the_houses() {
    let definitions = definitions();
    assert_eq!(ownership(&definitions, "guest"), Ownership::Itself);
    assert_eq!(
        ownership(&definitions, "visit"),
        Ownership::Named { field: "guest", kind: "guest" }
    );
    assert_eq!(ownership(&definitions, "room"), Ownership::House);
}

#[test]
fn a_counter_in_a_row_about_nobody_is_an_errand_and_a_row_about_somebody_is_decided_on() {
    let process = "process: stay\ntitle: {zh: 住, en: Stay}\nsubject: guest\n\
        start: {by: {role: guest, self: true}}\n\
        steps:\n\
        \x20 look: {user-task: {candidates: {role: chief}, outcomes: [ok]}, next: {ok: counters}}\n\
        \x20 counters:\n    for-each:\n      items: counters\n\
        \x20     body: {title: {zh: 办, en: Clear}, user-task: {candidates: {role: keeper}, outcomes: [done]}}\n\
        \x20   join: {when: all, counts: [done]}\n    next: {approve: friends, short: friends}\n\
        \x20 friends:\n    for-each:\n      items: friends\n      subject: true\n\
        \x20     body:\n        steps:\n\
        \x20         greet: {user-task: {candidates: {role: keeper}, outcomes: [done]}, next: {done: met}}\n\
        \x20         met: {end: done}\n\
        \x20   join: {when: all, counts: [done]}\n    next: {approve: left, short: left}\n\
        \x20 left: {end: left}\n";
    let loaded = load(&Sources::from_pairs([("workflows/processes/stay.yaml", process)]));
    let process = loaded.definitions.processes.get("stay");
    let errands = |step: &&String| errand(process, step);
    let steps = process.map(|process| process.steps.keys()).into_iter().flatten();
    let found: Vec<_> = steps.filter(errands).map(String::as_str).collect();
    assert_eq!(found, ["counters-row"], "{:?}", loaded.findings);
}

use serde_json::Value as Json;
