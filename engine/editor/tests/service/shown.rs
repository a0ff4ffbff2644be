//! What is shown of a file by itself: findings, mending, layout, outline.

use lsp_types::Position;

use crate::house::*;

#[test]
fn what_is_wrong_is_shown_at_its_place_and_goes_when_it_is_mended() {
    let mut workspace = house();
    assert_eq!(workspace.faulty().count(), 0, "{:?}", workspace.checked().findings);
    let good = workspace.text(PROCESS).unwrap().to_owned();
    edit(&mut workspace, PROCESS, "next: {done: cleaning}", "next: {done: cleanin⌶}");
    let shown = workspace.diagnostics(PROCESS);
    let wrong = shown.iter().find(|d| d.message.contains("cleanin")).unwrap();
    assert!(
        wrong.message.starts_with("there is no step `cleanin`\nconsequence: ")
            && wrong.message.contains("\nhelp: did you mean `cleaning`?"),
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
