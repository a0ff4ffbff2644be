//! Where names lead, what they mean, and how they are renamed.

use xueji_editor::{Language, Workspace};

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
fn what_a_key_is_for_is_told_in_the_editors_language_alone() {
    let english = house();
    let chinese = speaking(english.sources().clone(), Language::Zh);
    let due = "due: {working-d⌶ays: 3, remind";
    assert_eq!(
        told(&english, PROCESS, due),
        "`working-days` — In so many working days; the starting day is not counted."
    );
    assert_eq!(told(&chinese, PROCESS, due), "`working-days` — 几个工作日以内；当天不算");
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
}

#[test]
fn an_outcome_is_renamed_with_its_ways_joins_stories_and_what_sends_it() {
    assert_eq!(
        renamed(PROCESS, "outcomes: [f⌶it, unfit]", "suitable"),
        ["hall-booking.yaml:37", "hall-booking.yaml:40"],
        "the task and its way"
    );
    assert_eq!(
        renamed(PROCESS, "next: {fr⌶ee: which", "vacant"),
        ["hall-booking.yaml:26", "hall-booking.yaml:50", "hall-booking.yaml:52"],
        "a wait, its way, and the effect that sends the answer"
    );
    assert_eq!(
        renamed("workflows/processes/hall-cleaning.yaml", "{end: clea⌶ned}", "swept"),
        ["hall-booking.yaml:58", "hall-cleaning.yaml:15"],
        "the called process ends so, and the caller goes on; the task's own outcome stays"
    );
}

/// A join counts an outcome of one branch's task and of another's ends; a story answers it, and a query asks for the result.
fn with_joined() -> Workspace {
    let mut workspace = house();
    let mut write = |path: &str, old: &str, new: &str| {
        edit(&mut workspace, path, old, &format!("{new}⌶"));
    };
    write(
        PROCESS,
        "      office:\n",
        "      watch:\n        user-task: {candidates: {role: clerk}, outcomes: [clear, noisy]}\n      office:\n",
    );
    write(PROCESS, "fits: {end: approve}", "fits: {end: clear}");
    write(
        PROCESS,
        "counts: [approve], at-once: [reject, return]",
        "counts: [clear, approve], at-once: [noisy, reject, return]",
    );
    write(
        PROCESS,
        "next: {approve: which, reject",
        "next: {approve: which, noisy: refused, reject",
    );
    write(
        "workflows/scenarios/hall-booking.yaml",
        "outcome: approve}\n",
        "outcome: approve}\n      - by: bo\n        complete: {step: watch, outcome: clear}\n        expect: {result: approved}\n",
    );
    write(
        "workflows/facts.yaml",
        "{field: step, is: queue}",
        "{field: step, is: queue}, {field: result, is-not: approved}",
    );
    workspace
}

fn places(workspace: &Workspace, path: &str, piece: &str) -> Vec<String> {
    let found = workspace.references(path, at(workspace, path, piece), true).into_iter();
    let shown = found.map(|place| {
        let file = place.uri.as_str().rsplit('/').next().unwrap().to_owned();
        format!("{file}:{}", place.range.start.line + 1)
    });
    shown.collect()
}

#[test]
fn an_outcome_is_one_in_all_branches_that_a_join_counts_and_in_stories() {
    let workspace = with_joined();
    assert_eq!(
        places(&workspace, PROCESS, "outcomes: [cl⌶ear, noisy]"),
        [
            "hall-booking.yaml:35",
            "hall-booking.yaml:43",
            "hall-booking.yaml:45",
            "hall-booking.yaml:14"
        ],
        "the task, the other branch's end, the join, the story"
    );
    assert_eq!(
        places(&workspace, PROCESS, "outcomes: [clear, no⌶isy]"),
        ["hall-booking.yaml:35", "hall-booking.yaml:45", "hall-booking.yaml:46"],
        "the task, the join, and the way of the join that answers it"
    );
    assert_eq!(
        places(&workspace, PROCESS, "booked: {end: app⌶roved"),
        ["facts.yaml:26", "hall-booking.yaml:61", "hall-booking.yaml:15"],
        "the end, the story that expects it, the query that asks for it"
    );
    let found = offers(
        &workspace,
        "workflows/scenarios/hall-booking.yaml",
        at(&workspace, "workflows/scenarios/hall-booking.yaml", "step: watch, outcome: cl⌶ear"),
    );
    assert_eq!(found[..2], ["clear", "noisy"], "{found:?}");
}

#[test]
fn an_outcome_that_the_engine_knows_or_that_is_taken_is_refused() {
    let story = "workflows/scenarios/hall-booking.yaml";
    assert!(refused(story, "outcome: app⌶rove", "x").contains("the engine knows"));
    assert!(refused(PROCESS, "outcomes: [f⌶it, unfit]", "return").contains("the engine knows"));
    assert!(refused(PROCESS, "outcomes: [f⌶it, unfit]", "unfit").contains("already"));
    let workspace = with_joined();
    let clear = at(&workspace, PROCESS, "outcomes: [cl⌶ear, noisy]");
    let refusal = workspace.rename(PROCESS, clear, "noisy", true).unwrap_err();
    assert!(refusal.0.en.contains("already"), "{}", refusal.0.en);
}

#[test]
fn code_lists_and_record_types_are_found_where_papers_and_messages_name_them() {
    let mut workspace = house();
    edit(
        &mut workspace,
        "workflows/documents/receipt.html",
        "<p>{{ form.booking_no }}</p>",
        "<p>{{ code(\"kinds\", \"old\") }} {{ label('member', subject.id) }}</p>⌶",
    );
    edit(
        &mut workspace,
        "workflows/notices.yaml",
        "{zh: \"您{form.day}的",
        "{zh: '您{code(\"kinds\", form.kind)}{form.day}的⌶",
    );
    let text = workspace
        .text("workflows/notices.yaml")
        .unwrap()
        .replace("预订号是{form.booking_no}。\", en", "预订号是{form.booking_no}。', en");
    workspace.set("workflows/notices.yaml", text);
    let kinds = places(&workspace, "workflows/codes.yaml", "  ki⌶nds:");
    assert!(kinds.contains(&"receipt.html:1".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"notices.yaml:5".to_owned()), "{kinds:?}");
    let old = places(&workspace, "workflows/codes.yaml", "      o⌶ld: {zh");
    assert!(old.contains(&"receipt.html:1".to_owned()), "{old:?}");
    let member = places(&workspace, "workflows/records.yaml", "  mem⌶ber:\n");
    assert!(member.contains(&"receipt.html:1".to_owned()), "{member:?}");
    let paper = "workflows/documents/receipt.html";
    assert_eq!(defined(&workspace, paper, "code(\"ki⌶nds"), ["codes.yaml:3"]);
}
