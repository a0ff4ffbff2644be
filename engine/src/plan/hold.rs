//! Whether the world is still the one that a plan was worked out on.
//!
//! Invariant: a plan holds while the same release is live, the files are those it was made for, every case of it that is
//! still open has the same fate for the same reasons, and no case has come since that must wait or needs a person.

use std::collections::HashMap;

use xueji_definition::Text;

use super::Plan;
use super::fate::{Fate, Group, Told};

/// The most differences that are told.
const TOLD_MAX: usize = 50;

/// Returns what has moved since a plan was made; nothing when it holds.
#[must_use]
pub fn moved(plan: &Plan, live: &str, hash: &str, now: &[Group]) -> Vec<Text> {
    let short = |hash: &str| hash.chars().take(12).collect::<String>();
    let mut told = Vec::new();
    if plan.from != live {
        told.push(Text::new(
            format!("现行版本已是 {}，计划依据的是 {}", short(live), short(&plan.from)),
            format!("{} is live now, the plan was made on {}", short(live), short(&plan.from)),
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
    if !told.is_empty() {
        return told;
    }
    let planned: HashMap<&str, &Told> = by_case(&plan.groups).collect();
    for (id, now) in by_case(now) {
        match planned.get(id) {
            Some(then) if (then.fate, &then.obstacles) == (now.fate, &now.obstacles) => {}
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
