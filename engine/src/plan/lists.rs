//! What stands in lists by name: facts, queries, codes, record types, series, notices, templates, calendars, the
//! organisation.
//!
//! Invariant: an entry is compared in all that it says. The calendar and the organisation are asked by date of what is
//! live, so that a change of theirs holds for open cases at once, whatever release they stand on; the words say so.

use serde::Serialize;
use serde_json::Value as Json;
use xueji_definition::finding::{Route, Spot};
use xueji_definition::route;
use xueji_runtime::Release;

use super::asked::{members, said};
use super::change::{Change, Class, Touch, Weight};

/// One kind of list.
struct Kind {
    class: Class,
    file: &'static str,
    zh: &'static str,
    en: &'static str,
    /// What is told of one that is gone.
    gone: Weight,
    touch: Option<fn(String) -> Touch>,
}

/// Keys that hold words alone.
const WORDS: [&str; 7] = ["title", "text", "about", "source", "hint", "notice", "name"];
const AT_ONCE: (&str, &str) = ("；未办结的事项也立即适用", "; it holds for open cases at once");

pub(super) fn compare(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (was, is) = (&old.definitions, &new.definitions);
    let facts = "workflows/facts.yaml";
    let list = |class, file, (zh, en), gone, touch| Kind { class, file, zh, en, gone, touch };
    let b = Weight::Breaking;
    let fact =
        list(Class::Fact, facts, ("事实", "fact"), b, Some(Touch::Fact as fn(String) -> Touch));
    each(&fact, &["facts"], &was.facts_file.facts, &is.facts_file.facts, found);
    let query = list(Class::Fact, facts, ("查询", "query"), b, Some(Touch::Query));
    each(&query, &["queries"], &was.facts_file.queries, &is.facts_file.queries, found);
    codes(old, new, found);
    let record = list(
        Class::Record,
        "workflows/records.yaml",
        ("记录类型", "record type"),
        b,
        Some(Touch::Record),
    );
    each(&record, &["records"], &was.records.records, &is.records.records, found);
    let class =
        list(Class::Record, "workflows/records.yaml", ("数据类别", "class of data"), b, None);
    each(&class, &["classes"], &was.records.classes, &is.records.classes, found);
    let series =
        list(Class::Number, "workflows/numbering.yaml", ("编号", "series"), b, Some(Touch::Series));
    each(&series, &["series"], &was.numbering.series, &is.numbering.series, found);
    notices(old, new, found);
    documents(old, new, found);
    let calendars = "workflows/calendars.yaml";
    let now = Weight::Behaviour;
    let year = list(Class::Calendar, calendars, ("年份", "year"), now, None);
    each(&year, &["years"], &was.calendars.years, &is.calendars.years, found);
    let window = list(Class::Calendar, calendars, ("时段", "window"), b, None);
    each(&window, &["windows"], &was.calendars.windows, &is.calendars.windows, found);
    let day = list(Class::Calendar, calendars, ("日期", "day"), b, None);
    each(&day, &["days"], &was.calendars.days, &is.calendars.days, found);
    whole(
        Class::Calendar,
        calendars,
        ("期次安排", "terms"),
        "terms",
        &was.calendars.terms,
        &is.calendars.terms,
        found,
    );
    whole(
        Class::Calendar,
        calendars,
        ("时区", "time zone"),
        "time-zone",
        &was.calendars.time_zone,
        &is.calendars.time_zone,
        found,
    );
    organisation(old, new, found);
}

