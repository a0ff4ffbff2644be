//! Forms and papers as they were sent become values, or a list of all that is wrong with them.
//!
//! Invariant: every fault of every field is told at once, each with a pointer to the field; nothing is taken from a form
//! that has one.

use xueji_definition::Text;
use xueji_definition::file::{Case, Field, FieldKind, FormFile, MaterialItem};
use xueji_definition::value::{Fields, Type, Value};

use super::conditions::compare;
use super::inputs::{is_decimal, literal};
use super::work::Work;
use crate::command::RawForm;
use crate::path::ScopePath;
use crate::record::RecordId;
use crate::refusal::{FieldFault, Refusal};

/// The form field under which papers stand.
pub(super) const MATERIALS: &str = "materials";

/// What is asked for at a step.
pub(super) struct Asked<'f> {
    pub(super) form: Option<&'f str>,
    pub(super) materials: &'f [String],
    pub(super) cases: &'f [Case],
    /// Whether everything required must be there, or only what is sent be right.
    pub(super) complete: bool,
}

/// What a form came to.
#[derive(Default)]
pub(super) struct ReadForm {
    pub(super) fields: Fields,
    pub(super) cleared: Vec<String>,
}

/// Returns what to do about a field that a form does not have: a name that is near, or those that are filled in.
fn help_with_field(form: Option<&FormFile>, name: &str) -> Text {
    let fields = || form.iter().flat_map(|form| &form.fields);
    let near =
        xueji_definition::finding::did_you_mean(name, fields().map(|(name, _)| name.as_str()));
    near.unwrap_or_else(|| {
        let asked = fields().filter(|(_, field)| {
            field.computed.is_none()
                && field.visible_when.as_ref().is_none_or(|when| when.0 != "false")
        });
        let asked: Vec<&str> = asked.map(|(name, _)| name.as_str()).collect();
        if asked.is_empty() {
            Text::new("此步骤不填表", "nothing is filled in here")
        } else {
            Text::new(
                format!("可填：{}", asked.join("、")),
                format!("fields: {}", asked.join(", ")),
            )
        }
    })
}

impl ReadForm {
    fn clear(&mut self, name: &str) {
        self.fields.remove(name);
        if !self.cleared.iter().any(|cleared| cleared == name) {
            self.cleared.push(name.to_owned());
        }
    }
}

