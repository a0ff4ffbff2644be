//! Parameters: each value with the dates and cohorts it holds for, before and after.
//!
//! Invariant: two values are the same one when they hold for the same dates and cohorts; where a value comes from is
//! wording.

use jiff::civil::Date;
use xueji_definition::file::{DatedValue, Parameter};
use xueji_definition::finding::Spot;
use xueji_definition::{Text, route};
use xueji_runtime::Release;

use super::change::{Change, Class, Tell, Touch, Weight};
use super::difference::{both, quoted};
use super::uses;

const FILE: &str = "workflows/parameters.yaml";

pub(super) fn compare(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (before, after) =
        (&old.definitions.parameters.parameters, &new.definitions.parameters.parameters);
    for name in both(after.keys(), before.keys()) {
        let (zh_use, en_use) = uses::of_parameter(new, name);
        let mut tell = |weight, what: &str, (zh, en): (String, String)| {
            let class = if weight == Weight::Wording { Class::Wording } else { Class::Parameter };
            let title = after.get(name).or_else(|| before.get(name)).map(|p| quoted(&p.title));
            let (title_zh, title_en) = title.unwrap_or_default();
            let words = (
                format!("参数{title_zh}（{name}）：{zh}{zh_use}"),
                format!("parameter {title_en} ({name}): {en}{en_use}"),
            );
            // Those who read of a case know which one it is: what else goes by it is told once.
            let brief = Text::new(
                format!("参数{title_zh}（{name}）：{zh}"),
                format!("parameter {title_en} ({name}): {en}"),
            );
            let change = Change::new(class, weight, what, FILE, words)
                .in_brief(brief)
                .at(Spot::Key(route!["parameters", name]))
                .touching(Touch::Parameter(name.clone()));
            found.push(if after.contains_key(name) { change } else { change.gone() });
        };
        match (before.get(name), after.get(name)) {
            (None, Some(new_one)) => {
                let (zh, en) = all_values(new_one, &cohort(new));
                let words = (format!("是新的，{zh}"), format!("new; {en}"));
                tell(Weight::Additive, "parameter-added", words);
            }
            (Some(_), None) => {
                tell(Weight::Breaking, "parameter-gone", ("取消了".into(), "gone".into()));
            }
            (Some(old_one), Some(new_one)) => {
                parameter((old_one, new_one), &cohort(new), &mut tell);
            }
            (None, None) => {}
        }
    }
}

fn parameter((old, new): (&Parameter, &Parameter), cohort: &(String, String), tell: &mut Tell<'_>) {
    let shape = |p: &Parameter| (p.kind, p.codes.clone(), p.many, p.fields.clone());
    if shape(old) != shape(new) {
        tell(Weight::Breaking, "parameter-type", ("类型改了".into(), "another type".into()));
    }
    if old.at != new.at {
        tell(
            Weight::Behaviour,
            "parameter-at",
            ("取值的日期改了（发起时或办理时）".into(), "taken at another date".into()),
        );
    }
    let wording = values(old, new, cohort, tell);
    let order = |p: &Parameter| p.values.iter().map(holds).collect::<Vec<_>>();
    let (was, is) = (order(old), order(new));
    if was != is && was.len() == is.len() && was.iter().all(|one| is.contains(one)) {
        tell(
            Weight::Behaviour,
            "values-in-other-order",
            (
                "各取值的先后改了，重叠处取后写的".into(),
                "where values overlap, another is the last".into(),
            ),
        );
    }
    if wording || old.title != new.title {
        tell(Weight::Wording, "parameter-wording", ("名称或出处改了".into(), "other words".into()));
    }
}

/// For which dates and cohorts a value holds.
type Range = (Option<Date>, Option<Date>, Option<i64>, Option<i64>);

fn holds(one: &DatedValue) -> Range {
    (one.from, one.to, one.cohort_from, one.cohort_to)
}

