//! `xueji serve --sample`: one command, and there is an office with people, records and live cases in every process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod office;
mod transfer;

use std::collections::BTreeSet;

use office::Office;
use xueji_tests::tree;

/// The people who take part (processes §1.5), as `organisation.yaml` names their roles.
fn roles() -> Vec<String> {
    let text = tree::text(&tree::root().join("workflows/organisation.yaml"));
    let (_, roles) = text.split_once("\nroles:\n").unwrap();
    let own = roles.lines().take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let names = own.filter(|line| {
        line.starts_with("  ") && !line.starts_with("   ") && !line.trim().starts_with('#')
    });
    names.map(|line| line.trim().split(':').next().unwrap().to_owned()).collect()
}

fn processes() -> Vec<String> {
    let files = tree::files(&tree::root().join("workflows/processes"), "yaml");
    files.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn the_first_start_says_in_one_line_where_it_is() {
    let said = office::said_first();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("http://127.0.0.1:"), "{said}");
}

#[test]
fn everybody_whom_the_processes_need_has_a_token_that_works() {
    let office = Office::open();
    let roles = roles();
    assert!(roles.len() > 15, "{roles:?}");
    for role in &roles {
        let me = office.holder(role, None).read("/api/v1/me");
        let held = me["roles"].as_array().unwrap().iter().any(|held| held["role"] == *role);
        assert!(held, "{role}: {me}");
    }
    for person in &office.people {
        assert!(person["name"].as_str().is_some_and(|name| !name.is_empty()), "{person}");
        assert!(person["token"].is_string() && person["roles"][0]["role"].is_string(), "{person}");
    }
    assert_eq!(
        office.server.client().get("/api/v1/me").unwrap().status,
        401,
        "without a token nothing is told"
    );
}

#[test]
fn there_are_two_thousand_students_of_five_grades_with_sound_identity_numbers() {
    let office = Office::open();
    let students = office.holder("registry_clerk", None).all("/api/v1/records/student");
    assert!(students.len() >= 2_000, "{}", students.len());
    let grades: BTreeSet<u64> =
        students.iter().filter_map(|student| student["values"]["grade"].as_u64()).collect();
    assert!(grades.len() >= 5, "{grades:?}");
    for student in &students {
        let number = student["values"]["id_no"].as_str().unwrap_or_default();
        assert!(number.starts_with("500199"), "an area that is no place: {student}");
        assert!(checks(number), "{student}");
    }
    // Others see them masked, but of those on whom they have something to decide.
    let clerk = office.holder("college_clerk", Some("01"));
    let inbox = clerk.all("/api/v1/tasks?mine=true");
    let decides: Vec<&str> =
        inbox.iter().filter_map(|task| task["subject"]["id"].as_str()).collect();
    let seen = clerk.all("/api/v1/records/student?college_code=01");
    let others = seen.iter().filter(|student| !decides.contains(&student["id"].as_str().unwrap()));
    assert!(others.clone().count() > 100);
    for student in others {
        let number = student["values"]["id_no"].as_str().unwrap_or_default();
        assert!(number.contains('*'), "{student}");
    }
}

/// Returns whether the check digit of an identity number (GB 11643) is right.
fn checks(number: &str) -> bool {
    let digits: Vec<u32> =
        number.chars().map_while(|c| c.to_digit(10).or((c == 'X').then_some(10))).collect();
    // The weights are the powers of two, modulo 11.
    let sum = digits
        .iter()
        .rev()
        .fold((0, 1), |(sum, weight), digit| (sum + digit * weight, weight * 2 % 11))
        .0;
    digits.len() == 18 && sum % 11 == 1
}

#[test]
fn there_are_cases_in_all_ten_processes_at_different_steps() {
    let office = Office::open();
    let registry = office.holder("aao_head", None);
    let processes = processes();
    assert_eq!(processes.len(), 10, "{processes:?}");
    let mut steps = BTreeSet::new();
    for process in &processes {
        let cases = registry.all(&format!("/api/v1/instances?process={process}"));
        assert!(!cases.is_empty(), "{process} has no case");
        for task in registry.all(&format!("/api/v1/tasks?process={process}")) {
            steps.insert(format!("{process}/{}", task["step"].as_str().unwrap()));
        }
    }
    assert!(steps.len() >= 15, "{steps:?}");
    let open = registry.all("/api/v1/instances?state=open");
    let with_open: BTreeSet<&str> =
        open.iter().filter_map(|case| case["process"].as_str()).collect();
    assert_eq!(with_open.len(), 10, "each process has a live case: {with_open:?}");
}

#[test]
fn the_sample_is_there_again_after_a_restart_with_the_same_tokens() {
    let office = Office::open();
    let cases = office.holder("aao_head", None).all("/api/v1/instances");
    let before = office.holder("aao_head", None).read("/api/v1/clock");
    let office = office.again();
    assert_eq!(office.holder("aao_head", None).all("/api/v1/instances"), cases);
    let after = office.holder("aao_head", None).read("/api/v1/clock");
    assert!(before["now"].as_str().unwrap() <= after["now"].as_str().unwrap(), "{before}, {after}");
    assert!(
        after["now"].as_str().unwrap().starts_with("2026-12-23T01:"),
        "the clock goes on where it stood: {after}"
    );
}

#[test]
fn the_pages_and_the_reference_are_served_by_the_server_itself() {
    let office = Office::open();
    let client = office.server.client();
    for path in ["/", "/api/v1/reference", "/livez", "/readyz", "/metrics"] {
        assert_eq!(client.get(path).unwrap().status, 200, "{path}");
    }
    let document = client.get("/api/v1/openapi.json").unwrap().json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    for path in [
        "/api/v1/processes/{id}/check",
        "/api/v1/instances",
        "/api/v1/tasks/{id}/complete",
        "/api/v1/tasks/complete",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
    for path in ["/", "/api/v1/reference"] {
        let page = client.get(path).unwrap().text();
        let foreign = page.match_indices("src=\"http").count()
            + page.match_indices("<link href=\"http").count();
        assert_eq!(foreign, 0, "{path} fetches from elsewhere");
    }
}
