//! Papers handed in with a form.
//!
//! Invariant: a paper handed in stays until it is replaced or taken back; what is owed is asked of all that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use xueji_definition::Text;
use xueji_definition::file::MaterialItem;
use xueji_definition::value::{Fields, Value};

use super::forms::{Asked, MATERIALS, ReadForm, fault};
use super::work::Work;
use crate::command::RawForm;
use crate::path::ScopePath;
use crate::refusal::{FieldFault, Refusal};

impl Work<'_> {
    /// Papers handed in before stay; those sent now are laid over them, and `null` takes one back.
    pub(super) fn read_materials(
        &mut self,
        path: &ScopePath,
        raw: &RawForm,
        read: &mut ReadForm,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        let Some(sent) = raw.get(MATERIALS) else { return Ok(()) };
        let Json::Object(sent) = sent else {
            faults.push(fault("/materials", "应为 {材料: 文件编号}", "expected {paper: file id}"));
            return Ok(());
        };
        let release = Arc::clone(&self.release);
        let process = release.process(&self.process).into_iter();
        let known = process.flat_map(|process| release.definitions.papers_of(process));
        let known: BTreeMap<&str, &MaterialItem> =
            known.map(|item| (item.id.as_str(), item)).collect();
        let mut papers = match self.scope(path)?.form.get(MATERIALS) {
            Some(Value::Map(papers)) => papers.clone(),
            _ => Fields::new(),
        };
        for (name, id) in sent {
            let pointer = format!("/materials/{name}");
            let Some(item) = known.get(name.as_str()) else {
                let help = xueji_definition::finding::did_you_mean(name, known.keys().copied());
                let help = help.unwrap_or_else(|| {
                    Text::new("此步骤没有名称相近的", "this step has none of a like name")
                });
                faults.push(fault(
                    &pointer,
                    format!("没有这种材料；{}", help.zh),
                    format!("there is no such paper; {}", help.en),
                ));
                continue;
            };
            match id {
                Json::String(id) => {
                    self.check_file(&pointer, id, Some(item), faults)?;
                    papers.insert(name.clone(), Value::Text(id.clone()));
                }
                Json::Null => {
                    papers.remove(name);
                }
                _ => faults.push(fault(&pointer, "应为文件编号", "expected a file id")),
            }
        }
        read.fields.insert(MATERIALS.to_owned(), Value::Map(papers));
        Ok(())
    }

    pub(super) fn require_materials(
        &mut self,
        path: &ScopePath,
        step: &str,
        asked: &Asked<'_>,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        let mut lists = asked.materials.to_vec();
        for case in asked.cases {
            if !case.materials.is_empty() && self.holds(path, step, &case.when)? {
                lists.extend(case.materials.iter().cloned());
            }
        }
        let release = self.release.clone();
        let form = self.form(path)?;
        let handed: BTreeSet<String> = match form.get(MATERIALS) {
            Some(Value::Map(papers)) => papers.keys().cloned().collect(),
            _ => BTreeSet::new(),
        };
        let mut groups: BTreeMap<String, Vec<MaterialItem>> = BTreeMap::new();
        let items = lists
            .iter()
            .filter_map(|list| release.definitions.materials.get(list))
            .flat_map(|m| &m.items);
        for item in items {
            let wanted = item.required
                || match &item.required_when {
                    Some(expr) => self.holds(path, step, expr)?,
                    None => false,
                };
            if !wanted {
                continue;
            }
            match &item.one_of {
                Some(group) => groups.entry(group.clone()).or_default().push(item.clone()),
                None if !handed.contains(&item.id) => {
                    let pointer = format!("/materials/{}", item.id);
                    if !faults.iter().any(|f| f.pointer == pointer) {
                        faults.push(fault(
                            &pointer,
                            format!("须提交材料：{}", item.title.zh),
                            format!("a paper is needed: {}", item.title.en),
                        ));
                    }
                }
                None => {}
            }
        }
        for items in
            groups.values().filter(|items| !items.iter().any(|item| handed.contains(&item.id)))
        {
            let zh: Vec<&str> = items.iter().map(|item| item.title.zh.as_str()).collect();
            let en: Vec<&str> = items.iter().map(|item| item.title.en.as_str()).collect();
            let first = items.first().map(|item| item.id.clone()).unwrap_or_default();
            faults.push(fault(
                &format!("/materials/{first}"),
                format!("须提交其中之一：{}", zh.join("、")),
                format!("one of these is needed: {}", en.join(", ")),
            ));
        }
        Ok(())
    }
}
