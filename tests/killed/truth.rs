//! What the server says, held against what its callers know, and against itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xueji_tests::house::People;

use super::model::{Case, Known, Stage};

/// Returns the command's mark that an event carries, if it is one that a command alone brings about.
fn mark(event: &Value) -> Option<&str> {
    let data = &event["data"];
    let places = [&data["answer"]["opinion"], &data["reason"], &data["form"]["deposit_mark"]];
    let started = (event["kind"] == "started").then_some(&data["form"]["mark"]);
    let texts = places.into_iter().chain(started).filter_map(Value::as_str);
    texts.into_iter().find(|text| text.starts_with("mark-"))
}

/// Returns the marks of a case's history, after looking whether the history itself is whole.
pub(crate) fn marks(people: &People, id: &str) -> BTreeSet<String> {
    let history = people.of("steward").all(&format!("/api/v1/instances/{id}/history"));
    let page = people.case(id);
    assert_eq!(page["version"], json!(history.len()), "{id}: as many events as the version says");
    let mut seen: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (number, event) in history.iter().enumerate() {
        assert_eq!(event["seq"], json!(number), "{id}: no event is missing or twice there");
        if let Some(mark) = mark(event) {
            *seen.entry((mark, event["kind"].as_str().unwrap_or_default())).or_default() += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{id}: carried out twice: {twice:?}");
    seen.into_keys().map(|(mark, _)| mark.to_owned()).collect()
}

/// Returns the ids of a guest's cases, as the list has them.
pub(crate) fn cases_of(people: &People, guest: &str) -> BTreeSet<String> {
    ids(&people.of("steward").all(&format!("/api/v1/instances?subject_type=guest&subject={guest}")))
}

fn ids(items: &[Value]) -> BTreeSet<String> {
    let found: Vec<String> =
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
    let set: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(set.len(), found.len(), "nothing stands in a list twice");
    set
}

fn steps(page: &Value) -> Vec<&str> {
    let tasks = page["open_tasks"].as_array().expect("a case has open tasks");
    let mut steps: Vec<&str> = tasks.iter().filter_map(|task| task["step"].as_str()).collect();
    steps.sort_unstable();
    steps
}

/// Fails unless a case is what its caller knows.
pub(crate) fn agrees(people: &People, case: &Case) {
    let page = people.case(&case.id);
    let state = match (case.stage.result(), case.held) {
        (Some(_), _) => "ended",
        (None, true) => "held",
        (None, false) => "open",
    };
    assert_eq!(page["state"], state, "{case:?}: {page}");
    assert_eq!(page["result"].as_str(), case.stage.result(), "{case:?}: {page}");
    if !case.held {
        assert_eq!(steps(&page), case.stage.open(), "{case:?}: {page}");
    }
    assert_eq!(
        marks(people, &case.id),
        case.marks,
        "{case:?}: what was acknowledged, once, and nothing else"
    );
    if case.stage == Stage::Booked {
        booked(people, case, &page);
    }
}

/// Fails unless the record of a booking is there, whole, under the number that the case has.
fn booked(people: &People, case: &Case, page: &Value) {
    let number = page["form"]["booking_no"]
        .as_str()
        .unwrap_or_else(|| panic!("a booked case has a number: {page}"));
    let record = people.of("steward").read(&format!("/api/v1/records/booking/{number}"));
    assert_eq!(record["values"]["guest"], json!(case.guest), "{record}");
    assert_eq!(record["values"]["seats"], page["form"]["seats"], "{record}");
}

/// Fails unless every list says what the pages of the cases say, and the records what the cases brought about.
pub(crate) fn lists_agree(people: &People, known: &Known, guests: &[String]) {
    let steward = people.of("steward");
    let all: BTreeSet<String> = known.keys().cloned().collect();
    assert_eq!(ids(&steward.all("/api/v1/instances")), all, "nothing is there that was never sent");
    assert_eq!(ids(&steward.all("/api/v1/instances?process=hall-booking")), all);
    for state in ["open", "held", "ended"] {
        let stands = |case: &&Case| match state {
            "open" => case.stage.result().is_none() && !case.held,
            "held" => case.stage.result().is_none() && case.held,
            _ => case.stage.result().is_some(),
        };
        let expected = known.values().filter(stands).map(|case| case.id.clone()).collect();
        assert_eq!(
            ids(&steward.all(&format!("/api/v1/instances?state={state}"))),
            expected,
            "{state}"
        );
    }
    tasks_agree(people, known);
    let mut numbers = 0;
    for guest in guests {
        let own = known.values().filter(|case| case.guest == *guest);
        let booked = own.clone().filter(|case| case.stage == Stage::Booked).count();
        numbers += booked;
        assert_eq!(cases_of(people, guest), own.map(|case| case.id.clone()).collect());
        let record = steward.read(&format!("/api/v1/records/guest/{guest}"));
        assert_eq!(record["values"]["bookings"], json!(booked), "{record}");
        let found = steward.all(&format!("/api/v1/records/booking?guest={guest}"));
        assert_eq!(found.len(), booked, "{guest}: {found:?}");
    }
    // Numbers are given in the same commit as what they are for: none is lost, none given twice.
    let records = ids(&steward.all("/api/v1/records/booking"));
    assert_eq!(records, (1..=numbers).map(|number| format!("H2026-{number:05}")).collect());
}

/// Fails unless the list of tasks, whole, by case and by person, holds what the pages of the open cases hold.
fn tasks_agree(people: &People, known: &Known) {
    let steward = people.of("steward");
    let open = known.values().filter(|case| case.stage.result().is_none());
    let mut on_pages = BTreeSet::new();
    for case in open {
        let page = people.case(&case.id);
        let own = ids(page["open_tasks"].as_array().expect("a case has open tasks"));
        assert_eq!(ids(&steward.all(&format!("/api/v1/tasks?instance={}", case.id))), own);
        on_pages.extend(own);
    }
    let listed = steward.all("/api/v1/tasks?process=hall-booking");
    assert_eq!(ids(&listed), on_pages, "the list of tasks and the pages of the cases");
    let of_watch =
        listed.iter().filter(|task| task["step"] == "watch-signs").cloned().collect::<Vec<_>>();
    assert_eq!(
        ids(&people.of("watch").all("/api/v1/tasks?mine=true")),
        ids(&of_watch),
        "the inbox of the fire watch"
    );
}
