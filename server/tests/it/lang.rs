//! In which language verbs speak: the one that the option, the variable or the locale chooses, and no other beside it.

use tempfile::TempDir;

use crate::hall;
use crate::validate::{code, copy, edit, err, house, in_language, out};

const STORY: &str = "workflows/scenarios/booking.yaml";

/// Returns what a verb says in Chinese, then in English.
fn both(folder: &TempDir, arguments: &[&str]) -> [String; 2] {
    ["zh", "en"].map(|language| {
        let told = in_language(folder, arguments, &[("XUEJI_LANG", language)]);
        format!("{}{}", out(&told), err(&told))
    })
}

/// The hall whose stories pass, in a folder of its own.
fn hall() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&hall::folder(), folder.path());
    folder
}

fn is_chinese(words: &str) -> bool {
    words.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

#[test]
fn a_failed_story_is_told_in_one_language_with_its_name_and_what_differs() {
    let folder = hall();
    edit(&folder, STORY, "{state: open, tasks: [own-head", "{state: held, tasks: [own-head");
    let [zh, en] = both(&folder, &["test"]);
    assert!(
        zh.contains("两方同意后") && zh.contains("  状态\n  预期：已暂停\n  实际：办理中"),
        "{zh}"
    );
    assert!(en.contains("Both agree"), "{en}");
    assert!(en.contains("  state\n  expected: held\n  actual:   open"), "{en}");
    assert!(!is_chinese(&en), "{en}");
    assert!(!zh.contains(" | "), "{zh}");
    let option = in_language(&folder, &["test", "--lang", "en"], &[("XUEJI_LANG", "zh")]);
    assert!(out(&option).contains("expected: held"), "the option wins over the variable");
    let locale = in_language(&folder, &["test"], &[("LANG", "en_GB.UTF-8")]);
    assert!(out(&locale).contains("expected: held"), "the locale is heard");
}

#[test]
fn what_stops_a_test_or_a_simulation_is_told_in_the_language_chosen() {
    let folder = house();
    edit(&folder, "workflows/codes.yaml", "lists:", "lits:");
    for verb in [&["test"][..], &["simulate", "hall-booking"]] {
        let finding = |language| {
            let told = in_language(&folder, verb, &[("XUEJI_LANG", language)]);
            assert_eq!(code(&told), Some(1));
            err(&told)
        };
        assert!(finding("zh").contains("错误["), "{}", finding("zh"));
        assert!(finding("en").contains("error[key-unknown]"), "{}", finding("en"));
        let en = finding("en");
        assert!(en.contains("\nerror: ") && !en.contains("错误：") && !en.contains("未知"), "{en}");
    }
}

#[test]
fn trouble_is_told_in_the_language_chosen_and_in_both_if_none_is() {
    let folder = tempfile::tempdir().unwrap();
    let told = |more: &[&str], language: &[(&str, &str)]| {
        let told = in_language(&folder, &[&["validate"], more].concat(), language);
        assert_eq!(code(&told), Some(3));
        let words = err(&told);
        (
            words.contains("错误：") && words.contains("办法："),
            words.contains("error: ") && words.contains("hint: "),
        )
    };
    assert_eq!(told(&[], &[]), (true, true));
    assert_eq!(told(&[], &[("LC_ALL", "C.UTF-8")]), (true, true), "no language is chosen by C");
    assert_eq!(told(&["--lang", "zh"], &[]), (true, false));
    assert_eq!(told(&["--lang", "zh"], &[("XUEJI_LANG", "en")]), (true, false));
    assert_eq!(told(&[], &[("XUEJI_LANG", "en"), ("LANG", "zh_CN.UTF-8")]), (false, true));
    assert_eq!(told(&[], &[("LANG", "zh_CN.UTF-8")]), (true, false));
    let missing = in_language(&folder, &["fmt", "none.yaml"], &[("XUEJI_LANG", "zh")]);
    assert_eq!(err(&missing), "错误：none.yaml 无法读取：没有这个文件或文件夹\n");
    let inner = in_language(&folder, &["rules", "list", "--lang", "en"], &[("XUEJI_LANG", "zh")]);
    assert!(!is_chinese(&err(&inner)) && err(&inner).contains("error: "), "{}", err(&inner));
}

#[test]
fn coverage_and_simulation_are_tables_in_one_language() {
    let folder = hall();
    let [zh, en] = both(&folder, &["test", "--coverage"]);
    assert!(zh.contains("步骤") && zh.contains("尚未试到：") && !zh.contains("not tried"), "{zh}");
    assert!(en.contains("articles") && en.contains("not tried:") && !is_chinese(&en), "{en}");
    let [zh, en] = both(&folder, &["simulate", "booking", "--cases", "5"]);
    assert!(zh.contains("时间花在哪里") && !zh.contains("where time goes"), "{zh}");
    assert!(en.contains("where time goes") && !is_chinese(&en), "{en}");
}

#[test]
fn what_is_laid_out_and_what_comes_next_is_told_in_one_language() {
    let folder = house();
    let [zh, en] = both(&folder, &["fmt", "--check"]);
    assert!(zh.contains("个文件需要排版") && !zh.contains("laid out"), "{zh}");
    assert!(en.contains("to be laid out") && !is_chinese(en.lines().last().unwrap()), "{en}");
    let next = in_language(&folder, &["new", "form", "deposit", "--lang", "en"], &[]);
    assert!(err(&next).starts_with("next:\n"), "{}", err(&next));
}
