//! What differs between two releases, by meaning: one edit of the house's files each, and what is told of it.

use std::collections::BTreeSet;

use xueji_definition::Sources;
use xueji_engine::plan::{Change, Class, Weight, difference};
use xueji_runtime::Release;

use crate::house::{builder, sources};

fn edited(edits: &[(&str, &str, &str)]) -> Sources {
    let mut sources = sources();
    for (path, from, to) in edits {
        let text = sources.files.get_mut(*path).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1);
    }
    sources
}

fn built(sources: &Sources) -> Release {
    builder()(sources).unwrap()
}

fn changes(edits: &[(&str, &str, &str)]) -> Vec<Change> {
    difference(&built(&sources()), &built(&edited(edits)))
}

const BOOKING: &str = "workflows/processes/booking.yaml";
const FORM: &str = "workflows/forms/booking.yaml";
const PARAMETERS: &str = "workflows/parameters.yaml";
const RULES: &str = "rules/booking.rhai";
const HEAD: &str = "{role: head, unit: subject.unit}, outcomes: [approve, return, reject]";

#[test]
fn comments_layout_examples_and_the_order_of_keys_are_no_change() {
    assert_eq!(changes(&[(BOOKING, "process: booking", "# words\nprocess:   booking")]), []);
    assert_eq!(
        changes(&[(
            BOOKING,
            "{role: head, unit: subject.unit}",
            "{unit: subject.unit, role: head}"
        )]),
        []
    );
    assert_eq!(changes(&[(RULES, "subject.bookings <", "// words\n  subject.bookings   <")]), []);
    assert_eq!(changes(&[("workflows/scenarios/booking.yaml", "顺利预订", "预订顺利")]), []);
    assert_eq!(changes(&[]), []);
}

/// Edits of files (file, old, new), and the change that is told: class, weight, words.
type Row = (&'static [(&'static str, &'static str, &'static str)], Class, Weight, &'static str);