fn entries<T: Serialize>(list: &T) -> serde_json::Map<String, Json> {
    match serde_json::to_value(list) {
        Ok(Json::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

fn each<T: Serialize>(kind: &Kind, at: &[&str], was: &T, is: &T, found: &mut Vec<Change>) {
    let (before, after) = (entries(was), entries(is));
    for name in super::difference::both(after.keys(), before.keys()) {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        let title = new.or(old).and_then(|entry| entry.get("title"));
        let titled = |language: &str| {
            let title = title.and_then(|title| title.get(language)).and_then(Json::as_str);
            title.map_or_else(|| name.clone(), |title| format!("“{title}”（{name}）"))
        };
        let (weight, what, (zh, en)) = match (old, new) {
            (None, _) => (Weight::Additive, "added", ("是新的".to_owned(), "is new".to_owned())),
            (_, None) => (kind.gone, "gone", ("取消了".to_owned(), "is gone".to_owned())),
            (Some(old), Some(new)) => entry(old, new),
        };
        let wording = weight == Weight::Wording;
        let class = if wording { Class::Wording } else { kind.class };
        let at_once =
            if matches!(class, Class::Calendar | Class::Organisation) { AT_ONCE } else { ("", "") };
        let words = (
            format!("{}{}{zh}{}", kind.zh, titled("zh"), at_once.0),
            format!("{} {} {en}{}", kind.en, titled("en"), at_once.1),
        );
        let what = format!("{}-{what}", kind.en.replace(' ', "-"));
        let route = at.iter().fold(Route::default(), |route, key| route.then(*key)).then(name);
        let change = Change::new(class, weight, &what, kind.file, words).at(Spot::Key(route));
        let change =
            kind.touch.map(|touch| touch(name.clone())).into_iter().fold(change, Change::touching);
        found.push(if new.is_none() { change.gone() } else { change });
    }
}

/// Says in which of its parts an entry changed.
fn entry(old: &Json, new: &Json) -> (Weight, &'static str, (String, String)) {
    let empty = serde_json::Map::new();
    let (before, after) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let changed: Vec<&String> = super::difference::both(after.keys(), before.keys())
        .into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .collect();
    if !changed.is_empty() && changed.iter().all(|key| WORDS.contains(&key.as_str())) {
        return (
            Weight::Wording,
            "wording",
            ("的文字改了".to_owned(), "has other words".to_owned()),
        );
    }
    let parts = changed.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
    let (zh, en) = if parts.is_empty() {
        ("改了".to_owned(), "changed".to_owned())
    } else {
        (format!("改了（{parts}）"), format!("changed ({parts})"))
    };
    (Weight::Behaviour, "changed", (zh, en))
}

fn whole<T: Serialize + PartialEq>(
    class: Class,
    file: &str,
    (zh, en): (&str, &str),
    key: &str,
    was: &T,
    is: &T,
    found: &mut Vec<Change>,
) {
    if was != is {
        let words = (format!("{zh}改了{}", AT_ONCE.0), format!("the {en} changed{}", AT_ONCE.1));
        let change = Change::new(class, Weight::Behaviour, &format!("{key}-changed"), file, words);
        found.push(change.at(Spot::Key(route![key])));
    }
}

fn codes(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (before, after) = (&old.definitions.codes.lists, &new.definitions.codes.lists);
    let file = "workflows/codes.yaml";
    for name in super::difference::both(after.keys(), before.keys()) {
        let title = after.get(name).or_else(|| before.get(name)).map(|list| list.title.clone());
        let (zh, en) = title.map_or_else(Default::default, |title| (title.zh, title.en));
        let mut tell = |weight, what: &str, (says_zh, says_en): (String, String)| {
            let class = if weight == Weight::Wording { Class::Wording } else { Class::Code };
            let words = (
                format!("代码表“{zh}”（{name}）{says_zh}"),
                format!("code list “{en}” ({name}): {says_en}"),
            );
            let change = Change::new(class, weight, what, file, words)
                .at(Spot::Key(route!["lists", name]))
                .touching(Touch::Codes(name.clone()));
            found.push(if after.contains_key(name) { change } else { change.gone() });
        };
        let (was, is) = match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) => (was, is),
            (None, Some(_)) => {
                tell(Weight::Additive, "codes-added", ("是新的".into(), "new".into()));
                continue;
            }
            _ => {
                tell(Weight::Breaking, "codes-gone", ("取消了".into(), "gone".into()));
                continue;
            }
        };
        let keys = |list: &xueji_definition::file::CodeList| {
            list.entries.keys().cloned().collect::<Vec<_>>()
        };
        for (code, says_zh, says_en) in members(&keys(was), &keys(is)) {
            let entry = is.entries.get(&code).or_else(|| was.entries.get(&code));
            let (word_zh, word_en) =
                entry.map(|e| (e.zh.clone(), e.en.clone())).unwrap_or_default();
            let gone = says_zh == "取消";
            let weight = if gone { Weight::Breaking } else { Weight::Additive };
            let words = (
                format!("{says_zh}代码 {code} {word_zh}"),
                format!("{says_en} code {code} {word_en}"),
            );
            tell(weight, if gone { "code-gone" } else { "code-added" }, words);
        }
        let both = || was.entries.iter().filter_map(|(code, e)| Some((e, is.entries.get(code)?)));
        if both()
            .any(|(a, b)| (&a.parent, &a.shown_as, &a.class) != (&b.parent, &b.shown_as, &b.class))
        {
            let words =
                ("的上级代码或可见范围改了".into(), "parents or who sees them changed".into());
            tell(Weight::Behaviour, "codes-changed", words);
        }
        if was.title != is.title || both().any(|(a, b)| (&a.zh, &a.en) != (&b.zh, &b.en)) {
            tell(Weight::Wording, "codes-wording", ("的文字改了".into(), "other words".into()));
        }
    }
}

fn notices(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let kind = Kind {
        class: Class::Notice,
        file: "workflows/notices.yaml",
        zh: "通知",
        en: "notice",
        gone: Weight::Behaviour,
        touch: Some(Touch::Notice),
    };
    let (was, is) = (&old.definitions.notices.notices, &new.definitions.notices.notices);
    each(&kind, &["notices"], was, is, found);
}

fn documents(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (before, after) = (&old.definitions.documents, &new.definitions.documents);
    for name in super::difference::both(after.keys(), before.keys()) {
        let (weight, what, zh, en) = match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) if was == is => continue,
            (Some(_), Some(_)) => (Weight::Behaviour, "document-changed", "改了", "changed"),
            (None, _) => (Weight::Additive, "document-added", "是新的", "is new"),
            (_, None) => (Weight::Breaking, "document-gone", "取消了", "is gone"),
        };
        let words = (format!("文书模板 {name} {zh}"), format!("template `{name}` {en}"));
        let file = format!("workflows/documents/{name}.html");
        let change = Change::new(Class::Document, weight, what, &file, words);
        let change = change.touching(Touch::Document(name.clone()));
        found.push(if after.contains_key(name) { change } else { change.gone() });
    }
}

