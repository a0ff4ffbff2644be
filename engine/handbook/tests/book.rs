//! The book of a small house says who does what, by when, on which ground; all of it comes from the definitions.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::path::Path;

use xueji_definition::{Loaded, load, read_folder};
use xueji_handbook::{Book, Language};
use xueji_rules::RuleSet;

fn with_book(language: Language, look: impl FnOnce(&Book<'_>)) {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../check/fixtures/ok"));
    let (sources, _) = read_folder(&root.join("workflows"), &root.join("rules")).expect("a folder");
    let Loaded { definitions, .. } = load(&sources);
    let (rules, _) = RuleSet::compile(definitions.rules.clone());
    let hash = sources.hash();
    look(&Book { definitions: &definitions, rules: &rules, hash: &hash, language });
}

fn with_edited(edits: &[(&str, &str, &str)], look: impl FnOnce(&Book<'_>)) {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../check/fixtures/ok"));
    let (mut sources, _) =
        read_folder(&root.join("workflows"), &root.join("rules")).expect("a folder");
    for (file, old, new) in edits {
        let text = sources.files.get_mut(*file).expect("a file");
        assert!(text.contains(old), "{file} has no `{old}`");
        *text = text.replacen(old, new, 1);
    }
    let Loaded { definitions, .. } = load(&sources);
    let (rules, _) = RuleSet::compile(definitions.rules.clone());
    let hash = sources.hash();
    look(&Book { definitions: &definitions, rules: &rules, hash: &hash, language: Language::Zh });
}

#[test]
fn a_site_has_an_index_and_a_page_for_each_process() {
    with_book(Language::Zh, |book| {
        let site = book.site();
        let names: Vec<&str> = site.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names.first(), Some(&"index.html"));
        assert_eq!(names.len(), book.definitions.processes.len() + 1);
        let index = &site.first().expect("an index").html;
        for name in names.iter().skip(1) {
            assert!(index.contains(&format!("href=\"{name}\"")), "{name} is linked");
        }
    });
}

#[test]
fn each_step_is_told_with_who_by_when_and_whither() {
    with_book(Language::Zh, |book| {
        let page = book.one_page();
        for words in [
            "预订礼堂",         // the process
            "日期不在过去",     // a rule
            "管理员（“社团”）", // a role and its unit
            "3 个工作日",       // a deadline that a parameter gives
            "通过 → ",          // an answer and where it leads
            "P 通行做法",       // what the letters behind sources mean
            "签批",             // where it is signed
            book.hash,
        ] {
            assert!(page.contains(words), "`{words}` is missing");
        }
        for step in book.definitions.processes.values().flat_map(|p| p.steps.values()) {
            assert!(page.contains(step.title.zh.as_str()), "{} is missing", step.id);
        }
    });
}

#[test]
fn nothing_is_fetched_from_elsewhere_and_words_are_escaped() {
    with_book(Language::En, |book| {
        let page = book.one_page();
        assert!(!page.contains("<script") && !page.contains("src=\"http"), "self-contained");
        assert!(page.contains("<html lang=\"en\">"));
    });
}

#[test]
fn a_value_is_told_with_the_time_for_which_it_holds() {
    with_book(Language::Zh, |book| {
        assert!(book.one_page().contains("20.5（2026-01-01 起，至 2026-12-31）"));
    });
}

#[test]
fn what_is_written_as_an_expression_is_told_in_words() {
    let edits = [
        (
            "workflows/processes/hall-booking.yaml",
            "{days: param.hall.wait,",
            "{until: form.day.add_days(-4),",
        ),
        (
            "workflows/processes/hall-booking.yaml",
            "{role: keeper, unit: subject.club}\n        rests-on",
            "{role: keeper, unit: 'if form.has(\"note\") { subject.club } else { form.note }'}\n        rests-on",
        ),
        (
            "workflows/materials/hall-booking.yaml",
            "form.guests > 200",
            "form.guests > param.hall.most",
        ),
    ];
    with_edited(&edits, |book| {
        let page = book.one_page();
        for words in
            ["至 “日期”之前 4 日", "（有“说明”的，为“社团”；否则为“说明”）", "（当“人数”大于“"]
        {
            assert!(page.contains(words), "`{words}` is missing");
        }
    });
}

#[test]
fn a_field_is_called_what_the_form_of_the_process_calls_it() {
    // A form that stands earlier by name has a field of the same name.
    let edits = [(
        "workflows/forms/cleaning.yaml",
        "fields:",
        "fields:\n  guests: {title: {zh: 打扫人数, en: Cleaners}, type: number}",
    )];
    with_edited(&edits, |book| {
        let page = book.one_page();
        assert!(page.contains("（当“人数”大于200）"), "the booking's own word");
        assert!(!page.contains("当“打扫人数”"), "the word of another form");
    });
}

#[test]
fn it_is_told_what_the_system_does_and_whom_it_tells() {
    with_book(Language::Zh, |book| {
        let page = book.one_page();
        for words in ["出具“收据”", "通知会员（本人）、管理员（“社团”）：“", "登记“", "更新“会员”"]
        {
            assert!(page.contains(words), "`{words}` is missing");
        }
    });
}

#[test]
fn a_parameter_that_only_a_fact_reads_is_told_and_codes_are_called_by_name() {
    let edits = [
        (
            "workflows/parameters.yaml",
            "parameters:",
            "parameters:\n  hall.kinds: {title: {zh: 可借的种类, en: Kinds}, type: code, codes: kinds, many: true, values: [{value: [old], source: 章程}]}\n  hall.ahead: {title: {zh: 提前天数, en: Days ahead}, type: number, values: [{value: 7, source: 章程}]}",
        ),
        (
            "workflows/facts.yaml",
            "facts:",
            "facts:\n  ahead: {title: {zh: 最早, en: Earliest}, calendar: {plus-working-days: param.hall.ahead}}",
        ),
        (
            "workflows/processes/hall-booking.yaml",
            "{when: form.guests > 100,",
            "{when: 'fact.ahead > today && param.hall.kinds.contains(form.kind)',",
        ),
    ];
    with_edited(&edits, |book| {
        let page = book.one_page();
        assert!(page.contains("提前天数"), "a parameter of a fact");
        let old = &book.definitions.codes.lists["kinds"].entries["old"].zh;
        assert!(page.contains(&format!("<td>{old}</td>")), "a code by its name");
    });
}
