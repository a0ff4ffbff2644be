//! What an editor is told over a small house of definitions: each text has a cursor, `⌶`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::path::Path;

use lsp_types::{
    CompletionTextEdit, DocumentChangeOperation, DocumentChanges, HoverContents, Position,
    WorkspaceEdit,
};
use xueji_definition::{Sources, read_folder};
use xueji_editor::text::Lines;
use xueji_editor::{Encoding, Folders, Language, Workspace};

const PROCESS: &str = "workflows/processes/hall-booking.yaml";
const RULES: &str = "rules/hall.rhai";

fn house() -> Workspace {
    let ok = Path::new(env!("CARGO_MANIFEST_DIR")).join("../check/fixtures/ok");
    let (sources, found) = read_folder(&ok.join("workflows"), &ok.join("rules")).unwrap();
    assert!(found.is_empty());
    of(sources)
}

fn of(sources: Sources) -> Workspace {
    let folders = Folders {
        workflows: "file:///h/workflows".to_owned(),
        rules: "file:///h/rules".to_owned(),
    };
    Workspace::new(sources, folders, Encoding::Utf16, Language::En)
}

/// Writes `new` for `old`, and returns where the cursor in `new` then stands.
fn edit(workspace: &mut Workspace, path: &str, old: &str, new: &str) -> Position {
    let text = workspace.text(path).unwrap().to_owned();
    assert_eq!(text.matches(old).count(), 1, "`{old}` stands once in {path}");
    let marked = text.replace(old, new);
    let offset = marked.find('⌶').unwrap();
    let (line, column) =
        (marked[..offset].matches('\n').count(), marked[..offset].rsplit('\n').next().unwrap());
    let clean = marked.replace('⌶', "");
    workspace.set(path, clean);
    Position::new(line as u32, column.encode_utf16().count() as u32)
}

/// Returns the position of a cursor in a piece of text that stands once in a file.
fn at(workspace: &Workspace, path: &str, piece: &str) -> Position {
    let plain = piece.replace('⌶', "");
    let text = workspace.text(path).unwrap();
    assert_eq!(text.matches(&plain).count(), 1, "`{plain}` stands once in {path}");
    let offset = text.find(&plain).unwrap() + piece.find('⌶').unwrap();
    let line = text[..offset].matches('\n').count();
    let column = text[..offset].rsplit('\n').next().unwrap().encode_utf16().count();
    Position::new(line as u32, column as u32)
}

fn offers(workspace: &Workspace, path: &str, at: Position) -> Vec<String> {
    workspace.completion(path, at).into_iter().map(|item| item.label).collect()
}

#[track_caller]
fn completes(path: &str, old: &str, new: &str, wanted: &[&str]) {
    let mut workspace = house();
    let at = edit(&mut workspace, path, old, new);
    let found = offers(&workspace, path, at);
    for name in wanted {
        assert!(
            found.iter().any(|offer| offer == name),
            "`{name}` is not offered at {new}: {found:?}"
        );
    }
}

fn applied(workspace: &Workspace, edit: &WorkspaceEdit) -> Workspace {
    let mut sources = workspace.sources().clone();
    let folders = Folders {
        workflows: "file:///h/workflows".to_owned(),
        rules: "file:///h/rules".to_owned(),
    };
    let mut change = |uri: &lsp_types::Uri, edits: Vec<lsp_types::TextEdit>| {
        let text = sources.files.get_mut(&folders.path(uri).unwrap()).unwrap();
        let whole = text.clone();
        let lines = Lines::new(&whole, Encoding::Utf16);
        let mut edits = edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
        for edit in edits {
            text.replace_range(lines.bytes(edit.range), &edit.new_text);
        }
    };
    for (uri, edits) in edit.changes.iter().flatten() {
        change(uri, edits.clone());
    }
    let mut moved = Vec::new();
    if let Some(DocumentChanges::Operations(all)) = &edit.document_changes {
        for one in all {
            match one {
                DocumentChangeOperation::Edit(one) => change(
                    &one.text_document.uri,
                    one.edits
                        .iter()
                        .map(|edit| match edit {
                            lsp_types::OneOf::Left(edit) => edit.clone(),
                            lsp_types::OneOf::Right(edit) => edit.text_edit.clone(),
                        })
                        .collect(),
                ),
                DocumentChangeOperation::Op(lsp_types::ResourceOp::Rename(file)) => {
                    moved.push((
                        folders.path(&file.old_uri).unwrap(),
                        folders.path(&file.new_uri).unwrap(),
                    ));
                }
                DocumentChangeOperation::Op(other) => panic!("{other:?}"),
            }
        }
    }
    for (old, new) in moved {
        let text = sources.files.remove(&old).unwrap();
        sources.files.insert(new, text);
    }
    of(sources)
}

/// Renames, and returns the places that changed as `file:line`.
#[track_caller]
fn renamed(path: &str, piece: &str, new: &str) -> Vec<String> {
    let workspace = house();
    let edit = workspace
        .rename(path, at(&workspace, path, piece), new, true)
        .unwrap_or_else(|refusal| panic!("{}", refusal.0.en));
    let after = applied(&workspace, &edit);
    assert_eq!(
        after
            .checked()
            .findings
            .iter()
            .filter(|f| f.severity == xueji_definition::finding::Severity::Error)
            .count(),
        0,
        "{:#?}",
        after.checked().findings
    );
    let mut places = Vec::new();
    for (file, text) in &after.sources().files {
        let before = workspace.text(file).unwrap_or_default();
        for (number, (old, new)) in (1..).zip(before.lines().zip(text.lines())) {
            if old != new {
                places.push(format!("{}:{number}", file.rsplit('/').next().unwrap()));
            }
        }
        if before.is_empty() {
            places.push(format!("{file} is new"));
        }
    }
    places
}

