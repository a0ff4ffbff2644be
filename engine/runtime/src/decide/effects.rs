//! Effects become events.
//!
//! Invariant: an effect says all that it does in its events; what leaves the house is only asked for here, and happens
//! after the commit.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;
use xueji_definition::Text;
use xueji_definition::file::{
    CreateEffect, DocumentEffect, EffectState, Expr, Literal, NoticeEffect, SendEffect, SetEffect,
    SettleEffect, SettledState, WebhookEffect,
};
use xueji_definition::model::{EffectKind, Rows};
use xueji_definition::value::{Fields, Value};

use super::work::{Work, unknown};
use crate::event::{Event, OutgoingMessage};
use crate::path::ScopePath;
use crate::record::{RecordId, Standing};
use crate::refusal::Refusal;

impl Work<'_> {
    /// Carries out the effects of a step, in order.
    pub(super) fn run_effects(
        &mut self,
        path: &ScopePath,
        step: &str,
        effects: &[String],
    ) -> Result<(), Refusal> {
        let release = Arc::clone(&self.release);
        for name in effects {
            let process = release.process(&self.process);
            let Some(effect) = process.and_then(|process| process.effects.get(name)) else {
                return Err(self.fault(step, format!("there is no effect `{name}`")));
            };
            if let Some(when) = &effect.when
                && !self.holds(path, step, when)?
            {
                continue;
            }
            match &effect.kind {
                EffectKind::Set(set) => self.set(path, step, set)?,
                EffectKind::Settle(settle) => self.settle(path, step, settle)?,
                EffectKind::Create(create) => self.create(path, step, create)?,
                EffectKind::Fill(fields) => self.fill(path, step, fields)?,
                EffectKind::Number(number) => self.number(path, step, number)?,
                EffectKind::Document(document) => self.document(path, step, document)?,
                EffectKind::Notice(notice) => self.notice(path, step, notice)?,
                EffectKind::Send(send) => self.send_message(path, step, send)?,
                EffectKind::Webhook(webhook) => self.webhook(path, step, webhook)?,
            }
        }
        Ok(())
    }

    fn target(
        &mut self,
        path: &ScopePath,
        step: &str,
        kind: Option<&str>,
        id: Option<&Expr>,
    ) -> Result<RecordId, Refusal> {
        let subject = self.subject(path)?;
        match (kind, id) {
            (Some(kind), Some(id)) => Ok(RecordId::new(kind, self.text(path, step, id)?)),
            (None, Some(id)) => match subject {
                Some(subject) => Ok(RecordId::new(subject.kind, self.text(path, step, id)?)),
                None => Err(self.fault(
                    step,
                    "an effect on a record names no record type, and there is no subject",
                )),
            },
            (_, None) => subject
                .ok_or_else(|| self.fault(step, "an effect on the subject, and there is none")),
        }
    }

    fn start_date(
        &mut self,
        path: &ScopePath,
        step: &str,
        from: Option<&Expr>,
    ) -> Result<Date, Refusal> {
        match from {
            None => Ok(self.today),
            Some(expr) => match self.required(path, step, expr)? {
                Value::Date(date) => Ok(date),
                other => Err(self.gives(step, expr, &other, ("日期", "a date"))),
            },
        }
    }

    fn values(
        &mut self,
        path: &ScopePath,
        step: &str,
        kind: &str,
        literals: &IndexMap<String, Literal>,
        compute: &IndexMap<String, Expr>,
    ) -> Result<Vec<(String, Option<Value>)>, Refusal> {
        let release = self.release.clone();
        let Some(record) = release.definitions.records.records.get(kind) else {
            return Err(self.fault(step, format!("there is no record type `{kind}`")));
        };
        let mut values = Vec::new();
        for (name, literal) in literals {
            let field = record
                .fields
                .get(name)
                .ok_or_else(|| self.fault(step, format!("no field `{name}`")))?;
            let value =
                field.value_type().read(&literal.0).map_err(|e| self.fault(step, e.to_string()))?;
            values.push((name.clone(), value));
        }
        for (name, expr) in compute {
            let field = record
                .fields
                .get(name)
                .ok_or_else(|| self.fault(step, format!("no field `{name}`")))?;
            if let Some(value) = self.evaluate(path, step, expr)? {
                // Through JSON, so that a whole number becomes the decimal that the field asks for.
                let value = field.value_type().read(&value.to_json());
                let value =
                    value.map_err(|error| self.fault(step, format!("`{name}`: {error}")))?;
                values.push((name.clone(), value));
            }
        }
        Ok(values)
    }

    fn set(&mut self, path: &ScopePath, step: &str, set: &SetEffect) -> Result<(), Refusal> {
        let record = self.target(path, step, set.record.as_deref(), set.id.as_ref())?;
        if self.record(&record)?.is_none() {
            return Err(unknown("record", &record.id));
        }
        let mut values = self.values(path, step, &record.kind, &set.values, &set.compute)?;
        values.extend(set.clear.iter().map(|field| (field.clone(), None)));
        let from = self.start_date(path, step, set.from.as_ref())?;
        let standing = match set.state {
            EffectState::Effective => Standing::Effective,
            EffectState::Pending => Standing::Pending,
            EffectState::Proposed => Standing::Proposed,
        };
        self.emit(Event::RecordSet { record, values, from, standing });
        Ok(())
    }

    fn settle(
        &mut self,
        path: &ScopePath,
        step: &str,
        settle: &SettleEffect,
    ) -> Result<(), Refusal> {
        let record = self.target(path, step, settle.record.as_deref(), settle.id.as_ref())?;
        // Loaded first, so that the event finds what it settles.
        if self.record(&record)?.is_none() {
            return Err(unknown("record", &record.id));
        }
        let from = self.start_date(path, step, settle.from.as_ref())?;
        let standing = match settle.state {
            SettledState::Effective => Standing::Effective,
            SettledState::Refused => Standing::Refused,
        };
        self.emit(Event::RecordSettled { record, standing, from });
        Ok(())
    }

    fn create(
        &mut self,
        path: &ScopePath,
        step: &str,
        create: &CreateEffect,
    ) -> Result<(), Refusal> {
        let record = RecordId::new(&create.record, self.text(path, step, &create.id)?);
        self.record(&record)?;
        let mut values = self.values(path, step, &record.kind, &create.values, &create.compute)?;
        let release = self.release.clone();
        // The field that is the record's id says so, too.
        if let Some(kind) = release.definitions.records.records.get(&record.kind)
            && kind.fields.contains_key(&kind.id)
            && !values.iter().any(|(name, _)| *name == kind.id)
        {
            values.push((kind.id.clone(), Some(Value::Text(record.id.clone()))));
        }
        let from = self.start_date(path, step, create.from.as_ref())?;
        self.emit(Event::RecordSet { record, values, from, standing: Standing::Effective });
        Ok(())
    }

    fn fill(
        &mut self,
        path: &ScopePath,
        step: &str,
        fields: &IndexMap<String, Expr>,
    ) -> Result<(), Refusal> {
        let mut form = Fields::new();
        for (name, expr) in fields {
            if let Some(value) = self.evaluate(path, step, expr)? {
                form.insert(name.clone(), value);
            }
        }
        self.emit(Event::Filled { scope: path.clone(), form });
        Ok(())
    }

    fn document(
        &mut self,
        path: &ScopePath,
        step: &str,
        document: &DocumentEffect,
    ) -> Result<(), Refusal> {
        let rows = match &document.rows {
            Some(query) => self.query_rows(path, step, query)?,
            None => Vec::new(),
        };
        let paper = self.paper(path, step, document, rows)?;
        let (id, hash) = (paper.id.clone(), paper.hash.clone());
        self.papers.push(paper);
        self.emit(Event::DocumentMade {
            scope: path.clone(),
            id: id.clone(),
            template: document.template.clone(),
            title: document.title.clone(),
            hash,
        });
        if let Some(into) = &document.into {
            let form = Fields::from([(into.clone(), Value::Text(id))]);
            self.emit(Event::Filled { scope: path.clone(), form });
        }
        Ok(())
    }

    /// Returns the rows of a query in its order, as papers list them.
    pub(super) fn query_rows(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
    ) -> Result<Vec<Fields>, Refusal> {
        let release = Arc::clone(&self.release);
        let Some(query) = release.definitions.queries.get(name) else {
            return Err(unknown("query", name));
        };
        let ready = self.ready(path, step, &query.over, &query.conditions, 0)?;
        let mut rows = Vec::new();
        for row in self.rows(&query.over, ready)? {
            if self.included(path, step, query, &row)? {
                rows.push(row);
            }
        }
        if let Rows::Instances(_) = query.over {
            let kinds = &release.definitions.processes;
            for row in &mut rows {
                let process =
                    row.get("process").and_then(Value::as_text).and_then(|id| kinds.get(id));
                let id = row.get("subject").and_then(Value::as_text).map(str::to_owned);
                // A row of a campaign is about a record of the type that its for-each finds.
                let kind = process.and_then(|p| p.subject.clone());
                if let (Some(kind), Some(id)) = (kind, id)
                    && let Some(record) = self.record_value(&RecordId::new(kind, id))?
                {
                    row.insert("record".to_owned(), record);
                }
            }
        }
        let order: Vec<&str> = query.order.iter().map(String::as_str).collect();
        rows.sort_by(|a, b| by_order(a, b, &order));
        Ok(rows)
    }

    fn notice(
        &mut self,
        path: &ScopePath,
        step: &str,
        notice: &NoticeEffect,
    ) -> Result<(), Refusal> {
        let mut to = Vec::with_capacity(notice.to.len());
        for candidates in &notice.to {
            to.push(self.offer(path, step, candidates)?);
        }
        self.tell(path, step, &notice.notice, to)
    }

    /// Tells people with a notice's words, filled in from the case.
    pub(super) fn tell(
        &mut self,
        path: &ScopePath,
        step: &str,
        name: &str,
        to: Vec<crate::state::Offer>,
    ) -> Result<(), Refusal> {
        let Some(words) = self.release.definitions.notices.notices.get(name).cloned() else {
            return Err(unknown("notice", name));
        };
        let title = self.filled_text(path, step, &words.title)?;
        let text = self.filled_text(path, step, &words.text)?;
        self.emit(Event::Noticed { scope: path.clone(), notice: name.to_owned(), to, title, text });
        Ok(())
    }

    fn filled_text(&mut self, path: &ScopePath, step: &str, text: &Text) -> Result<Text, Refusal> {
        Ok(Text::new(
            self.fill_braces(path, step, &text.zh, "（缺）")?,
            self.fill_braces(path, step, &text.en, "(missing)")?,
        ))
    }

    /// Fills in `{expression}`; a missing value shows as such, for a notice goes out all the same.
    fn fill_braces(
        &mut self,
        path: &ScopePath,
        step: &str,
        text: &str,
        missing: &str,
    ) -> Result<String, Refusal> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((inside, behind)) = after.split_once('}') else {
                return Err(self.fault(step, format!("`{{` without `}}` in `{text}`")));
            };
            let value = self.evaluate(path, step, &Expr(inside.trim().to_owned()))?;
            filled.push_str(&value.map_or_else(|| missing.to_owned(), |value| value.to_string()));
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn send_message(
        &mut self,
        path: &ScopePath,
        step: &str,
        send: &SendEffect,
    ) -> Result<(), Refusal> {
        let key = match (&send.key, &send.first_of) {
            (Some(key), _) => self.text(path, step, key)?,
            (None, Some(query)) => {
                let rows = self.query_rows(path, step, query)?;
                match rows.first().and_then(|row| row.get("id")).and_then(Value::as_text) {
                    Some(id) => id.to_owned(),
                    None => return Ok(()),
                }
            }
            (None, None) => self.instance.clone(),
        };
        let answer = match &send.answer {
            Some(expr) => Some(self.text(path, step, expr)?),
            None => None,
        };
        let form = self.computed_fields(path, step, &send.data)?;
        self.send(OutgoingMessage { name: send.message.clone(), key, answer, form });
        Ok(())
    }

    fn webhook(
        &mut self,
        path: &ScopePath,
        step: &str,
        webhook: &WebhookEffect,
    ) -> Result<(), Refusal> {
        let address = self.text(path, step, &Expr(format!("param.{}", webhook.address)))?;
        let data = self.computed_fields(path, step, &webhook.data)?;
        self.emit(Event::WebhookCalled { address, data });
        Ok(())
    }

    fn computed_fields(
        &mut self,
        path: &ScopePath,
        step: &str,
        exprs: &IndexMap<String, Expr>,
    ) -> Result<Fields, Refusal> {
        let mut fields = Fields::new();
        for (name, expr) in exprs {
            if let Some(value) = self.evaluate(path, step, expr)? {
                fields.insert(name.clone(), value);
            }
        }
        Ok(fields)
    }
}

/// Orders rows by fields; a leading `-` turns one round.
fn by_order(a: &Fields, b: &Fields, order: &[&str]) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    for field in order {
        let (name, turned) = field.strip_prefix('-').map_or((*field, false), |name| (name, true));
        let (head, rest) = name.split_once('.').unwrap_or((name, ""));
        let get = |row: &Fields| {
            let value = row.get(head)?;
            if rest.is_empty() { Some(value.clone()) } else { value.at(rest).cloned() }
        };
        let order = match (get(a), get(b)) {
            (Some(x), Some(y)) => super::conditions::compare(&x, &y).unwrap_or(Ordering::Equal),
            (x, y) => y.is_some().cmp(&x.is_some()),
        };
        let order = if turned { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.get("id").cmp(&b.get("id"))
}