#[test]
fn each_edit_is_told_once_under_its_class_and_weight() {
    use Class as C;
    use Weight as W;
    let cases: &[Row] = &[
        (
            &[(
                BOOKING,
                "title: {zh: 预订大厅, en: Booking a hall}",
                "title: {zh: 订厅, en: Hall}",
            )],
            C::Wording,
            W::Wording,
            "process-wording",
        ),
        (
            &[(BOOKING, "by: {role: guest, self: true}", "by: {role: keeper}")],
            C::Holder,
            W::Behaviour,
            "starter-changed",
        ),
        (
            &[(BOOKING, "  rules: [few-bookings]\n", "")],
            C::Rule,
            W::Behaviour,
            "rule-listed-otherwise",
        ),
        (&[(BOOKING, "  excludes: [booking]\n", "")], C::Rule, W::Behaviour, "exclusion-changed"),
        (
            &[(BOOKING, HEAD, "{role: keeper}, outcomes: [approve, return, reject]")],
            C::Holder,
            W::Behaviour,
            "holder-changed",
        ),
        (
            &[(
                BOOKING,
                HEAD,
                "{role: head, unit: subject.unit}, outcomes: [approve, reject, return, more]",
            )],
            C::Flow,
            W::Behaviour,
            "outcome-changed",
        ),
        (
            &[(BOOKING, "wait: {working-days: 2}", "wait: {working-days: 3}")],
            C::Wait,
            W::Behaviour,
            "wait-changed",
        ),
        (
            &[(
                BOOKING,
                "    next: {elapsed: written}",
                "    due: {days: 9}\n    next: {elapsed: written}",
            )],
            C::Deadline,
            W::Behaviour,
            "deadline-changed",
        ),
        (
            &[(BOOKING, "on: {objection: refused}", "on: {objection: written}")],
            C::Flow,
            W::Behaviour,
            "way-changed",
        ),
        (
            &[(BOOKING, "when: all, counts: [approve]", "when: any, counts: [approve]")],
            C::Flow,
            W::Behaviour,
            "join-changed",
        ),
        (
            &[(BOOKING, "number-it, count-it, say-so, paper]", "number-it, count-it, paper]")],
            C::Effect,
            W::Behaviour,
            "effect-listed-otherwise",
        ),
        (
            &[(BOOKING, "subject.bookings + 1", "subject.bookings + 2")],
            C::Effect,
            W::Behaviour,
            "effect-changed",
        ),
        (
            &[(BOOKING, "booked: {end: booked}", "booked: {end: done}")],
            C::Flow,
            W::Breaking,
            "result-changed",
        ),
        (
            &[(
                BOOKING,
                "      own-head:\n",
                "      own-head:\n        title: {zh: 厅长, en: Head}\n",
            )],
            C::Wording,
            W::Wording,
            "step-wording",
        ),
        (
            &[(FORM, "type: text}", "type: text, required: true}")],
            C::Form,
            W::Behaviour,
            "field-required",
        ),
        (&[(FORM, "min: 1, max: 500", "min: 1, max: 600")], C::Form, W::Behaviour, "field-limits"),
        (
            &[(FORM, "en: Seats}, type: number", "en: Seats}, type: text")],
            C::Form,
            W::Breaking,
            "field-type",
        ),
        (&[(FORM, "en: Reason}", "en: Why}")], C::Wording, W::Wording, "field-wording"),
        (
            &[(FORM, "  why:", "  more: {title: {zh: 备注, en: More}, type: text}\n  why:")],
            C::Form,
            W::Additive,
            "field-added",
        ),
        (&[(PARAMETERS, "value: 2", "value: 3")], C::Parameter, W::Behaviour, "value-changed"),
        (
            &[(PARAMETERS, "source: 习惯", "source: 规定")],
            C::Wording,
            W::Wording,
            "parameter-wording",
        ),
        (
            &[(RULES, "subject.bookings < ", "subject.bookings <= ")],
            C::Rule,
            W::Behaviour,
            "rule-changed",
        ),
        (&[(RULES, "@effect block", "@effect warn")], C::Rule, W::Behaviour, "rule-effect"),
        (
            &[(RULES, "@override-role keeper", "@override-role head")],
            C::Holder,
            W::Behaviour,
            "rule-override",
        ),
        (
            &[(RULES, "booked {subject.bookings} times", "{subject.bookings} times")],
            C::Wording,
            W::Wording,
            "rule-wording",
        ),
        (
            &[("workflows/codes.yaml", ", west: {zh: 西, en: West}", "")],
            C::Code,
            W::Breaking,
            "code-gone",
        ),
        (
            &[("workflows/codes.yaml", "east: {zh: 东, en: East}", "east: {zh: 东厅, en: East}")],
            C::Wording,
            W::Wording,
            "codes-wording",
        ),
        (
            &[("workflows/records.yaml", "type: money", "type: text")],
            C::Record,
            W::Behaviour,
            "record-type-changed",
        ),
        (
            &[("workflows/numbering.yaml", "{serial:3}", "{serial:4}")],
            C::Number,
            W::Behaviour,
            "series-changed",
        ),
        (
            &[("workflows/notices.yaml", "{form.seats} seats", "{form.seats}")],
            C::Wording,
            W::Wording,
            "notice-wording",
        ),
        (
            &[("workflows/calendars.yaml", "date: 2026-10-01", "date: 2026-10-02")],
            C::Calendar,
            W::Behaviour,
            "year-changed",
        ),
        (
            &[("workflows/documents/confirmation.html", "座位", "座")],
            C::Document,
            W::Behaviour,
            "document-changed",
        ),
        (
            &[("workflows/facts.yaml", "{records: guest}", "{records: guest}, order: [number]")],
            C::Fact,
            W::Behaviour,
            "query-changed",
        ),
        (
            &[("workflows/organisation.yaml", "  - {person: keeper, role: keeper}\n", "")],
            C::Organisation,
            W::Behaviour,
            "holder-changed",
        ),
    ];
    for (edits, class, weight, what) in cases {
        let found = changes(edits);
        let told: Vec<_> =
            found.iter().map(|one| (one.class, one.weight, one.what.as_str())).collect();
        assert_eq!(told, [(*class, *weight, *what)], "{edits:?}: {found:#?}");
        assert!(!found[0].words.zh.is_empty() && !found[0].words.en.is_empty());
    }
}