fn organisation(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (was, is) = (&old.definitions.organisation, &new.definitions.organisation);
    let file = "workflows/organisation.yaml";
    let list = |zh, en| Kind {
        class: Class::Organisation,
        file,
        zh,
        en,
        gone: Weight::Breaking,
        touch: None,
    };
    each(&list("单位", "unit"), &["units"], &was.units, &is.units, found);
    each(&list("角色", "role"), &["roles"], &was.roles, &is.roles, found);
    each(&list("人员", "person"), &["people"], &was.people, &is.people, found);
    holders(old, new, found);
    let mut tell = |key: &str, one: &str, zh: String, en: String| {
        let words = (format!("{zh}{}", AT_ONCE.0), format!("{en}{}", AT_ONCE.1));
        let change = Change::new(Class::Organisation, Weight::Behaviour, one, file, words);
        found.push(change.at(Spot::Key(route![key])));
    };
    if was.substitutes != is.substitutes {
        tell(
            "substitutes",
            "substitutes-changed",
            "代理安排改了".into(),
            "the substitutes changed".into(),
        );
    }
    if was.title != is.title {
        let words = ("单位名称改了".to_owned(), "the organisation has another name".to_owned());
        found.push(Change::new(
            Class::Wording,
            Weight::Wording,
            "organisation-wording",
            file,
            words,
        ));
    }
}

/// Who takes up a role, and who gives one up.
fn holders(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (was, is) = (&old.definitions.organisation, &new.definitions.organisation);
    let keyed = |list: &[xueji_definition::file::Holder]| {
        list.iter().map(|holder| (said(holder), holder.clone())).collect::<Vec<_>>()
    };
    let (before, after) = (keyed(&was.holders), keyed(&is.holders));
    let texts = |list: &[(String, _)]| list.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    for (key, zh, en) in members(&texts(&before), &texts(&after)) {
        let Some((_, holder)) = after.iter().chain(&before).find(|(text, _)| *text == key) else {
            continue;
        };
        let person = is.people.get(&holder.person).or_else(|| was.people.get(&holder.person));
        let name = person.map_or(holder.person.clone(), |person| person.name.clone());
        let release = if is.roles.contains_key(&holder.role) { new } else { old };
        let title = super::difference::role(release, &holder.role);
        let unit = holder
            .unit
            .as_ref()
            .and_then(|unit| is.units.get(unit).or_else(|| was.units.get(unit)));
        let (unit_zh, unit_en) = unit.map_or_else(Default::default, |unit| {
            (unit.title.zh.clone(), format!(" of {}", unit.title.en))
        });
        let (term_zh, term_en) = match (holder.from, holder.to) {
            (None, None) => Default::default(),
            (from, to) => {
                let day =
                    |day: Option<jiff::civil::Date>| day.map(|d| d.to_string()).unwrap_or_default();
                (format!("（{}—{}）", day(from), day(to)), format!(" ({}—{})", day(from), day(to)))
            }
        };
        let words = (
            format!("{zh}任职：{name} 任{unit_zh}{}{term_zh}{}", title.zh, AT_ONCE.0),
            format!("{en} holder: {name} as {}{unit_en}{term_en}{}", title.en, AT_ONCE.1),
        );
        let file = "workflows/organisation.yaml";
        let change =
            Change::new(Class::Organisation, Weight::Behaviour, "holder-changed", file, words);
        found.push(change.at(Spot::Key(route!["holders"])));
    }
}
