//! A campaign of many rows that is killed while it opens goes on where it stood: every row once, none left out.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use xueji_tests::chance::Chance;
use xueji_tests::house::{House, People};

const GUESTS: usize = 1_500;
const KILLS: usize = 6;
/// How often it is asked whether all rows have been opened, and the pause between.
const TRIES: u32 = 2_000;
const PAUSE: Duration = Duration::from_millis(25);

fn invite(people: &People) {
    let rows: Vec<String> =
        (1..=GUESTS).map(|number| format!("h{number:04},客人,east,0\n")).collect();
    let table = format!("number,name,unit,bookings\n{}", rows.concat());
    let reply = people.of("steward").upload("/api/v1/imports/guest", "text/csv", table.as_bytes());
    assert_eq!(reply.unwrap().expect(200)["created"], json!(GUESTS));
}

fn opened(people: &People, case: &str) -> (u64, bool) {
    let page = people.case(case);
    let branches = &page["branches"]["invite"];
    (branches["opened"].as_u64().unwrap_or(0), branches["filled"] == true)
}

/// Returns the keys of the rows, each of which must be there once.
fn rows(people: &People, case: &str) -> BTreeSet<String> {
    let items = people.of("steward").all(&format!("/api/v1/instances/{case}/rows?step=invite"));
    let keys: Vec<&str> = items.iter().filter_map(|row| row["key"].as_str()).collect();
    let set: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(set.len(), keys.len(), "no row is there twice");
    set
}

#[test]
fn a_campaign_that_is_killed_while_it_opens_goes_on_and_opens_every_row_once() {
    let mut chance = Chance::new(20_260_928);
    let house = House::new();
    let mut server = house.start();
    let mut people = house.open(&server);
    invite(&people);
    let everybody: BTreeSet<String> =
        people.of("steward").all("/api/v1/records/guest").iter().map(id).collect();
    let started = people.of("steward").post("/api/v1/instances", &json!({"process": "invitation"}));
    let case = started.unwrap().expect(201)["id"].as_str().unwrap().to_owned();
    let mut before = 0;
    for kill in 0..KILLS {
        // Other commands get through between the batches.
        let other = people.book("g1", 10, &format!("beside-{kill}"));
        assert_eq!(people.case(&other)["state"], "open");
        std::thread::sleep(Duration::from_micros(chance.below(60_000)));
        server.kill();
        server = house.start();
        people = people.at(&server);
        let (now, _) = opened(&people, &case);
        assert!(now >= before, "{now} rows were opened, and {before} before");
        before = now;
        assert!(rows(&people, &case).is_subset(&everybody));
    }
    let filled = (0..TRIES).any(|_| {
        let filled = opened(&people, &case).1;
        if !filled {
            std::thread::sleep(PAUSE);
        }
        filled
    });
    assert!(filled, "the campaign opens to its end: {:?}", opened(&people, &case));
    assert_eq!(opened(&people, &case).0, everybody.len() as u64);
    assert_eq!(rows(&people, &case), everybody);
    let tasks = people.of("keeper").all(&format!("/api/v1/tasks?instance={case}"));
    let rows: BTreeSet<String> =
        tasks.iter().map(|task| task["row"].as_str().unwrap().to_owned()).collect();
    assert_eq!((tasks.len(), rows), (everybody.len(), everybody), "one task a row");
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}