#[test]
fn steps_that_come_go_or_do_something_else_are_told_with_the_ways_that_lead_to_them() {
    let second = "\n  check:\n    title: {zh: 复核, en: Check}\n    user-task: {candidates: {role: keeper}, outcomes: [approve]}\n    next: {approve: publish}\n  publish:\n    wait";
    let found = changes(&[
        (BOOKING, "next: {approve: publish", "next: {approve: check"),
        (BOOKING, "\n  publish:\n    wait", second),
    ]);
    let what: Vec<_> =
        found.iter().map(|one| (one.what.as_str(), one.step.as_deref().unwrap())).collect();
    assert_eq!(what, [("step-added", "check"), ("way-changed", "both")]);
    assert_eq!(
        found[1].words.zh,
        "流程“预订大厅”步骤“both”：结果“approve”原去“publish”，改去“复核”"
    );
    // The other way round, the step is gone.
    let back = difference(
        &built(&edited(&[
            (BOOKING, "next: {approve: publish", "next: {approve: check"),
            (BOOKING, "\n  publish:\n    wait", second),
        ])),
        &built(&sources()),
    );
    assert_eq!((back[0].what.as_str(), back[0].weight), ("step-gone", Weight::Breaking));
    let other = changes(&[(
        BOOKING,
        "wait: {working-days: 2}\n    on: {objection: refused}\n    next: {elapsed: written}",
        "user-task: {candidates: {role: keeper}, outcomes: [done]}\n    next: {done: written}",
    )]);
    assert_eq!(other[0].what, "kind-changed");
}

#[test]
fn a_value_for_some_dates_and_cohorts_is_told_with_what_held_before_and_what_it_times() {
    let wait = (BOOKING, "wait: {working-days: 2}", "wait: {working-days: param.booking.max}");
    let before = built(&edited(&[
        wait,
        ("workflows/records.yaml", "id: number\n", "id: number\n    cohort: bookings\n"),
    ]));
    let after = built(&edited(&[
        wait,
        ("workflows/records.yaml", "id: number\n", "id: number\n    cohort: bookings\n"),
        (
            PARAMETERS,
            "source: 习惯}",
            "source: 习惯}, {value: 3, from: 2027-01-01, cohort-from: 2026, source: 新规}",
        ),
    ]));
    let found = difference(&before, &after);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].words.zh,
        "参数“上限”（booking.max）：自2027-01-01起、次数2026及以后，为 3，原来 2；用于“预订大厅·publish”的期限"
    );
    assert_eq!(
        found[0].words.en,
        "parameter “Limit” (booking.max): from 2027-01-01 on, Bookings 2026 and later: it is 3, before 2; it times “Booking a hall, publish”"
    );
}

#[test]
fn what_goes_by_a_parameter_is_told_through_facts_effects_and_forms_too() {
    let filled = [
        (
            "workflows/forms/booking.yaml",
            "fields:\n",
            "fields:\n  until: {title: {zh: 止, en: Until}, type: date}\n",
        ),
        (BOOKING, "effects:\n", "effects:\n  set-until: {fill: {until: fact.until}}\n"),
        (BOOKING, "wait: {working-days: 2}", "wait: {until: form.until}"),
        (
            "workflows/facts.yaml",
            "queries:\n",
            "facts:\n  until:\n    title: {zh: 止, en: Until}\n    calendar: {plus-working-days: param.booking.max}\nqueries:\n",
        ),
    ];
    let before = built(&edited(&filled));
    let more = (PARAMETERS, "value: 2", "value: 3");
    let after = built(&edited(&[&filled[..], &[more]].concat()));
    let found = difference(&before, &after);
    assert_eq!(
        found[0].words.zh,
        "参数“上限”（booking.max）：由 2 改为 3；用于“预订大厅·publish”的期限"
    );
}

#[test]
fn a_new_parameter_is_told_with_its_values() {
    let found = changes(&[(
        PARAMETERS,
        "parameters:\n",
        "parameters:\n  booking.least:\n    title: {zh: 下限, en: Least}\n    type: number\n    values: [{value: 1, source: 习惯}, {value: 2, from: 2027-01-01, source: 新规}]\n",
    )]);
    assert_eq!(
        found[0].words.zh,
        "参数“下限”（booking.least）：是新的，为 1；自2027-01-01起，为 2"
    );
}

