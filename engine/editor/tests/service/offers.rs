//! What is offered while one types.

use lsp_types::CompletionTextEdit;

use crate::house::*;

#[test]
fn names_of_every_kind_are_offered_where_they_may_stand() {
    completes(
        PROCESS,
        "rules: [not-in-the-past, few-bookings]",
        "rules: [not-in-the-past, f⌶]",
        &["few-bookings", "fee-known"],
    );
    completes(
        PROCESS,
        "by: {role: member, self: true}\n",
        "by: {role: ⌶\n",
        &["member", "keeper", "head"],
    );
    completes(
        PROCESS,
        "next: {approve: which, reject",
        "next: {approve: ⌶, reject",
        &["which", "queue", "start"],
    );
    completes(PROCESS, "next: {free: which, elapsed: refused}", "next: {⌶}", &["free", "elapsed"]);
    completes(
        PROCESS,
        "service-task: [number, paper,",
        "service-task: [number, ⌶,",
        &["paper", "write"],
    );
    completes(PROCESS, "use: opinion", "use: ⌶", &["opinion"]);
    completes(PROCESS, "values: {state: open}", "values: {state: ⌶}", &["open", "void"]);
    completes(PROCESS, "values: {state: open}", "values: {⌶}", &["member", "fee"]);
    completes(
        PROCESS,
        "call: {process: hall-cleaning, form: {day: form.day}}",
        "call: {process: hall-cleaning, form: {⌶}}",
        &["day"],
    );
    completes(
        "workflows/organisation.yaml",
        "{person: bo, role: clerk}",
        "{person: ⌶, role: clerk}",
        &["anna", "bo"],
    );
    completes("workflows/organisation.yaml", "parent: house", "parent: ⌶", &["club-a"]);
    completes(
        "workflows/scenarios/hall-booking.yaml",
        "complete: {step: keeper-opinion,",
        "complete: {step: ⌶,",
        &["keeper-opinion", "look"],
    );
}

#[test]
fn keys_and_words_of_the_schema_are_offered_with_what_they_mean() {
    completes(PROCESS, "withdraw-until: write-in\n", "ab⌶\n", &["about", "forbid"]);
    completes(
        "workflows/forms/hall-booking.yaml",
        "type: number, min: 1",
        "type: ⌶, min: 1",
        &["number", "long-text"],
    );
    let mut workspace = house();
    let at = edit(&mut workspace, PROCESS, "withdraw-until: write-in\n", "ab⌶\n");
    let about =
        workspace.completion(PROCESS, at).into_iter().find(|item| item.label == "about").unwrap();
    assert!(about.detail.is_some());
    let Some(CompletionTextEdit::Edit(edit)) = about.text_edit else { panic!("no edit") };
    assert_eq!((edit.new_text.as_str(), edit.range.start.character), ("about: ", 0));
}

#[test]
fn expressions_and_rules_are_offered_roots_fields_facts_parameters_codes_and_functions() {
    completes(
        PROCESS,
        "{when: form.guests > 100,",
        "{when: form.⌶ > 100,",
        &["guests", "day", "materials", "has"],
    );
    completes(
        PROCESS,
        "wait: {days: param.hall.wait,",
        "wait: {days: param.hall.⌶,",
        &["wait", "fee"],
    );
    completes(PROCESS, "{when: form.guests > 100,", "{when: ⌶,", &["form", "subject", "fact"]);
    completes(RULES, "form.day >= today }", "form.⌶ }", &["day", "guests"]);
    completes(
        RULES,
        "fact.bookings_open < param",
        "fact.⌶ < param",
        &["bookings_open", "spring_open"],
    );
    completes(RULES, "subject.kind == \"old\"", "subject.kind == \"⌶", &["old", "new"]);
    completes(
        RULES,
        "{ subject.kind == \"old\"",
        "{ subject.name.⌶ == \"old\"",
        &["len", "contains"],
    );
    completes(RULES, "@override-role head", "@override-role ⌶", &["keeper"]);
    completes(RULES, "/// @id H2", "/// @⌶", &["@article"]);
    completes(RULES, "/// @id H2", "/// @effect ⌶", &["block", "hold", "require", "rank"]);
    completes(RULES, "/// @id H2", "/// @source ⌶", &["R", "R*", "D"]);
    completes(
        "workflows/documents/receipt.html",
        "{{ form.booking_no }}",
        "{{ form.⌶ }}",
        &["guests"],
    );
    completes(PROCESS, "rests-on: [form.day,", "rests-on: [form.⌶,", &["day", "guests"]);
    completes(
        "workflows/facts.yaml",
        "{field: member, same-as: subject.id}, {field: state",
        "{field: ⌶}, {field: state",
        &["member", "fee"],
    );
    completes("workflows/notices.yaml", "\"您{form.day}的", "\"您{form.⌶}的", &["guests"]);
}

