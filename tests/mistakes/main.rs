//! Mistakes that an office makes, each seeded into a copy of the shipped definitions, are found where they were made,
//! and nothing else is said beside what follows from them.
//!
//! Each `edits/NN-NAME.edit` names a file, what stands there (`- `) and what stands there instead (`+ `), as often as
//! needed; then the code of the finding (`= `), its file (`@ `), words of its line (`> `), and codes of findings that
//! come along (`~ `). `\n` is a new line. The table is printed with `--nocapture`.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use xueji_check::{Checked, Checker};
use xueji_definition::{Sources, read_folder};

/// One mistake, and what is to be found.
struct Mistake {
    name: String,
    sources: Sources,
    code: String,
    file: String,
    words: String,
    along: BTreeSet<String>,
}

fn mistakes() -> Vec<Mistake> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let (shipped, found) =
        read_folder(&root.join("workflows"), &root.join("rules")).expect("the definitions");
    assert!(found.is_empty(), "{found:?}");
    let folder = root.join("tests/mistakes/edits");
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    names
        .iter()
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            read(name, &fs::read_to_string(path).expect("a file"), &shipped)
        })
        .collect()
}

fn read(name: String, text: &str, shipped: &Sources) -> Mistake {
    let mut mistake = Mistake {
        name,
        sources: shipped.clone(),
        code: String::new(),
        file: String::new(),
        words: String::new(),
        along: BTreeSet::new(),
    };
    let (mut path, mut old) = ("", String::new());
    for line in text.lines() {
        let rest = line.get(2..).unwrap_or_default();
        match line.get(..2) {
            Some("- ") => old = rest.replace("\\n", "\n"),
            Some("+ ") => {
                let name = &mistake.name;
                let text = mistake.sources.files.get_mut(path);
                let text = text.unwrap_or_else(|| panic!("{name}: no file {path}"));
                assert!(text.contains(&old), "{name}: `{old}` does not stand in {path}");
                *text = text.replacen(&old, &rest.replace("\\n", "\n"), 1);
            }
            Some("= ") => rest.clone_into(&mut mistake.code),
            Some("@ ") => rest.clone_into(&mut mistake.file),
            Some("> ") => rest.clone_into(&mut mistake.words),
            Some("~ ") => mistake.along = rest.split(' ').map(str::to_owned).collect(),
            _ => path = line,
        }
    }
    mistake
}

impl Mistake {
    /// Returns the line at which the mistake is found, if it is.
    fn line(&self, checked: &Checked) -> Option<u32> {
        let text = self.sources.files.get(&self.file)?;
        let mut found = checked.findings.iter().filter(|finding| finding.code == self.code);
        found.find_map(|finding| {
            let line = checked.places.place(finding).line;
            let at = usize::try_from(line).ok()?.checked_sub(1)?;
            let here = finding.file == self.file && text.lines().nth(at)?.contains(&self.words);
            here.then_some(line)
        })
    }
}

#[test]
fn every_seeded_mistake_is_found_at_its_line_and_no_other_is_told() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 30, "{} mistakes", mistakes.len());
    let mut wrong = Vec::new();
    let mut checker = Checker::default();
    for mistake in &mistakes {
        let checked = checker.check(&mistake.sources);
        let line = mistake.line(&checked);
        let told: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.code).collect();
        let more: Vec<&str> = told
            .into_iter()
            .filter(|code| *code != mistake.code && !mistake.along.contains(*code))
            .collect();
        let Mistake { name, code, file, .. } = mistake;
        println!("| {name} | {code} | {file}:{} |", line.unwrap_or_default());
        if line.is_none() || !more.is_empty() {
            let all = checked.findings.iter().map(|finding| {
                let place = checked.places.place(finding);
                format!("  {}:{} {} {}", finding.file, place.line, finding.code, finding.message.en)
            });
            wrong.push(format!("{name} ({code})\n{}", all.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(wrong.is_empty(), "not found, or found beside others:\n{}", wrong.join("\n"));
}
