//! An edit is planned against the running server, goes live by exactly that plan, and chosen cases are moved and moved
//! back; a plan on which the world has moved is refused with words.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::ffi::OsString;

use serde_json::{Value, json};
use xueji_tests::command::{Ran, xueji};
use xueji_tests::house::{House, People, definitions};
use xueji_tests::server::Server;
use xueji_tests::tree;

const PROCESS: &str = "workflows/processes/hall-booking.yaml";

struct Office {
    house: House,
    server: Server,
    people: People,
}

impl Office {
    fn open() -> Self {
        Self::of(House::new())
    }

    fn of(house: House) -> Self {
        let server = house.start();
        let people = house.open(&server);
        Self { house, server, people }
    }

    /// Runs a verb against the server, with the house's definitions where it takes them.
    fn run(&self, verb: &[&str], with_files: bool) -> Ran {
        let address = format!("http://{}", self.server.address);
        let asking = ["--server", &address, "--token", self.house.steward()].map(OsString::from);
        let own = verb.iter().map(OsString::from).chain(asking);
        let files = if with_files { definitions(&self.house.path("")) } else { Vec::new() };
        xueji(own.chain(files))
    }

    fn plan_file(&self) -> String {
        self.house.path("plan.json").display().to_string()
    }

    fn plan(&self) -> Ran {
        let file = self.plan_file();
        self.run(&["plan", "--instances", "--out", &file], true)
    }

    fn deploy_by_plan(&self) -> Ran {
        let file = self.plan_file();
        self.run(&["deploy", "--plan", &file], true)
    }

    fn live(&self) -> String {
        let list = self.people.of("steward").read("/api/v1/releases");
        let live = list["items"].as_array().unwrap().iter().find(|item| item["live"] == true);
        live.unwrap()["hash"].as_str().unwrap().to_owned()
    }

    fn edit(&self, from: &str, to: &str) {
        tree::edit(&self.house.path(PROCESS), from, to);
    }

    /// Takes a booking to the keeper's check.
    fn checked(&self, guest: &str, mark: &str) -> String {
        let id = self.people.book(guest, 30, mark);
        self.people.complete("east-head", &id, "head-signs", &approve());
        self.people.complete("watch", &id, "watch-signs", &approve());
        id
    }
}

fn approve() -> Value {
    json!({"outcome": "approve", "opinion": "fine"})
}