#[test]
fn behind_a_value_only_the_functions_of_its_type_are_offered() {
    let behind = |value: &str| {
        let mut workspace = house();
        let at = edit(&mut workspace, RULES, "form.day >= today }", &format!("{value}.⌶ }}"));
        offers(&workspace, RULES, at)
    };
    let has = |value: &str, name: &str| behind(value).iter().any(|offer| offer == name);
    assert!(has("form.day", "year") && !has("form.day", "upper") && !has("form.day", "round"));
    assert!(has("form.guests", "round") && !has("form.guests", "year"));
    assert!(has("today", "year") && !has("today", "len"));
    assert!(has("param.hall.most", "abs") && !has("param.hall.most", "starts_with"));
    let mut workspace = house();
    let text = edit(&mut workspace, RULES, "subject.kind == \"old\"", "subject.kind.⌶ == \"old\"");
    let text = offers(&workspace, RULES, text);
    assert!(text.contains(&"upper".to_owned()) && !text.contains(&"year".to_owned()), "{text:?}");
    assert!(has("fact.bookings_open", "year"), "of what is not known, all are");
}

#[test]
fn fields_within_fields_are_offered_in_expressions_rules_papers_and_stories() {
    let form = "workflows/forms/hall-booking.yaml";
    let nested = "  guests: {title: {zh: 人数, en: Guests}, type: number, min: 1, max: 900}\n  place:\n    title: {zh: 地点, en: Place}\n    type: group\n    fields:\n      floor: {title: {zh: 楼层, en: Floor}, type: number}\n      door: {title: {zh: 门, en: Door}, type: group, fields: {side: {title: {zh: 边, en: Side}, type: text}}}\n  rows:\n    title: {zh: 明细, en: Rows}\n    type: table\n    fields:\n      item: {title: {zh: 物品, en: Item}, type: text}\n      count: {title: {zh: 数量, en: Count}, type: number}\n⌶";
    let found = |path: &str, old: &str, new: &str| {
        let mut workspace = house();
        let guests = "  guests: {title: {zh: 人数, en: Guests}, type: number, min: 1, max: 900}\n";
        edit(&mut workspace, form, guests, nested);
        let at = edit(&mut workspace, path, old, new);
        offers(&workspace, path, at)
    };
    let condition = |new: &str| found(PROCESS, "{when: form.guests > 100,", new);
    assert_eq!(condition("{when: form.place.⌶,")[..2], ["floor", "door"]);
    assert_eq!(condition("{when: form.place.door.⌶,")[0], "side");
    assert_eq!(condition("{when: form.rows.all(|row| row.⌶,")[..2], ["item", "count"]);
    let rows = condition("{when: form.rows.⌶,");
    assert!(!rows.contains(&"count".to_owned()) || rows[0] != "item", "a list has no fields");
    let rule = found(RULES, "form.day >= today }", "form.place.⌶ }");
    assert_eq!(rule[..2], ["floor", "door"]);
    let paper = found("workflows/documents/receipt.html", "form.booking_no", "form.place.⌶");
    assert_eq!(paper[..2], ["floor", "door"]);
    let story =
        |new: &str| found("workflows/scenarios/hall-booking.yaml", "form: {guests: 20}", new);
    assert_eq!(story("form: {place: {⌶}}"), ["floor", "door"]);
    assert_eq!(story("form: {place: {floor: 1, ⌶}}"), ["door"]);
    assert_eq!(story("form: {rows: [{⌶}]}"), ["item", "count"]);
}

#[test]
fn code_lists_and_record_types_are_offered_to_the_functions_of_papers() {
    let paper = "workflows/documents/receipt.html";
    completes(paper, "{{ form.booking_no }}", "{{ code(\"⌶ }}", &["kinds", "states"]);
    completes(paper, "{{ form.booking_no }}", "{{ code(\"kinds\", \"⌶ }}", &["old", "new"]);
    completes(paper, "{{ form.booking_no }}", "{{ label(\"⌶ }}", &["member", "booking"]);
}

#[test]
fn a_file_that_is_being_written_keeps_its_names() {
    let mut workspace = house();
    workspace.set("workflows/organisation.yaml", "roles: [".to_owned());
    let at = edit(&mut workspace, PROCESS, "by: {role: member, self: true}\n", "by: {role: ⌶}\n");
    assert!(offers(&workspace, PROCESS, at).contains(&"keeper".to_owned()));
    let refusal = workspace
        .rename(RULES, self::at(&workspace, RULES, "fn few_boo⌶kings"), "other", true)
        .unwrap_err();
    assert!(refusal.0.en.contains("cannot be read at the moment"), "{}", refusal.0.en);
}
