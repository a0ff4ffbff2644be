//! Forms and lists of papers: what is asked for, field by field and paper by paper.
//!
//! Invariant: what was asked for before and is again is compared in all that it says; titles and hints are wording.

use xueji_definition::Text;
use xueji_definition::file::{Field, FormFile, MaterialItem, MaterialsFile};
use xueji_definition::finding::Spot;
use xueji_definition::route;
use xueji_runtime::Release;

use super::change::{Change, Class, Tell, Touch, Weight};
use super::difference::{both, quoted};

pub(super) fn compare(old: &Release, new: &Release, found: &mut Vec<Change>) {
    let (before, after) = (&old.definitions.forms, &new.definitions.forms);
    for id in both(after.keys(), before.keys()) {
        let file = format!("workflows/forms/{id}.yaml");
        match (before.get(id), after.get(id)) {
            (Some(was), Some(is)) => form(&file, id, was, is, found),
            (was, is) => {
                let of = |form: &FormFile| form.title.clone();
                whole((Class::Form, "表单", "form"), &file, was.map(of), is.map(of), found);
                mark(found, Touch::Form(id.clone()));
            }
        }
    }
    let (before, after) = (&old.definitions.materials, &new.definitions.materials);
    for id in both(after.keys(), before.keys()) {
        let file = format!("workflows/materials/{id}.yaml");
        match (before.get(id), after.get(id)) {
            (Some(was), Some(is)) => papers(&file, id, was, is, found),
            (was, is) => {
                let of = |list: &MaterialsFile| list.title.clone();
                whole(
                    (Class::Material, "材料清单", "papers"),
                    &file,
                    was.map(of),
                    is.map(of),
                    found,
                );
                mark(found, Touch::Materials(id.clone()));
            }
        }
    }
}

fn mark(found: &mut [Change], touch: Touch) {
    if let Some(last) = found.last_mut() {
        last.touches.insert(touch);
    }
}

fn whole(
    (class, zh, en): (Class, &str, &str),
    file: &str,
    was: Option<Text>,
    is: Option<Text>,
    found: &mut Vec<Change>,
) {
    let (weight, what, title, (says_zh, says_en)) = match (was, is) {
        (_, Some(title)) => (Weight::Additive, "file-added", title, ("是新的", "is new")),
        (Some(title), None) => (Weight::Breaking, "file-gone", title, ("取消了", "is gone")),
        (None, None) => return,
    };
    let (title_zh, title_en) = quoted(&title);
    let words = (format!("{zh}{title_zh}{says_zh}"), format!("{en} {title_en} {says_en}"));
    let change = Change::new(class, weight, what, file, words);
    found.push(if weight == Weight::Breaking { change.gone() } else { change });
}

fn form(file: &str, id: &str, was: &FormFile, is: &FormFile, found: &mut Vec<Change>) {
    let touch = || Touch::Form(id.to_owned());
    if was.title != is.title {
        let words = ("表单的名称改了".to_owned(), "other words for the form's title".to_owned());
        let change = Change::new(Class::Wording, Weight::Wording, "form-wording", file, words);
        found.push(change.at(Spot::Key(route!["title"])).touching(touch()));
    }
    for name in both(is.fields.keys(), was.fields.keys()) {
        let mut tell = |weight, what: &str, (zh, en): (String, String)| {
            let class = if weight == Weight::Wording { Class::Wording } else { Class::Form };
            let field = is.fields.get(name).or_else(|| was.fields.get(name));
            let (title_zh, title_en) = field.map(|field| quoted(&field.title)).unwrap_or_default();
            let (form_zh, form_en) = quoted(&is.title);
            let words = (
                format!("表单{form_zh}的{title_zh}（{name}）{zh}"),
                format!("form {form_en}, {title_en} ({name}): {en}"),
            );
            let change = Change::new(class, weight, what, file, words)
                .at(Spot::Key(route!["fields", name]))
                .touching(touch());
            found.push(if is.fields.contains_key(name) { change } else { change.gone() });
        };
        match (was.fields.get(name), is.fields.get(name)) {
            (None, Some(field)) if field.required && field.computed.is_none() => tell(
                Weight::Behaviour,
                "field-added",
                ("是新的，必填".to_owned(), "new, and must be filled in".to_owned()),
            ),
            (None, Some(_)) => {
                tell(Weight::Additive, "field-added", ("是新的".to_owned(), "new".to_owned()));
            }
            (Some(_), None) => tell(
                Weight::Breaking,
                "field-gone",
                ("不再填写".to_owned(), "no longer asked for".to_owned()),
            ),
            (Some(was), Some(is)) => field(was, is, &mut tell),
            (None, None) => {}
        }
    }
}

