//! Whether the world is still the one that a plan was worked out on.
//!
//! Invariant: a plan holds while it says what its files change, is for those and for the day that are asked, what is live
//! for them is as it was, every case of it that is still open has the same fate for the same reasons, and no case has come
//! since that must wait or needs a person.

use std::collections::{BTreeSet, HashMap};

use xueji_definition::Text;
use xueji_runtime::migration::Obstacle;

use super::fate::{Fate, Group, Told, counts};
use super::prospect::{Prospect, Target};
use super::{Beside, Change, Plan, VERSION};
use crate::releases::{Stands, short};

/// The most differences that are told.
const TOLD_MAX: usize = 50;

/// Returns what keeps a plan from being one for these files, for those people and from that day; nothing when it is.
pub(super) fn of_release(plan: &Plan, hash: &str, now: &Prospect, target: Target) -> Vec<Text> {
    if plan.version != VERSION {
        return vec![Text::new(
            "计划是程序的另一个版本做的",
            "another version of the program made the plan",
        )];
    }
    let mut told = Vec::new();
    let alone = [Stands { hash: plan.from.clone(), cohorts: None }];
    let base = if plan.base.is_empty() { &alone[..] } else { &plan.base[..] };
    let found = now.compared().first().cloned().unwrap_or_default();
    let on = now.due.and(target.from);
    // A plan for a day is one for at once when that day has come.
    let same_day = plan.on == on || (plan.on == target.from && plan.on == Some(now.day));
    if plan.audience != target.audience || !same_day {
        told.push(Text::new(
            "计划做的不是这个届别范围或日期",
            "the plan is for other cohorts, or another day",
        ));
    } else if plan.from != found {
        told.push(Text::new(
            format!("现行版本已是 {}，计划依据的是 {}", short(&found), short(&plan.from)),
            format!("{} is live now, the plan was made on {}", short(&found), short(&plan.from)),
        ));
    } else if base != now.base {
        told.push(Text::new(
            "各届的现行版本与计划时不同",
            "other releases are live for some cohorts than when the plan was made",
        ));
    }
    if plan.to != hash {
        told.push(Text::new(
            format!("文件已有改动（{}），计划针对的是 {}", short(hash), short(&plan.to)),
            format!(
                "the files have changed ({}), the plan is for {}",
                short(hash),
                short(&plan.to)
            ),
        ));
    }
    told
}

/// Returns in which files the changes are others than a plan lists, when the files have changed since it was made.
pub(super) fn of_files(plan: &Plan, hash: &str, compared: &[Beside]) -> Option<Text> {
    let now = compared.first().filter(|one| plan.to != hash && one.from == plan.from)?;
    let (then, now): (Vec<Change>, Vec<Change>) =
        (plan.changes.iter().map(words).collect(), now.changes.iter().map(words).collect());
    let gone = then.iter().filter(|change| !now.contains(change));
    let came = now.iter().filter(|change| !then.contains(change));
    let files: BTreeSet<&str> = gone.chain(came).map(|change| change.file.as_str()).collect();
    if files.is_empty() {
        return Some(Text::new(
            "变化的内容与计划相同：改的是注释、排版或场景",
            "what changes is what the plan lists: comments, layout or stories were edited",
        ));
    }
    let files = files.into_iter().collect::<Vec<_>>().join(", ");
    Some(Text::new(
        format!("变化与计划不同的文件：{files}"),
        format!("the changes are not those of the plan in {files}"),
    ))
}

/// Returns what is not as the files say: then somebody has altered the plan, or another program has made it.
pub(super) fn of_changes(plan: &Plan, compared: &[Beside]) -> Vec<Text> {
    let own = (plan.from.as_str(), &plan.changes);
    let own =
        std::iter::once(own).chain(plan.beside.iter().map(|one| (one.from.as_str(), &one.changes)));
    let found = compared.iter().map(|one| (one.from.as_str(), &one.changes));
    let said = |(from, changes): (&str, &Vec<Change>)| {
        (from.to_owned(), changes.iter().map(words).collect::<Vec<_>>())
    };
    let mut told = Vec::new();
    if !own.map(said).eq(found.map(said)) {
        told.push(Text::new(
            "计划列出的变化与文件不符：计划被改过，或是程序的另一个版本做的",
            "the plan does not list what the files change: it was altered, or made by another version of the program",
        ));
    }
    if plan.fates != counts(&plan.groups) {
        told.push(Text::new(
            "计划里的件数与列出的事项不符：计划被改过",
            "the plan's counts are not those of its cases: it was altered",
        ));
    }
    told
}

/// Returns what there is of a change but its line, which a plan is not bound to.
fn words(change: &Change) -> Change {
    let mut bare = Change { line: None, spot: None, gone: false, brief: None, ..change.clone() };
    bare.touches.clear();
    bare
}

/// Returns what has become of cases since a plan was made; nothing when it holds.
pub(super) fn of_cases(plan: &Plan, now: &[Group]) -> Vec<Text> {
    let mut told = Vec::new();
    let planned: HashMap<&str, &Told> = by_case(&plan.groups).collect();
    for (id, now) in by_case(now) {
        match planned.get(id) {
            Some(then) if why(then) == why(now) => {}
            Some(then) => told.push(differs(id, then, now)),
            None if now.fate >= Fate::MustWait => {
                let (zh, en) = (now.fate.words().zh, now.fate.words().en);
                told.push(Text::new(
                    format!("事项 {id} 是计划之后才有的，{zh}"),
                    format!("case {id} has come since, and {en}"),
                ));
            }
            None => {}
        }
    }
    if told.len() > TOLD_MAX {
        let more = told.len() - TOLD_MAX;
        told.truncate(TOLD_MAX);
        told.push(Text::new(format!("另有 {more} 处"), format!("and {more} more")));
    }
    told
}

fn why(told: &Told) -> (Fate, &[Obstacle], Option<&Text>) {
    (told.fate, &told.obstacles, told.why.as_ref())
}

fn by_case(groups: &[Group]) -> impl Iterator<Item = (&str, &Told)> {
    groups.iter().flat_map(|group| group.instances.iter().map(|id| (id.as_str(), &group.told)))
}

fn differs(id: &str, then: &Told, now: &Told) -> Text {
    if then.fate == now.fate {
        return Text::new(
            format!("事项 {id}：{}，但原因变了", now.fate.words().zh),
            format!("case {id}: {}, for other reasons", now.fate.words().en),
        );
    }
    Text::new(
        format!("事项 {id}：计划时{}，现在{}", then.fate.words().zh, now.fate.words().zh),
        format!("case {id}: it {}, now it {}", then.fate.words().en, now.fate.words().en),
    )
}