#[track_caller]
fn refused(path: &str, piece: &str, new: &str) -> String {
    let workspace = house();
    workspace.rename(path, at(&workspace, path, piece), new, true).unwrap_err().0.en
}

fn defined(workspace: &Workspace, path: &str, piece: &str) -> Vec<String> {
    let found = workspace.definition(path, at(workspace, path, piece));
    found
        .iter()
        .map(|l| {
            format!("{}:{}", l.uri.as_str().rsplit('/').next().unwrap(), l.range.start.line + 1)
        })
        .collect()
}

fn told(workspace: &Workspace, path: &str, piece: &str) -> String {
    match workspace.hover(path, at(workspace, path, piece)).unwrap().contents {
        HoverContents::Markup(text) => text.value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_wrong_is_shown_at_its_place_and_goes_when_it_is_mended() {
    let mut workspace = house();
    assert_eq!(workspace.faulty().count(), 0, "{:?}", workspace.checked().findings);
    let good = workspace.text(PROCESS).unwrap().to_owned();
    edit(&mut workspace, PROCESS, "next: {done: cleaning}", "next: {done: cleanin⌶}");
    let shown = workspace.diagnostics(PROCESS);
    let wrong = shown.iter().find(|d| d.message.contains("cleanin")).unwrap();
    assert!(
        wrong.message.starts_with("there is no step `cleanin`\nhelp: did you mean `cleaning`?"),
        "{}",
        wrong.message
    );
    assert_eq!(wrong.range.start, Position::new(54, 17));
    assert_eq!(wrong.range.end, Position::new(54, 24));
    assert_eq!(wrong.source.as_deref(), Some("xueji"));
    let actions = workspace.actions(PROCESS, wrong.range);
    let mended = applied(&workspace, actions[0].edit.as_ref().unwrap());
    assert_eq!(mended.text(PROCESS).unwrap(), good);
    workspace.set(PROCESS, good);
    assert_eq!(workspace.diagnostics(PROCESS), []);
}

#[test]
fn all_that_is_certain_is_mended_at_once() {
    let mut workspace = house();
    let good = workspace.text(PROCESS).unwrap().to_owned();
    edit(&mut workspace, PROCESS, "next: {done: cleaning}", "next: {done: cleanin⌶}");
    edit(&mut workspace, PROCESS, "next: {fit: fits,", "next: {fit: fitss⌶,");
    let all = workspace.fix_all(PROCESS).unwrap();
    assert_eq!(all.title, "mend all 2 in this file");
    assert_eq!(applied(&workspace, &all.edit.unwrap()).text(PROCESS).unwrap(), good);
}

#[test]
fn the_page_of_a_code_is_linked_when_there_are_pages() {
    let mut workspace = house();
    workspace.pages(Some("https://docs.example/codes".to_owned()));
    edit(&mut workspace, PROCESS, "next: {done: cleaning}", "next: {done: nowhere⌶}");
    let shown = workspace.diagnostics(PROCESS);
    let link = shown.iter().find_map(|d| d.code_description.as_ref()).unwrap();
    assert!(link.href.as_str().starts_with("https://docs.example/codes#"), "{link:?}");
}

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
    assert!(refused(PROCESS, "next: {done: clea⌶ning}", "start").contains("applicant's own step"));
    assert!(
        refused(RULES, "fn few_boo⌶kings", "fee_known")
            .starts_with("there is a rule `fee-known` already")
    );
    assert!(
        refused("workflows/scenarios/hall-booking.yaml", "outcome: app⌶rove", "x")
            .contains("cannot be renamed")
    );
}

#[test]
fn a_file_is_laid_out_and_a_good_one_stays() {
    let mut workspace = house();
    assert_eq!(workspace.formatted(PROCESS), None);
    workspace.set(
        RULES,
        workspace
            .text(RULES)
            .unwrap()
            .replace("fn fee_known(form, fact) {", "fn fee_known( form,fact ){"),
    );
    let edit = workspace.formatted(RULES).unwrap();
    assert!(edit.new_text.contains("fn fee_known(form, fact) { form.has"), "{}", edit.new_text);
}

#[test]
fn the_outline_of_a_process_is_its_scopes() {
    let workspace = house();
    let outline = workspace.outline(PROCESS);
    let process = &outline[0];
    assert_eq!(
        (process.name.as_str(), process.detail.as_deref()),
        ("hall-booking", Some("Booking of the hall"))
    );
    let below = process.children.as_ref().unwrap();
    let both = below.iter().find(|entry| entry.name == "both").unwrap();
    let names: Vec<&str> =
        both.children.iter().flatten().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["keeper-opinion", "look", "fits", "fits-not"]);
    let rules = workspace.outline(RULES);
    assert_eq!(
        (rules[1].name.as_str(), rules[1].detail.as_deref()),
        ("few-bookings", Some("There are few bookings"))
    );
    assert!(workspace.symbols("礼堂").len() >= 3);
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