/// Tells which values came, changed and went; returns whether only the source of one changed.
fn values(
    old: &Parameter,
    new: &Parameter,
    cohort: &(String, String),
    tell: &mut Tell<'_>,
) -> bool {
    let same = |all: &[DatedValue], one: &DatedValue| {
        all.iter().rfind(|other| holds(other) == holds(one)).map(|other| other.value.0.clone())
    };
    let mut wording = false;
    for one in &new.values {
        let (zh, en) = range(one, cohort);
        let value = shown(&one.value.0);
        match same(&old.values, one) {
            Some(before) if before == one.value.0 => {
                wording |= !old.values.contains(one);
            }
            Some(before) => {
                let before = shown(&before);
                tell(
                    Weight::Behaviour,
                    "value-changed",
                    (
                        format!("{zh}由 {before} 改为 {value}"),
                        format!("{en}it was {before} and is {value}"),
                    ),
                );
            }
            None => {
                // What held there until now is the last of the earlier values that holds without such limits.
                let until_now = old.values.iter().rfind(|other| covers(other, one));
                let (was_zh, was_en) = until_now.map_or_else(
                    || (String::new(), String::new()),
                    |was| {
                        let was = shown(&was.value.0);
                        (format!("，原来 {was}"), format!(", before {was}"))
                    },
                );
                tell(
                    Weight::Behaviour,
                    "value-added",
                    (format!("{zh}为 {value}{was_zh}"), format!("{en}it is {value}{was_en}")),
                );
            }
        }
    }
    for one in old.values.iter().filter(|one| same(&new.values, one).is_none()) {
        let ((zh, en), value) = (range(one, cohort), shown(&one.value.0));
        tell(
            Weight::Behaviour,
            "value-gone",
            (format!("{zh}原来 {value}，取消了"), format!("{en}it was {value}, which is gone")),
        );
    }
    wording
}

/// Says what a parameter is, for which dates and cohorts.
fn all_values(parameter: &Parameter, cohort: &(String, String)) -> (String, String) {
    let each = parameter.values.iter().map(|one| {
        let ((zh, en), value) = (range(one, cohort), shown(&one.value.0));
        (format!("{zh}为 {value}"), format!("{en}it is {value}"))
    });
    let (zh, en): (Vec<_>, Vec<_>) = each.unzip();
    (zh.join("；"), en.join("; "))
}

/// Whether a value may hold where the other does.
fn covers(one: &DatedValue, other: &DatedValue) -> bool {
    let starts = one.from.is_none_or(|from| other.from.is_some_and(|o| from <= o));
    let ends = one.to.is_none_or(|to| other.to.is_some_and(|o| o <= to) || other.to.is_none());
    let first = one.cohort_from.is_none_or(|from| other.cohort_from.is_some_and(|o| from <= o));
    let last = one.cohort_to.is_none_or(|to| other.cohort_to.is_some_and(|o| o <= to));
    starts && ends && first && last
}

/// What the field that tells cohorts is called.
fn cohort(release: &Release) -> (String, String) {
    let types = release.definitions.records.records.values();
    let mut titles = types.filter_map(|kind| kind.fields.get(kind.cohort.as_ref()?));
    titles.next().map_or_else(
        || ("批次".to_owned(), "cohort".to_owned()),
        |field| (field.title.zh.clone(), field.title.en.clone()),
    )
}

/// Says for which dates and cohorts a value holds; empty for one that always does.
fn range(one: &DatedValue, (cohort_zh, cohort_en): &(String, String)) -> (String, String) {
    let (mut zh, mut en): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    match (one.from, one.to) {
        (Some(from), Some(to)) => {
            zh.push(format!("{from}至{to}"));
            en.push(format!("from {from} to {to}"));
        }
        (Some(from), None) => {
            zh.push(format!("自{from}起"));
            en.push(format!("from {from} on"));
        }
        (None, Some(to)) => {
            zh.push(format!("至{to}"));
            en.push(format!("until {to}"));
        }
        (None, None) => {}
    }
    match (one.cohort_from, one.cohort_to) {
        (Some(from), Some(to)) => {
            zh.push(format!("{cohort_zh}{from}至{to}"));
            en.push(format!("{cohort_en} {from} to {to}"));
        }
        (Some(from), None) => {
            zh.push(format!("{cohort_zh}{from}及以后"));
            en.push(format!("{cohort_en} {from} and later"));
        }
        (None, Some(to)) => {
            zh.push(format!("{cohort_zh}{to}及以前"));
            en.push(format!("{cohort_en} {to} and earlier"));
        }
        (None, None) => {}
    }
    if zh.is_empty() {
        return (String::new(), String::new());
    }
    (format!("{}，", zh.join("、")), format!("{}: ", en.join(", ")))
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(true) => "是(true)".to_owned(),
        serde_json::Value::Bool(false) => "否(false)".to_owned(),
        other => other.to_string(),
    }
}