#[test]
fn a_new_rule_is_told_to_be_idle_only_where_no_list_names_it() {
    let rule = "/// 新规\n/// New\n/// @id N1\n/// @effect warn\n/// @source D\n/// @reason zh 新\n/// @reason en new\nfn brand_new(subject) { subject.bookings > 0 }\n\n";
    let told = |listed: &str| {
        let mut new = edited(&[(BOOKING, "rules: [few-bookings]", listed)]);
        new.files.insert("rules/new.rhai".into(), rule.to_owned());
        let found = difference(&built(&sources()), &built(&new));
        found.into_iter().find(|change| change.what == "rule-added").unwrap().words.zh
    };
    assert_eq!(told("rules: [few-bookings, brand-new]"), "规则 N1“新规”：是新的");
    assert!(told("rules: [few-bookings]").ends_with("还没有列入任何清单，列入后才生效"));
}

#[test]
fn a_new_step_is_told_with_who_does_it_on_which_form_and_by_when() {
    let second = "\n  check:\n    user-task: {candidates: {role: keeper}, form: booking, outcomes: [done]}\n    due: {working-days: 3}\n    next: {done: publish}\n  publish:\n    wait";
    let found = changes(&[
        (BOOKING, "next: {approve: publish", "next: {approve: check"),
        (BOOKING, "\n  publish:\n    wait", second),
    ]);
    let step = found.iter().find(|change| change.what == "step-added").unwrap();
    assert_eq!(
        step.words.zh,
        "流程“预订大厅”步骤“check”：新增（人工办理，由管理员办理，表单“预订”，期限3个工作日）"
    );
}

#[test]
fn a_change_of_a_shared_step_points_at_the_shared_step() {
    const STEPS: &str = "workflows/steps.yaml";
    let shared = |days: u32, own: &str| {
        let mut sources = edited(&[(
            BOOKING,
            "user-task: {candidates: {role: keeper}, outcomes: [approve, return, reject]}",
            own,
        )]);
        let text = format!(
            "steps:\n  look:\n    title: {{zh: 看, en: Look}}\n    user-task: {{candidates: {{role: keeper}}, outcomes: [approve, return, reject]}}\n    due: {{working-days: {days}}}\n"
        );
        sources.files.insert(STEPS.into(), text);
        built(&sources)
    };
    let place = |old: &Release, new: &Release| {
        let found = difference(old, new);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].what.clone(), found[0].file.clone())
    };
    let told = |file: &str| ("deadline-changed".to_owned(), file.to_owned());
    assert_eq!(place(&shared(3, "use: look"), &shared(4, "use: look")), told(STEPS));
    let own = "use: look\n        due: {working-days: 5}";
    assert_eq!(place(&shared(3, "use: look"), &shared(3, own)), told(BOOKING));
}

#[test]
fn a_private_function_that_rules_share_changes_them_all() {
    let shared = |limit: u32| {
        let text = "private fn few(n) { n < LIMIT }\n\n/// 甲\n/// A\n/// @id A1\n/// @effect warn\n/// @source D\n/// @reason zh 甲\n/// @reason en a\nfn a(subject) { few(subject.bookings) }\n\n/// 乙\n/// B\n/// @id A2\n/// @effect warn\n/// @source D\n/// @reason zh 乙\n/// @reason en b\nfn b(subject) { subject.bookings > 0 }\n";
        let mut sources = sources();
        sources.files.insert("rules/shared.rhai".into(), text.replace("LIMIT", &limit.to_string()));
        built(&sources)
    };
    let found = difference(&shared(2), &shared(3));
    assert_eq!(found.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["rule-changed"]);
    assert!(found[0].words.zh.contains("A1"), "{:?}", found[0].words);
}

#[test]
fn processes_come_and_go_whole() {
    let mut fewer = sources();
    fewer.files.remove("workflows/processes/party.yaml");
    let (all, fewer) = (built(&sources()), built(&fewer));
    let one = |found: Vec<Change>| {
        let told: BTreeSet<_> =
            found.iter().map(|c| (c.what.clone(), c.weight, c.process.clone())).collect();
        told.into_iter().next().unwrap()
    };
    assert_eq!(
        one(difference(&all, &fewer)),
        ("process-gone".into(), Weight::Breaking, Some("party".into()))
    );
    assert_eq!(
        one(difference(&fewer, &all)),
        ("process-added".into(), Weight::Additive, Some("party".into()))
    );
}
