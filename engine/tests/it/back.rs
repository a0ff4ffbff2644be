//! Decided cases judged again under edited files: what changes, what does not, and what nobody can tell.

use std::sync::Arc;

use jiff::civil::date;
use xueji_definition::Sources;
use xueji_engine::Engine;
use xueji_engine::backtest::{ChangeKind, Consequence, Era, Report, Why, backtest};

use crate::house::{at, builder, complete, house, sources, start};

const FORM: &str = "workflows/forms/booking.yaml";
const PARAMETERS: &str = "workflows/parameters.yaml";
const PROCESS: &str = "workflows/processes/booking.yaml";
const RULES: &str = "rules/booking.rhai";

/// The files, with words in one of them replaced by others.
fn edited(changes: &[(&str, &str, &str)]) -> Sources {
    let mut files = sources();
    for (path, old, new) in changes {
        let text = files.files.get_mut(*path).unwrap();
        assert!(text.contains(old), "{path} does not hold {old}");
        *text = text.replace(old, new);
    }
    files
}

/// A house in which guest 1 has booked a hall, and guest 2 has been refused one.
fn decided() -> Engine {
    let (_store, engine) = house(2);
    let booked = start(&engine, "booking", "1");
    complete(&engine, &booked, "own-head", "", "approve", "east-head").unwrap();
    complete(&engine, &booked, "keeper-look", "", "approve", "keeper").unwrap();
    let refused = start(&engine, "booking", "2");
    complete(&engine, &refused, "keeper-look", "", "reject", "keeper").unwrap();
    engine.advance(at("2026-10-08T01:00:00Z")).unwrap();
    engine
}

fn judged(engine: &Engine, changes: &[(&str, &str, &str)]) -> Report {
    let release = Arc::new(builder()(&edited(changes)).unwrap());
    let era = Era { since: date(2026, 9, 1), until: None, process: None, open: false };
    backtest(&engine.past(), &era, &release, engine.live().calendar.offset()).unwrap()
}

#[test]
fn the_same_files_change_no_verdict() {
    let engine = decided();
    let report = judged(&engine, &[]);
    assert_eq!((report.cases, report.cases_changed), (2, 0));
    assert!(report.verdicts >= 4, "two rules of two cases: {report:?}");
    assert_eq!(report.same, report.verdicts);
    assert_eq!((report.changes.len(), report.cannot_tell.len()), (0, 0));
}

#[test]
fn a_limit_that_is_lower_blocks_what_went_on_and_says_so_with_both_limits() {
    let engine = decided();
    let report = judged(&engine, &[(PARAMETERS, "value: 2", "value: 0")]);
    assert_eq!(report.changes.len(), 2, "{report:?}");
    let change = &report.changes[0];
    assert_eq!(change.kind, ChangeKind::Verdict);
    let (then, now) = (change.then.as_ref().unwrap(), change.now.as_ref().unwrap());
    assert_eq!((then.says.as_str(), now.says.as_str()), ("satisfied", "not-satisfied"));
    assert_eq!(now.reason.zh, "已预订0次，上限0次");
    assert_eq!((then.consequence, now.consequence), (Consequence::GoesOn, Consequence::Blocked));
    let parameter = &change.parameters[0];
    assert_eq!(parameter.name, "booking.max");
    assert_eq!((parameter.then.as_i64(), parameter.now.as_i64()), (Some(2), Some(0)));
    let count = report.rules.iter().find(|count| count.rule == "few-bookings").unwrap();
    assert_eq!((count.verdicts, count.changed, count.now_blocks), (2, 2, 2));
}

#[test]
fn a_limit_of_the_edited_files_holds_only_for_its_dates() {
    let engine = decided();
    let later = "value: 2, source: 习惯}, {value: 0, from: 2026-10-01";
    let report = judged(&engine, &[(PARAMETERS, "value: 2", later)]);
    assert!(report.changes.is_empty(), "both cases started before: {:?}", report.changes);
}

#[test]
fn what_the_rule_reads_now_and_nobody_recorded_cannot_be_told() {
    let engine = decided();
    let rule =
        (RULES, "subject.bookings < param.booking.max }", "subject.fee < param.booking.max }");
    let report = judged(&engine, &[rule]);
    assert!(report.changes.is_empty(), "{:?}", report.changes);
    assert_eq!(report.cannot_tell.len(), 2);
    assert_eq!(report.cannot_tell[0].why, Why::NotRecorded("subject.fee".to_owned()));
    // A question whether it is there is no way round.
    let asks = r#"!subject.has("fee") || subject.fee < param.booking.max }"#;
    let report = judged(&engine, &[(rule.0, rule.1, asks)]);
    assert_eq!(report.cannot_tell.len(), 2, "{report:?}");
}

