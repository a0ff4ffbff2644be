//! Every code has a page, and what the page shows is true: the broken example gives the finding, and no other than the
//! page says; the mended one gives none.
//!
//! Both are excerpts of `fixtures/ok`. Lines of the broken example stand where those of the mended one do (or those under
//! "Before", where the good definitions have neither). A recipe makes what no page can show, a line each: `text WORDS`
//! (`\n`, `\t`, `\xHH`), `repeat N WORDS`, `link TARGET`, `copies N` (the file, its `*` a number).
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use xueji_check::pages::{self, Excerpt, Extent, Page};
use xueji_check::{check_with, codes, render};
use xueji_definition::{Sources, read_folder};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ok")
}

fn good() -> Sources {
    read_folder(&root().join("workflows"), &root().join("rules")).expect("a folder").0
}

/// Returns the lines that stand in the good definitions where an excerpt of an example goes.
fn stands<'p>(page: &'p Page, example: &[Excerpt], at: usize) -> Option<&'p str> {
    let one = example.get(at)?;
    let of_file = |all: &'p [Excerpt]| {
        let before = example.iter().take(at).filter(|e| e.file == one.file).count();
        let lines = all.iter().filter(|e| e.file == one.file && e.extent == Extent::Lines);
        lines.map(|e| e.text.as_str()).nth(before)
    };
    of_file(&page.before).or_else(|| of_file(&page.mended))
}

/// Puts an example into the good definitions; recipes are left for the disk.
fn with(page: &Page, example: &[Excerpt]) -> Result<Sources, String> {
    let mut sources = good();
    for (at, excerpt) in example.iter().enumerate() {
        match excerpt.extent {
            Extent::Whole => {
                sources.files.insert(excerpt.file.to_owned(), excerpt.text.clone());
            }
            Extent::Gone => {
                sources.files.remove(excerpt.file);
            }
            Extent::Recipe => {}
            Extent::Lines => {
                let old = stands(page, example, at).ok_or("an excerpt has no counterpart")?;
                let text = sources.files.get_mut(excerpt.file).ok_or("there is no such file")?;
                let line = format!("\n{text}");
                let found: Vec<usize> =
                    line.match_indices(&format!("\n{old}")).map(|(at, _)| at).collect();
                let [at] = found.as_slice() else {
                    return Err(format!("these lines stand {} times in it:\n{old}", found.len()));
                };
                text.replace_range(*at..*at + old.len(), &excerpt.text);
            }
        }
    }
    Ok(sources)
}

fn bytes(words: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut parts = words.split('\\');
    out.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let (byte, rest) = match part.split_at_checked(1) {
            Some(("n", rest)) => (b'\n', rest),
            Some(("t", rest)) => (b'\t', rest),
            Some(("x", rest)) => {
                let (hex, rest) = rest.split_at(2);
                (u8::from_str_radix(hex, 16).expect("a byte"), rest)
            }
            _ => panic!("no such escape: {part}"),
        };
        out.push(byte);
        out.extend(rest.bytes());
    }
    out
}

fn follow(recipe: &Excerpt, root: &Path) {
    let path = root.join(recipe.file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut content = Vec::new();
    for line in recipe.text.lines() {
        let (act, words) = line.split_once(' ').expect("an act and its words");
        match act {
            "text" => content.extend(bytes(words)),
            "repeat" => {
                let (times, words) = words.split_once(' ').expect("how often, and what");
                content.extend(bytes(words).repeat(times.parse().expect("a number")));
            }
            "link" => {
                std::os::unix::fs::symlink(words, &path).expect("a link");
                return;
            }
            "copies" => {
                for number in 0..words.parse::<u32>().expect("a number") {
                    let path = path.to_string_lossy().replace('*', &number.to_string());
                    fs::write(path, &content).expect("a file");
                }
                return;
            }
            _ => panic!("no such act: {act}"),
        }
    }
    fs::write(path, content).expect("a file");
}

/// Returns the codes of the findings that an example gives, in alphabetical order.
fn given(page: &Page, example: &[Excerpt]) -> Result<(Vec<&'static str>, String), String> {
    let mut sources = with(page, example)?;
    let mut found = Vec::new();
    if example.iter().any(|excerpt| excerpt.extent == Extent::Recipe) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in &sources.files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        for recipe in example.iter().filter(|excerpt| excerpt.extent == Extent::Recipe) {
            follow(recipe, folder.path());
        }
        (sources, found) =
            read_folder(&folder.path().join("workflows"), &folder.path().join("rules"))
                .expect("a folder");
    }
    let checked = check_with(&sources, found);
    let mut codes: Vec<&str> = checked.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    let told = render::plain(&checked.findings, &checked.places, render::Language::En);
    Ok((codes, told))
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    assert_eq!(pages::faults(), Vec::<String>::new());
    let known: BTreeSet<&str> = codes().iter().map(|doc| doc.0).collect();
    let written: BTreeSet<&str> = pages::names().collect();
    let lacking: Vec<&&str> = known.difference(&written).collect();
    assert!(lacking.is_empty(), "no page in engine/check/pages for {lacking:?}");
    let idle: Vec<&&str> = written.difference(&known).collect();
    assert!(idle.is_empty(), "pages of codes that are not there: {idle:?}");
}

#[test]
fn a_page_gives_its_reasons_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let mut faults = Vec::new();
    for page in pages::names().filter_map(pages::page) {
        for (what, text) in
            [("why", &page.why), ("consequence", &page.consequence), ("mend", &page.mend)]
        {
            if !chinese(&text.zh) || (what != "mend" && chinese(&text.en)) {
                faults.push(format!("{}: {what}: Chinese first, then English", page.code));
            }
        }
        let Page { consequence, .. } = page;
        let one = |text: &str, stop: char| text.ends_with(stop) && text.matches(stop).count() == 1;
        if !one(&consequence.zh, '。') || !consequence.en.ends_with('.') {
            faults.push(format!("{}: its consequence is one sentence", page.code));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_broken_example_gives_its_finding_and_the_mended_one_none() {
    let mut faults = Vec::new();
    for page in pages::names().filter_map(pages::page) {
        let mut wanted: Vec<&str> = page.along.iter().copied().chain([page.code]).collect();
        wanted.sort_unstable();
        for (which, example, wanted) in
            [("broken", &page.broken, wanted), ("mended", &page.mended, Vec::new())]
        {
            if example.is_empty() {
                faults.push(format!("{}: nothing {which} is shown", page.code));
            }
            match given(page, example) {
                Ok((found, _)) if found == wanted => {}
                Ok((_, told)) => faults.push(format!(
                    "{}: the {which} example gives, instead of {wanted:?}:\n{told}",
                    page.code
                )),
                Err(fault) => faults.push(format!("{}: {which}: {fault}", page.code)),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