impl Work<'_> {
    /// Reads a form. The scope's own form is laid under it, so that what was said before need not be said again.
    pub(super) fn read_form(
        &mut self,
        path: &ScopePath,
        step: &str,
        asked: &Asked<'_>,
        raw: &RawForm,
    ) -> Result<ReadForm, Refusal> {
        let release = self.release.clone();
        let form = match asked.form {
            Some(id) => match release.definitions.forms.get(id) {
                Some(form) => Some(form),
                None => return Err(self.fault(step, format!("there is no form `{id}`"))),
            },
            None => None,
        };
        let mut faults = Vec::new();
        let mut read = ReadForm::default();
        self.read_fields(form, raw, &mut read, &mut faults)?;
        self.read_materials(path, raw, &mut read, &mut faults)?;
        // What conditions see is the form as it will be.
        let before = self.lay_under(path, &read)?;
        if let Some(form) = form {
            self.compute(path, step, form, &mut read)?;
            if self.hide(path, step, form, raw, &mut read)? {
                self.compute(path, step, form, &mut read)?;
            }
            self.require_fields(path, step, form, asked.complete, raw, &mut faults)?;
        }
        if asked.complete {
            self.require_materials(path, step, asked, &mut faults)?;
        }
        self.put_form(path, before);
        if faults.is_empty() { Ok(read) } else { Err(Refusal::Form(faults)) }
    }

    /// Puts what was read into the scope for a while, without an event, and returns what stood there.
    fn lay_under(&mut self, path: &ScopePath, read: &ReadForm) -> Result<Fields, Refusal> {
        let before = self.scope(path)?.form.clone();
        let mut form = before.clone();
        form.extend(read.fields.clone());
        form.retain(|name, _| !read.cleared.contains(name));
        self.put_form(path, form);
        Ok(before)
    }

    fn put_form(&mut self, path: &ScopePath, form: Fields) {
        if let Some(scope) = self.state.scopes.get_mut(&path.to_string()) {
            scope.form = form;
        }
    }

    fn read_fields(
        &self,
        form: Option<&FormFile>,
        raw: &RawForm,
        read: &mut ReadForm,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        for (name, json) in raw.iter().filter(|(name, _)| *name != MATERIALS) {
            let pointer = format!("/{name}");
            let Some(field) = form.and_then(|form| form.fields.get(name)) else {
                let help = help_with_field(form, name);
                faults.push(fault(
                    &pointer,
                    format!("表单没有这一项；{}", help.zh),
                    format!("the form has no such field; {}", help.en),
                ));
                continue;
            };
            if field.computed.is_some() {
                faults.push(fault(
                    &pointer,
                    "此项由系统计算，不能填写",
                    "this field is worked out, not filled in",
                ));
                continue;
            }
            match field.value_type().read(json) {
                Ok(Some(value)) => {
                    let before = faults.len();
                    self.check_value(&pointer, field, &value, faults)?;
                    if faults.len() == before {
                        read.fields.insert(name.clone(), value);
                    }
                }
                Ok(None) => read.cleared.push(name.clone()),
                Err(error) => {
                    let inner: String = error.path.iter().map(|key| format!("/{key}")).collect();
                    faults.push(fault(
                        &format!("{pointer}{inner}"),
                        format!("应为{}，收到 {}", type_zh(&field.value_type()), error.found),
                        error.to_string(),
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_value(
        &self,
        pointer: &str,
        field: &Field,
        value: &Value,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        if let (Value::List(items), true) = (value, field.many || field.kind == FieldKind::Table) {
            if field.max_length.is_some_and(|max| items.len() > max as usize) {
                let max = field.max_length.unwrap_or_default();
                faults.push(fault(
                    pointer,
                    format!("最多 {max} 行"),
                    format!("at most {max} rows"),
                ));
            }
            let one = Field { many: false, max_length: None, ..field.clone() };
            let one = if one.kind == FieldKind::Table {
                Field { kind: FieldKind::Group, ..one }
            } else {
                one
            };
            for (index, item) in items.iter().enumerate() {
                self.check_value(&format!("{pointer}/{index}"), &one, item, faults)?;
            }
            return Ok(());
        }
        match (field.kind, value) {
            (FieldKind::Group, Value::Map(inner)) => {
                for (name, field) in &field.fields {
                    let pointer = format!("{pointer}/{name}");
                    match inner.get(name) {
                        Some(value) => self.check_value(&pointer, field, value, faults)?,
                        None if field.required => faults.push(missing(&pointer, field)),
                        None => {}
                    }
                }
            }
            (FieldKind::Code, Value::Text(code)) => self.check_code(pointer, field, code, faults),
            (FieldKind::Record, Value::Text(id)) => {
                let kind = field.record.clone().unwrap_or_default();
                if self.view.record(&RecordId::new(&kind, id))?.is_none() {
                    faults.push(fault(
                        pointer,
                        format!("没有这条记录：{id}"),
                        format!("there is no {kind} `{id}`"),
                    ));
                }
            }
            (FieldKind::File, Value::Text(id)) => self.check_file(pointer, id, None, faults)?,
            _ => check_limits(pointer, field, value, faults),
        }
        Ok(())
    }

    fn check_code(&self, pointer: &str, field: &Field, code: &str, faults: &mut Vec<FieldFault>) {
        let list =
            field.codes.as_deref().and_then(|list| self.release.definitions.codes.lists.get(list));
        if list.is_some_and(|list| list.entries.contains_key(code)) {
            return;
        }
        let known = list.iter().flat_map(|list| list.entries.iter().take(20));
        let (zh, en): (Vec<_>, Vec<_>) = known
            .map(|(code, words)| (format!("{code} {}", words.zh), format!("{code} {}", words.en)))
            .unzip();
        faults.push(fault(
            pointer,
            format!("没有代码 {code}；可选：{}", zh.join("、")),
            format!("there is no code `{code}`; known: {}", en.join(", ")),
        ));
    }

    pub(super) fn check_file(
        &self,
        pointer: &str,
        id: &str,
        item: Option<&MaterialItem>,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        match self.view.material(id)? {
            None => faults.push(fault(
                pointer,
                format!("没有上传过文件 {id}"),
                format!("no file `{id}` has been uploaded"),
            )),
            Some(info) => {
                if item.is_some_and(|item| {
                    !item.accepts.is_empty() && !item.accepts.contains(&info.kind)
                }) {
                    faults.push(fault(
                        pointer,
                        format!("不接受 {:?} 类文件", info.kind),
                        format!("a {:?} file is not accepted here", info.kind),
                    ));
                }
            }
        }
        Ok(())
    }

    fn compute(
        &mut self,
        path: &ScopePath,
        step: &str,
        form: &FormFile,
        read: &mut ReadForm,
    ) -> Result<(), Refusal> {
        for (name, field) in &form.fields {
            let Some(expr) = &field.computed else { continue };
            let value = self.evaluate(path, step, expr)?;
            let value = match value {
                Some(Value::Int(n)) if is_decimal(field.kind) => Some(Value::Decimal(n.into())),
                other => other,
            };
            // What it was before is not written again: nothing that was worked out need be forgotten.
            if self.scope(path)?.form.get(name) != value.as_ref()
                && let Some(scope) = self.state.scopes.get_mut(&path.to_string())
            {
                match &value {
                    Some(value) => scope.form.insert(name.clone(), value.clone()),
                    None => scope.form.remove(name),
                };
            }
            match value {
                Some(value) => {
                    read.cleared.retain(|cleared| cleared != name);
                    read.fields.insert(name.clone(), value);
                }
                None => read.clear(name),
            }
        }
        Ok(())
    }

    /// Takes away what was said before in fields that are no longer asked for. Returns whether there was something.
    fn hide(
        &mut self,
        path: &ScopePath,
        step: &str,
        form: &FormFile,
        raw: &RawForm,
        read: &mut ReadForm,
    ) -> Result<bool, Refusal> {
        let mut hidden = false;
        for (name, field) in &form.fields {
            // One that is never asked for is the engine's to fill in.
            let Some(when) = field.visible_when.as_ref().filter(|when| when.0 != "false") else {
                continue;
            };
            let there = self.scope(path)?.form.contains_key(name);
            if !there || raw.contains_key(name) || self.holds(path, step, when)? {
                continue;
            }
            if let Some(scope) = self.state.scopes.get_mut(&path.to_string()) {
                scope.form.remove(name);
            }
            read.clear(name);
            hidden = true;
        }
        Ok(hidden)
    }

    fn require_fields(
        &mut self,
        path: &ScopePath,
        step: &str,
        form: &FormFile,
        complete: bool,
        raw: &RawForm,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), Refusal> {
        for (name, field) in &form.fields {
            let pointer = format!("/{name}");
            let visible = match &field.visible_when {
                Some(expr) => self.holds(path, step, expr)?,
                None => true,
            };
            let sent = raw.get(name).is_some_and(|json| !json.is_null());
            if !visible {
                if sent {
                    faults.push(fault(
                        &pointer,
                        "此情形不填这一项",
                        "this field is not asked for in this case",
                    ));
                }
                continue;
            }
            let wanted = field.required
                || match &field.required_when {
                    Some(expr) => self.holds(path, step, expr)?,
                    None => false,
                };
            let there = self.scope(path)?.form.contains_key(name);
            let told = faults
                .iter()
                .any(|f| f.pointer == pointer || f.pointer.starts_with(&format!("{pointer}/")));
            if complete && wanted && !there && !told {
                faults.push(missing(&pointer, field));
            }
        }
        Ok(())
    }
}

fn check_limits(pointer: &str, field: &Field, value: &Value, faults: &mut Vec<FieldFault>) {
    if let (Some(max), Value::Text(text)) = (field.max_length, value)
        && text.chars().count() > max as usize
    {
        faults.push(fault(
            pointer,
            format!("最多 {max} 个字"),
            format!("at most {max} characters"),
        ));
    }
    let like = field.value_type();
    if let Some(min) = field.min.as_ref().and_then(|min| literal(min, Some(&like)))
        && compare(value, &min).is_some_and(std::cmp::Ordering::is_lt)
    {
        faults.push(fault(pointer, format!("不得小于 {min}"), format!("not less than {min}")));
    }
    if let Some(max) = field.max.as_ref().and_then(|max| literal(max, Some(&like)))
        && compare(value, &max).is_some_and(std::cmp::Ordering::is_gt)
    {
        faults.push(fault(pointer, format!("不得大于 {max}"), format!("not more than {max}")));
    }
}

fn missing(pointer: &str, field: &Field) -> FieldFault {
    fault(pointer, format!("请填写{}", field.title.zh), format!("fill in {}", field.title.en))
}

pub(super) fn fault(pointer: &str, zh: impl Into<String>, en: impl Into<String>) -> FieldFault {
    FieldFault { pointer: pointer.to_owned(), message: Text::new(zh, en) }
}

fn type_zh(ty: &Type) -> &'static str {
    match ty {
        Type::Text => "文字",
        Type::Int => "整数",
        Type::Decimal => "数",
        Type::Bool => "是否（true 或 false）",
        Type::Date => "日期（YYYY-MM-DD）",
        Type::Code(_) => "代码",
        Type::File => "文件编号",
        Type::Record(_) => "记录编号",
        Type::List(_) => "列表",
        Type::Map(_) => "一组项目",
    }
}
