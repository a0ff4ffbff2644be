//! The pages that say what proves the shipped rules and scenarios hold what the definitions hold, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use xueji_check::{Checked, check};
use xueji_definition::file::{ExampleWord, ScenarioFile};
use xueji_definition::read_folder;
use xueji_tests::tree;

fn shipped() -> Checked {
    let root = tree::root();
    let (sources, found) = read_folder(&root.join("workflows"), &root.join("rules")).unwrap();
    assert!(found.is_empty(), "{found:?}");
    check(&sources)
}

/// Returns the rows of a page's tables that have so many columns, without their headings.
fn rows(page: &str, columns: usize) -> Vec<Vec<String>> {
    let text = tree::text(&tree::root().join("docs").join(page));
    let lines = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    let cells = lines.map(|line| line.split('|').map(|cell| cell.trim().to_owned()));
    let rows = cells.map(Iterator::collect::<Vec<_>>).filter(|row| row.len() == columns);
    rows.filter(|row| !row[0].starts_with("---") && row[0] != "编号" && row[0] != "场景").collect()
}

/// Returns the story or example that a cell names, such as `hall-booking 故事3`, if it is there.
fn named<'f>(
    files: &'f BTreeMap<String, &'f ScenarioFile>,
    cell: &str,
) -> Option<(&'f ScenarioFile, bool, usize)> {
    let (file, number) = cell.split_once(' ')?;
    let file = files.get(file)?;
    let (story, number) = match number.strip_prefix("故事") {
        Some(number) => (true, number),
        None => (false, number.strip_prefix('例')?),
    };
    let at = number.parse::<usize>().ok()?.checked_sub(1)?;
    let count = if story { file.stories.len() } else { file.examples.len() };
    (at < count).then_some((file, story, at))
}

#[test]
fn every_rule_stands_once_in_the_page_of_rules_as_its_file_says_it() {
    let checked = shipped();
    let release = checked.release.as_ref().unwrap();
    let scenarios = release.definitions.scenarios.iter();
    let files: BTreeMap<String, &ScenarioFile> =
        scenarios.map(|(id, file)| (id.clone(), file)).collect();
    let (mut told, mut faults) = (BTreeSet::new(), Vec::new());
    for row in rows("rules-coverage.md", 8) {
        let Some((name, file)) = row[1].split_once("<br>") else { continue };
        let name = name.trim_matches('`');
        let Some(rule) = release.rules.get(name) else {
            faults.push(format!("{name} is no rule"));
            continue;
        };
        if !told.insert(name.to_owned()) {
            faults.push(format!("{name} stands there twice"));
        }
        let effect = format!("{:?}", rule.effect).to_lowercase();
        let effect = rule
            .override_role
            .as_ref()
            .map_or(effect.clone(), |role| format!("{effect}（{role} 可特批）"));
        let source = serde_json::to_value(&rule.source).unwrap();
        let source = source.as_array().unwrap().iter().map(|one| one.as_str().unwrap());
        let source = source.collect::<Vec<_>>().join(" + ");
        let said = [&row[0], &format!("rules/{file}"), &row[2], &row[3]];
        let is = [&rule.id, &rule.file, &effect, &source];
        if said != is {
            faults.push(format!("{name}: {said:?}, it is {is:?}"));
        }
        for (cell, says) in
            [(&row[6], ExampleWord::Satisfied), (&row[7], ExampleWord::NotSatisfied)]
        {
            match named(&files, cell) {
                None => faults.push(format!("{name}: there is no {cell}")),
                Some((file, false, at)) => {
                    let example = &file.examples[at];
                    if example.rule != name || example.says != says {
                        faults.push(format!(
                            "{name}: {cell} says that {} is {:?}",
                            example.rule, example.says
                        ));
                    }
                }
                Some((_, true, _)) => {}
            }
        }
    }
    let all = release.rules.rules().map(|rule| rule.name.clone());
    faults.extend(all.filter(|name| !told.contains(name)).map(|name| format!("{name} is missing")));
    let count = format!("共 {} 条", told.len());
    let page = tree::text(&tree::root().join("docs/rules-coverage.md"));
    if !page.contains(&count) {
        faults.push(format!("the page does not say {count}"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_story_that_the_page_of_scenarios_names_is_there_under_that_name() {
    let checked = shipped();
    let definitions = &checked.release.as_ref().unwrap().definitions;
    let (mut told, mut faults) = (BTreeSet::new(), Vec::new());
    for row in rows("scenarios-coverage.md", 4).into_iter().chain(rows("scenarios-coverage.md", 3))
    {
        let Some((number, name)) = row[2].split_once(' ') else { continue };
        let Some(number) = number.strip_prefix("故事").and_then(|n| n.parse::<usize>().ok())
        else {
            continue;
        };
        let file = definitions.scenarios.get(&row[1]);
        let story = file.and_then(|file| file.stories.get(number - 1));
        match story {
            Some(story) if story.name.zh == name => {
                told.insert((row[1].clone(), number));
            }
            Some(story) => faults.push(format!("{} {number} is called {}", row[1], story.name.zh)),
            None => faults.push(format!("{} has no story {number}", row[1])),
        }
    }
    for (id, file) in &definitions.scenarios {
        let missing =
            (1..=file.stories.len()).filter(|number| !told.contains(&(id.clone(), *number)));
        faults.extend(missing.map(|number| format!("{id} 故事{number} is missing")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_step_that_the_page_puts_to_a_box_names_that_box() {
    let checked = shipped();
    let definitions = &checked.release.as_ref().unwrap().definitions;
    let (mut boxes, mut faults) = (BTreeSet::new(), Vec::new());
    for row in rows("scenarios-coverage.md", 4) {
        let Some(process) = definitions.processes.get(&row[2]) else { continue };
        boxes.insert(row[0].clone());
        let mut naming: BTreeSet<&str> = BTreeSet::new();
        for (id, step) in &process.steps {
            if step.source.contains(&row[0]) {
                naming.insert(id);
            }
        }
        let named: BTreeSet<&str> = row[3]
            .split('、')
            .map(|step| step.trim_matches('`'))
            .filter(|id| *id != "start")
            .collect();
        if named != naming {
            faults.push(format!("{} of {}: {named:?}, they are {naming:?}", row[0], row[2]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(boxes.len() >= 48, "{boxes:?}");
}