#[test]
fn an_edit_is_planned_goes_live_by_its_plan_and_cases_are_moved_there_and_back() {
    let office = Office::open();
    let before = office.live();
    let unchanged = office.plan();
    assert_eq!(unchanged.code, Some(0), "{}", unchanged.said());

    let (signing, checking) = (office.people.book("g1", 30, "a"), office.checked("g3", "b"));
    // The keeper's check becomes the steward's, under another name.
    office.edit("  check:\n", "  final-check:\n");
    office.edit("approve: check", "approve: final-check");
    office.edit(
        "candidates: {role: keeper}, outcomes: [approve, return]",
        "candidates: {role: steward}, outcomes: [approve, return]",
    );
    let planned = office.plan();
    assert_eq!(planned.code, Some(10), "{}", planned.said());
    for words in ["final-check", "须人处理 × 1", checking.as_str()] {
        assert!(planned.stdout.contains(words), "{words} is missing:\n{}", planned.stdout);
    }
    assert_eq!(office.live(), before, "a plan touches nothing");
    let plan: Value = serde_json::from_str(&tree::text(&office.house.path("plan.json"))).unwrap();
    assert_eq!((plan["from"].as_str(), plan["version"].as_u64()), (Some(before.as_str()), Some(1)));

    let deployed = office.deploy_by_plan();
    assert_eq!(deployed.code, Some(0), "{}", deployed.said());
    let after = office.live();
    assert_eq!(plan["to"], json!(after));
    assert_eq!(office.people.case(&checking)["release"], json!(before), "open cases stay");

    let file = office.plan_file();
    let reason = ["--reason", "the steward checks now"];
    let unmapped = ["migrate", &file, "--instances", "step=check", reason[0], reason[1]];
    let refused = office.run(&unmapped, false);
    assert_eq!(refused.code, Some(1), "{}", refused.said());
    assert!(refused.stdout.contains("--map"), "{}", refused.stdout);
    // A mapping that names what is not there moves nothing, and says which of the two.
    for (map, why) in
        [("check=nowhere", "新版本没有后一个步骤"), ("nowhere=final-check", "原版本没有前一个步骤")]
    {
        let missing = office.run(&[&unmapped[..], &["--map", map]].concat(), false);
        assert_eq!(missing.code, Some(1), "{}", missing.said());
        assert!(missing.stdout.contains(map) && missing.stdout.contains(why), "{}", missing.stdout);
        assert_eq!(office.people.case(&checking)["release"], json!(before));
    }
    let mapped = [&unmapped[..], &["--map", "check=final-check"]].concat();
    let tried = office.run(&[&mapped[..], &["--dry-run"]].concat(), false);
    assert_eq!(tried.code, Some(0), "{}", tried.said());
    assert!(tried.stdout.contains("可迁回"), "{}", tried.stdout);
    assert_eq!(office.people.case(&checking)["release"], json!(before));
    let moved = office.run(&mapped, false);
    assert_eq!(moved.code, Some(0), "{}", moved.said());
    assert_eq!(office.people.case(&checking)["release"], json!(after));
    assert_eq!(office.people.case(&signing)["release"], json!(before), "it was not chosen");

    let history =
        office.people.of("steward").read(&format!("/api/v1/instances/{checking}/history"));
    let events = history["items"].as_array().unwrap();
    let event =
        events.iter().find(|event| event["kind"] == "migrated").expect("a move is an event");
    assert_eq!((&event["by"], &event["data"]["reason"]), (&json!("steward"), &json!(reason[1])));
    assert_eq!(event["data"]["steps"], json!({"check": "final-check"}));

    // A misspelt name never passes for "none".
    let to = ["migrate", "--to", &before[..8], reason[0], "back", "--instances"];
    for (chosen, near) in
        [("process=hall-boking", "hall-booking"), ("step=final-chek", "final-check")]
    {
        let misspelt = office.run(&[&to[..], &[chosen]].concat(), false);
        assert_eq!(misspelt.code, Some(2), "{}", misspelt.said());
        assert!(misspelt.stderr.contains(near), "{}", misspelt.stderr);
    }

    // Undone, as was told, and then moved for good: the steward signs. The first digits stand for a release.
    let undo = [
        "migrate",
        "--to",
        &before[..8],
        "--instances",
        &checking,
        "--map",
        "final-check=check",
        reason[0],
        "back",
    ];
    let undone = office.run(&undo, false);
    assert_eq!(undone.code, Some(0), "{}", undone.said());
    assert!(office.people.task(&checking, "check").is_some());
    assert_eq!(office.run(&mapped, false).code, Some(0));
    office.people.complete("steward", &checking, "final-check", &approve());
}

#[test]
fn a_plan_on_which_the_world_has_moved_is_refused_with_words() {
    let office = Office::open();
    let before = office.live();
    let id = office.people.book("g1", 30, "a");
    office.edit("next: {approve: check", "next: {approve: deposit");
    let process = tree::text(&office.house.path(PROCESS));
    let (start, rest) = process.split_once("  check:\n").unwrap();
    let (_, end) = rest.split_once("  deposit:\n").unwrap();
    std::fs::write(office.house.path(PROCESS), format!("{start}  deposit:\n{end}")).unwrap();
    let planned = office.plan();
    assert_eq!(planned.code, Some(10), "{}", planned.said());

    // The case reaches the very step that would be gone.
    office.people.complete("east-head", &id, "head-signs", &approve());
    office.people.complete("watch", &id, "watch-signs", &approve());
    let refused = office.deploy_by_plan();
    assert_eq!(refused.code, Some(1), "{}", refused.said());
    assert!(refused.stderr.contains(&id), "{}", refused.stderr);
    assert_eq!(office.live(), before);

    // Files that differ from the plan's are another reason.
    let planned = office.plan();
    assert_eq!(planned.code, Some(10), "{}", planned.said());
    tree::edit(&office.house.path("workflows/parameters.yaml"), "value: 500", "value: 900");
    let refused = office.deploy_by_plan();
    assert_eq!(refused.code, Some(1), "{}", refused.said());
    assert!(refused.stderr.contains("文件已有改动"), "{}", refused.stderr);

    // Looked at again, it goes live.
    assert_eq!(office.plan().code, Some(10));
    let deployed = office.deploy_by_plan();
    assert_eq!(deployed.code, Some(0), "{}", deployed.said());
    assert_ne!(office.live(), before);
    // And a second time the same plan finds another release live.
    assert_eq!(office.deploy_by_plan().code, Some(1));
}