#[test]
fn a_no_whose_reason_alone_reads_what_nobody_recorded_is_told_with_a_gap_in_its_words() {
    let engine = decided();
    let report = judged(
        &engine,
        &[
            (RULES, "已预订{subject.bookings}次", "费用{subject.fee}，已预订{subject.bookings}次"),
            (PARAMETERS, "value: 2", "value: 0"),
        ],
    );
    assert_eq!((report.changes.len(), report.cannot_tell.len()), (2, 0), "{report:?}");
    let now = report.changes[0].now.as_ref().unwrap();
    assert_eq!(now.reason.zh, "费用「缺」，已预订0次，上限0次");
}

/// A further rule in the list of the start.
fn further<'a>(body: &'a str, list: &'a str) -> [(&'static str, &'a str, &'a str); 2] {
    [(RULES, "/// 预订次数未到上限", body), (PROCESS, "rules: [few-bookings]", list)]
}

#[test]
fn a_rule_new_in_the_list_is_judged_on_what_others_read_and_on_the_form() {
    let engine = decided();
    let list = "rules: [few-bookings, never-booked]";
    let body = "/// 从未预订\n/// Never booked\n/// @id B2\n/// @effect block\n/// @source P\n/// @reason zh 订过\n\
                /// @reason en booked\nfn never_booked(subject) { subject.bookings == 0 }\n\n/// 预订次数未到上限";
    let report = judged(&engine, &further(body, list));
    assert_eq!((report.changes.len(), report.cannot_tell.len()), (0, 0), "{report:?}");
    let count = report.rules.iter().find(|count| count.rule == "never-booked").unwrap();
    assert_eq!(count.verdicts, 2);

    let body = "/// 写明事由\n/// A reason is given\n/// @id B2\n/// @effect warn\n/// @source P\n/// @reason zh 没有事由\n\
                /// @reason en no reason\nfn never_booked(form) { form.has(\"why\") }\n\n/// 预订次数未到上限";
    let report = judged(&engine, &further(body, list));
    let kinds: Vec<_> = report.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Added; 2], "the reason was asked for, and left empty");
    assert_eq!(report.changes[0].now.as_ref().unwrap().consequence, Consequence::Warned);
}

#[test]
fn a_field_that_the_form_did_not_have_then_was_not_left_empty() {
    let engine = decided();
    let body = "/// 红色\n/// Red\n/// @id B2\n/// @effect warn\n/// @source P\n/// @reason zh 不红\n/// @reason en not red\n\
                fn red(form) { form.has(\"colour\") }\n\n/// 预订次数未到上限";
    let mut changes = further(body, "rules: [few-bookings, red]").to_vec();
    let field = "fields:\n  colour: {title: {zh: 颜色, en: Colour}, type: text}";
    changes.push((FORM, "fields:", field));
    let report = judged(&engine, &changes);
    assert!(report.changes.is_empty(), "{:?}", report.changes);
    assert_eq!(report.cannot_tell[0].why, Why::NotRecorded("form.colour".to_owned()));
}

#[test]
fn a_rule_taken_off_the_list_changes_nothing_where_it_was_satisfied() {
    let engine = decided();
    let report = judged(&engine, &[(PROCESS, "rules: [few-bookings]", "rules: []")]);
    assert!(report.changes.is_empty(), "{:?}", report.changes);
}

#[test]
fn cases_that_go_on_are_judged_only_when_asked_for_and_others_by_their_day() {
    let engine = decided();
    let open = start(&engine, "booking", "2");
    let release = Arc::new(builder()(&sources()).unwrap());
    let cases = |since, until, open| {
        let era = Era { since, until, process: Some("booking".to_owned()), open };
        backtest(&engine.past(), &era, &release, engine.live().calendar.offset()).unwrap().cases
    };
    assert_eq!(cases(date(2026, 9, 1), None, false), 2);
    assert_eq!(cases(date(2026, 9, 1), None, true), 3, "{open} goes on");
    assert_eq!(cases(date(2026, 10, 1), None, true), 1);
    assert_eq!(cases(date(2026, 9, 1), Some(date(2026, 9, 30)), true), 2);
}

#[test]
fn nothing_in_the_store_is_touched() {
    let (store, engine) = house(1);
    let id = start(&engine, "booking", "1");
    complete(&engine, &id, "keeper-look", "", "reject", "keeper").unwrap();
    engine.settle().unwrap();
    let before = crate::crash::entries(&store.clone().after_power_cut(0));
    let report = judged(&engine, &[(PARAMETERS, "value: 2", "value: 0")]);
    assert_eq!(report.changes.len(), 1);
    assert_eq!(before, crate::crash::entries(&store.after_power_cut(0)));
}
