//! Where names lead, what they mean, and how they are renamed.

use crate::house::*;

#[test]
fn names_lead_to_where_they_are_defined() {
    let workspace = house();
    let go = |path: &str, piece: &str| defined(&workspace, path, piece);
    assert_eq!(go(PROCESS, "rules: [not-in-the-past, few-boo⌶kings]"), ["hall.rhai:18"]);
    assert_eq!(go(PROCESS, "{when: hall-f⌶ree, next"), ["hall.rhai:34"]);
    assert_eq!(go(PROCESS, "next: {done: clea⌶ning}"), ["hall-booking.yaml:56"]);
    assert_eq!(go(PROCESS, "escalate-to: he⌶ad"), ["organisation.yaml:10"]);
    assert_eq!(go(PROCESS, "{when: form.gu⌶ests > 100"), ["hall-booking.yaml:6"]);
    assert_eq!(go(PROCESS, "fee: param.hall.f⌶ee}"), ["parameters.yaml:3"]);
    assert_eq!(go(PROCESS, "use: opin⌶ion"), ["steps.yaml:3"]);
    assert_eq!(go(PROCESS, "call: {process: hall-cl⌶eaning"), ["hall-cleaning.yaml:2"]);
    assert_eq!(go(PROCESS, "template: rec⌶eipt"), ["receipt.html:1"]);
    assert_eq!(go(PROCESS, "compute: {bookings: subject.boo⌶kings + 1}"), ["records.yaml:16"]);
    assert_eq!(go(PROCESS, "materials.pl⌶an]"), ["hall-booking.yaml:5"]);
    assert_eq!(go(RULES, "fn not_in_the_past(form, today) { form.d⌶ay"), ["hall-booking.yaml:5"]);
    assert_eq!(go(RULES, "{ fact.bookings⌶_open < param"), ["facts.yaml:3"]);
    assert_eq!(go(RULES, "subject.kind == \"o⌶ld\""), ["codes.yaml:6"]);
    assert_eq!(go(RULES, "@override-role he⌶ad"), ["organisation.yaml:10"]);
    assert_eq!(
        go("workflows/scenarios/hall-booking.yaml", "complete: {step: keeper-op⌶inion"),
        ["hall-booking.yaml:30"]
    );
    assert_eq!(go("workflows/facts.yaml", "{field: step, is: que⌶ue}"), ["hall-booking.yaml:49"]);
}

#[test]
fn uses_are_found_across_files() {
    let workspace = house();
    let count = |path: &str, piece: &str| {
        workspace.references(path, at(&workspace, path, piece), false).len()
    };
    assert_eq!(count(RULES, "fn few_boo⌶kings"), 1);
    assert_eq!(
        count("workflows/organisation.yaml", "  kee⌶per: {title"),
        5,
        "a form of the process, a notice, rows, and holders"
    );
    assert_eq!(count("workflows/forms/hall-booking.yaml", "  gue⌶sts: {title"), 4);
    assert_eq!(count("workflows/parameters.yaml", "  hall.f⌶ee:"), 2);
}

#[test]
fn a_name_is_told_with_its_words_article_values_and_codes() {
    let workspace = house();
    let rule = told(&workspace, PROCESS, "rules: [not-in-the-past, few-boo⌶kings]");
    assert!(
        rule.contains("预订次数不多 · There are few bookings") && rule.contains("effect: block"),
        "{rule}"
    );
    let parameter = told(&workspace, PROCESS, "fee: param.hall.f⌶ee}");
    assert!(
        parameter.contains("**20.5**　from 2026-01-01　to 2026-12-31　source 章程"),
        "{parameter}"
    );
    let code = told(&workspace, RULES, "subject.kind == \"o⌶ld\"");
    assert!(code.contains("旧 · old"), "{code}");
    let key = told(&workspace, PROCESS, "withdraw-un⌶til");
    assert!(key.starts_with("`withdraw-until` — "), "{key}");
    let function = told(&workspace, RULES, "form.h⌶as(\"fee\")");
    assert!(function.contains("has("), "{function}");
}

#[test]
fn a_name_is_renamed_in_every_file() {
    assert_eq!(
        renamed(RULES, "fn few_boo⌶kings", "not_many"),
        ["hall.rhai:18", "hall-booking.yaml:9"]
    );
    assert_eq!(renamed(PROCESS, "rules: [not-in-the-past, few-boo⌶kings]", "not-many").len(), 2);
    assert_eq!(
        renamed(PROCESS, "      keeper-op⌶inion:", "first-look"),
        [
            "hall-booking.yaml:30",
            "hall-booking.yaml:39",
            "hall-booking.yaml:10",
            "hall-booking.yaml:12"
        ]
    );
    assert_eq!(renamed("workflows/codes.yaml", "      o⌶ld: {zh", "former").len(), 5);
    assert_eq!(
        renamed("workflows/forms/hall-booking.yaml", "  gue⌶sts: {title", "people").len(),
        5
    );
    assert_eq!(renamed("workflows/parameters.yaml", "  hall.f⌶ee:", "hall.price").len(), 3);
    assert_eq!(renamed("workflows/facts.yaml", "  bookings_o⌶pen:", "open_ones").len(), 4);
    assert_eq!(renamed("workflows/organisation.yaml", "  kee⌶per: {title", "warden").len(), 6);
    assert_eq!(renamed("workflows/records.yaml", "      boo⌶kings: {title", "times").len(), 3);
}

#[test]
fn a_thing_that_is_a_file_is_renamed_with_its_file() {
    let places = renamed(PROCESS, "call: {process: hall-cl⌶eaning", "hall-sweeping");
    assert!(
        places.contains(&"workflows/processes/hall-sweeping.yaml is new".to_owned()),
        "{places:?}"
    );
    let workspace = house();
    let refusal = workspace.rename(
        PROCESS,
        at(&workspace, PROCESS, "call: {process: hall-cl⌶eaning"),
        "hall-sweeping",
        false,
    );
    assert_eq!(refusal.unwrap_err().0.en, "this editor cannot rename files: rename the file first");
}

#[test]
fn a_name_that_clashes_is_misspelt_or_unknown_is_refused() {
    assert!(
        refused(PROCESS, "next: {done: clea⌶ning}", "queue")
            .starts_with("there is a step `queue` already")
    );
    assert!(refused(PROCESS, "next: {done: clea⌶ning}", "Queue_2").contains("is misspelt"));
    assert!(
        refused(PROCESS, "next: {done: clea⌶ning}", "start").starts_with("there is a step `start`")
    );
    assert!(
        refused(RULES, "fn few_boo⌶kings", "fee_known")
            .starts_with("there is a rule `fee-known` already")
    );
    assert!(
        refused("workflows/scenarios/hall-booking.yaml", "outcome: app⌶rove", "x")
            .contains("cannot be renamed")
    );
}