#[test]
fn a_plan_for_some_cohorts_and_a_day_says_so_and_goes_live_for_those_on_that_day() {
    let office = Office::of(House::yearly());
    // The cohort is a field of the release for all; the guests get their years.
    assert_eq!(office.run(&["deploy", "--note", "years"], true).code, Some(0));
    let table = "number,since\ng1,2022\ng3,2026\n";
    let path = "/api/v1/imports/guest?map=number=number,since=since";
    office.people.of("steward").upload(path, "text/csv", table.as_bytes()).unwrap().expect(200);
    let (old, young) = (office.people.book("g1", 30, "a"), office.people.book("g3", 30, "b"));
    let checker = "candidates: {role: keeper}, outcomes: [approve, return]";
    office.edit(checker, &checker.replace("keeper", "steward"));
    let file = office.plan_file();
    let aim = ["--cohort", ">=2026", "--from", "2026-10-12"];
    let planned = office.run(&[&["plan", "--instances", "--out", &file], &aim[..]].concat(), true);
    assert_eq!(planned.code, Some(10), "{}", planned.said());
    for words in ["届别 >=2026，2026-10-12 起", "可以迁移 × 1", "1 件的届别用别的版本"]
    {
        assert!(planned.stdout.contains(words), "{words} is missing:\n{}", planned.stdout);
    }
    let plan: Value = serde_json::from_str(&tree::text(&office.house.path("plan.json"))).unwrap();
    let of = |id: &str| {
        let groups = plan["groups"].as_array().unwrap();
        let with = |group: &&Value| group["instances"].as_array().unwrap().contains(&json!(id));
        groups.iter().find(with).unwrap()["fate"].clone()
    };
    assert_eq!((of(&old), of(&young)), (json!("stays"), json!("can-move")));
    // For others, or another day, it is no plan.
    for other in [["--cohort", "2026"], ["--from", "2026-10-13"]] {
        let refused = office.run(&[&["deploy", "--plan", &file], &other[..]].concat(), true);
        assert_eq!(refused.code, Some(1), "{}", refused.said());
        assert!(refused.stderr.contains("届别范围或日期"), "{}", refused.stderr);
    }
    let deployed = office.deploy_by_plan();
    assert_eq!(deployed.code, Some(0), "{}", deployed.said());
    let list = office.people.of("steward").read("/api/v1/releases");
    let waits = &list["items"][0];
    assert_eq!((&waits["state"], &waits["cohorts"]), (&json!("scheduled"), &json!(">=2026")));
    assert_eq!(waits["from"], "2026-10-12");
    let now = json!({"now": "2026-10-12T00:00:00Z"});
    office.people.of("steward").post("/api/v1/clock", &now).unwrap().expect(200);
    // All of the plan are moved, but those for whom it is not.
    let moved = office.run(&["migrate", &file, "--instances", "all", "--reason", "new"], false);
    assert_eq!(moved.code, Some(0), "{}", moved.said());
    assert_eq!(office.people.case(&young)["release"], plan["to"]);
    assert_ne!(office.people.case(&old)["release"], plan["to"]);
    // A plan for all others now says that those of 2026 keep their own.
    office.edit("zh: 核对", "zh: 审核");
    let others = office.plan();
    assert!(others.stdout.contains("届别 >=2026 仍用自己的版本"), "{}", others.stdout);
}