fn field(was: &Field, is: &Field, tell: &mut Tell<'_>) {
    if was.value_type() != is.value_type() {
        tell(
            Weight::Breaking,
            "field-type",
            ("填写内容的类型改了".to_owned(), "another type of value".to_owned()),
        );
    }
    let required = |field: &Field| (field.required, field.required_when.clone());
    if required(was) != required(is) {
        let words = match (is.required, is.required_when.is_some()) {
            (true, _) => ("改为必填", "must now be filled in"),
            (_, true) => ("改为有条件必填", "must now be filled in in some cases"),
            _ => ("不再必填", "may now be left out"),
        };
        tell(Weight::Behaviour, "field-required", (words.0.to_owned(), words.1.to_owned()));
    }
    let limits = |field: &Field| {
        (
            field.visible_when.clone(),
            field.computed.clone(),
            field.max_length,
            field.min.clone(),
            field.max.clone(),
        )
    };
    if limits(was) != limits(is) {
        tell(
            Weight::Behaviour,
            "field-limits",
            (
                "填写条件或范围改了".to_owned(),
                "asked for, computed or limited otherwise".to_owned(),
            ),
        );
    }
    if was.class != is.class {
        tell(
            Weight::Behaviour,
            "field-class",
            ("谁能看到改了".to_owned(), "others may see it".to_owned()),
        );
    }
    let columns = |field: &Field| serde_json::to_value(&field.fields).unwrap_or_default();
    if was.value_type() == is.value_type() && columns(was) != columns(is) {
        tell(
            Weight::Behaviour,
            "field-columns",
            ("的列改了".to_owned(), "its columns changed".to_owned()),
        );
    }
    if (&was.title, &was.hint) != (&is.title, &is.hint) {
        tell(
            Weight::Wording,
            "field-wording",
            ("的名称或提示改了".to_owned(), "other words".to_owned()),
        );
    }
}

fn papers(file: &str, id: &str, was: &MaterialsFile, is: &MaterialsFile, found: &mut Vec<Change>) {
    let item = |list: &MaterialsFile, id: &str| list.items.iter().find(|one| one.id == id).cloned();
    let mut ids: Vec<String> =
        is.items.iter().chain(&was.items).map(|one| one.id.clone()).collect();
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    for paper in ids {
        let owed = |one: &MaterialItem| one.required || one.required_when.is_some();
        let (was_one, is_one) = (item(was, &paper), item(is, &paper));
        let (weight, what, zh, en) = match (&was_one, &is_one) {
            (None, Some(one)) if owed(one) => {
                (Weight::Behaviour, "paper-added", "是新的，须交", "new, and owed")
            }
            (None, Some(_)) => (Weight::Additive, "paper-added", "是新的", "new"),
            (Some(_), None) => (Weight::Behaviour, "paper-gone", "不再收取", "no longer asked for"),
            (Some(was), Some(is)) if was == is => continue,
            (Some(was), Some(is)) => {
                let words = |one: &MaterialItem| MaterialItem {
                    title: Text::default(),
                    source: None,
                    ..one.clone()
                };
                if words(was) == words(is) {
                    (Weight::Wording, "paper-wording", "的名称或出处改了", "other words")
                } else {
                    (Weight::Behaviour, "paper-changed", "的要求改了", "asked for otherwise")
                }
            }
            (None, None) => continue,
        };
        let title = is_one.as_ref().or(was_one.as_ref()).map(|one| quoted(&one.title));
        let ((title_zh, title_en), (list_zh, list_en)) =
            (title.unwrap_or_default(), quoted(&is.title));
        let words = (
            format!("材料{list_zh}中的{title_zh}{zh}"),
            format!("papers {list_en}, {title_en}: {en}"),
        );
        let class = if weight == Weight::Wording { Class::Wording } else { Class::Material };
        let at = is.items.iter().position(|one| one.id == paper);
        let change = Change::new(class, weight, what, file, words);
        let change = change.touching(Touch::Materials(id.to_owned()));
        found.push(match at {
            Some(at) => change.at(Spot::Value(route!["items", at])),
            None => change.gone(),
        });
    }
}