#[test]
fn a_plan_file_that_was_altered_is_refused() {
    let office = Office::open();
    let id = office.people.book("g1", 30, "a");
    office.edit("next: {approve: check, reject", "next: {approve: deposit, reject");
    let process = tree::text(&office.house.path(PROCESS));
    let (start, rest) = process.split_once("  check:\n").unwrap();
    let (_, end) = rest.split_once("  deposit:\n").unwrap();
    std::fs::write(office.house.path(PROCESS), format!("{start}  deposit:\n{end}")).unwrap();
    office.people.complete("east-head", &id, "head-signs", &approve());
    office.people.complete("watch", &id, "watch-signs", &approve());
    let before = office.live();
    assert_eq!(office.plan().code, Some(10));
    let made = tree::text(&office.house.path("plan.json"));
    let file = office.house.path("plan.json");
    let alter = |edit: &dyn Fn(&mut Value)| {
        let mut plan: Value = serde_json::from_str(&made).unwrap();
        edit(&mut plan);
        std::fs::write(&file, plan.to_string()).unwrap();
        let refused = office.deploy_by_plan();
        assert_eq!(refused.code, Some(1), "{}", refused.said());
        assert_eq!(office.live(), before);
        refused.stderr
    };
    // The case that needs a person passed off as one that can move; or left out.
    let words = alter(&|plan| {
        plan["groups"][0]["fate"] = json!("can-move");
        plan["fates"] = json!({"stays": 0, "can-move": 1, "must-wait": 0, "needs-person": 0});
    });
    assert!(words.contains(&id), "{words}");
    let words = alter(&|plan| {
        plan["groups"] = json!([]);
        plan["fates"]["needs-person"] = json!(0);
    });
    assert!(words.contains(&id), "{words}");
    let words = alter(&|plan| plan["fates"]["needs-person"] = json!(0));
    assert!(words.contains("计划被改过"), "{words}");
    let words = alter(&|plan| plan["changes"] = json!([]));
    assert!(words.contains("计划被改过"), "{words}");
    std::fs::write(&file, "{").unwrap();
    assert_eq!(office.deploy_by_plan().code, Some(2));
    std::fs::write(&file, made).unwrap();
    assert_eq!(office.deploy_by_plan().code, Some(0));
}

#[test]
fn findings_usage_and_trouble_have_their_own_exits_and_the_api_asks_for_an_administrator() {
    let office = Office::open();
    let files = json!({"files": {"workflows/codes.yaml": "lists: {}"}});
    let reply = office.people.of("keeper").post("/api/v1/plans", &files).unwrap();
    reply.expect(403);
    let migration = json!({"instances": ["x"], "reason": "so"});
    office.people.of("keeper").post("/api/v1/migrations", &migration).unwrap().expect(403);
    let reply = office.people.of("steward").post("/api/v1/migrations", &migration).unwrap();
    assert_eq!(reply.expect(200)["items"][0]["refusal"]["code"], "unknown");
    let reply =
        office.people.of("steward").post("/api/v1/migrations", &json!({"reason": "so"})).unwrap();
    reply.expect(422);

    office.edit("next: {paid: written}", "next: {paid: writen}");
    let ran = office.plan();
    assert_eq!(ran.code, Some(1), "{}", ran.said());
    assert!(ran.stderr.contains("writen"), "{}", ran.stderr);
    let missing = office.house.path("nowhere.json").display().to_string();
    assert_eq!(
        office.run(&["migrate", &missing, "--instances", "all", "--reason", "x"], false).code,
        Some(3)
    );
    assert_eq!(
        office
            .run(&["migrate", "--to", "x", "--instances", "colour=red", "--reason", "x"], false)
            .code,
        Some(2)
    );
}
