//! Branches: opened at once or in batches, joined by counters.
//!
//! Invariant: a join reads the counters of its own step and no sibling. An answer is counted once, and one that was made
//! void is counted off again.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use rust_decimal::Decimal;
use xueji_definition::Text;
use xueji_definition::model::{Branch, ForEach, Join, JoinNeed, Kind, Process, Query, Rows, Step};
use xueji_definition::value::{Fields, Value};

use super::conditions::{case_fields, form_first, hints, meets};
use super::work::{Work, unknown};
use crate::event::{Carried, Event, TimerKind};
use crate::path::ScopePath;
use crate::record::RecordId;
use crate::refusal::Refusal;
use crate::state::{HELD, InstanceState, Item};

/// Rows opened by one command, over all for-eaches, so that a campaign never makes a batch too large, nor others wait
/// for it.
const ROWS_AT_ONCE: usize = 12;

/// One item that a query found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) key: String,
    pub(super) item: Item,
    pub(super) subject: Option<RecordId>,
}

impl Work<'_> {
    pub(super) fn open_parallel(
        &mut self,
        path: &ScopePath,
        step: &Step,
        branches: &IndexMap<String, Branch>,
        visit: u32,
    ) -> Result<(), Refusal> {
        self.emit(Event::BranchesOpened { scope: path.clone(), step: step.id.clone(), visit });
        self.join_deadline(path, step, visit)?;
        for key in branches.keys() {
            let carried = self.carried(path, &step.id, key)?;
            self.emit(Event::ScopeOpened {
                scope: path.child(&step.id, visit, key),
                subject: None,
                item: None,
                carried,
            });
        }
        self.emit(Event::BranchesFilled { scope: path.clone(), step: step.id.clone() });
        for (key, branch) in branches {
            self.enter(&path.child(&step.id, visit, key), &branch.entry)?;
            // A branch that answers by itself may have ended the join, and with it its siblings.
            let scope = self.scope(path)?;
            if scope.at.as_deref() != Some(&step.id) || scope.visit != visit {
                break;
            }
        }
        Ok(())
    }

    /// Returns what goes on from the branch that the step's former visit opened under the same name.
    fn carried(
        &mut self,
        path: &ScopePath,
        step: &str,
        key: &str,
    ) -> Result<Option<Box<Carried>>, Refusal> {
        let earlier = self.scope(path)?.branches.get(step).and_then(|branches| branches.earlier);
        let Some(earlier) = earlier else { return Ok(None) };
        let former = self.scope_if_any(&path.child(step, earlier, key))?;
        Ok(former.map(|scope| {
            Box::new(Carried { form: scope.form.clone(), answers: scope.answers.clone() })
        }))
    }

    pub(super) fn open_for_each(
        &mut self,
        path: &ScopePath,
        step: &Step,
        each: &ForEach,
        visit: u32,
    ) -> Result<(), Refusal> {
        self.emit(Event::BranchesOpened { scope: path.clone(), step: step.id.clone(), visit });
        self.join_deadline(path, step, visit)?;
        self.open_rows(path, step, each, visit)
    }

    fn join_deadline(&mut self, path: &ScopePath, step: &Step, visit: u32) -> Result<(), Refusal> {
        let (Kind::Parallel { join, .. } | Kind::ForEach(ForEach { join, .. })) = &step.kind else {
            return Ok(());
        };
        let Some(deadline) = &join.deadline else { return Ok(()) };
        if let Some(end) = self.due_end(path, &step.id, deadline)? {
            self.set_timer(path, &step.id, visit, end, TimerKind::JoinDeadline);
        }
        Ok(())
    }

    /// Opens the next rows: all of a small set at once, a large one batch by batch.
    pub(super) fn open_rows(
        &mut self,
        path: &ScopePath,
        step: &Step,
        each: &ForEach,
        visit: u32,
    ) -> Result<(), Refusal> {
        let cursor =
            self.scope(path)?.branches.get(&step.id).and_then(|branches| branches.cursor.clone());
        let room = ROWS_AT_ONCE.saturating_sub(self.rows_opened);
        let limit = if each.in_turn { room.min(1) } else { room };
        let found = self.items(path, &step.id, &each.items, cursor.as_deref(), limit + 1)?;
        let more = found.len() > limit;
        for item in found.into_iter().take(limit) {
            self.rows_opened += 1;
            self.open_row(path, step, each, visit, item)?;
            let scope = self.scope(path)?;
            if scope.at.as_deref() != Some(&step.id) || scope.visit != visit {
                return Ok(());
            }
        }
        if !more {
            self.emit(Event::BranchesFilled { scope: path.clone(), step: step.id.clone() });
            return self.join(path, &step.id);
        }
        if !each.in_turn || limit == 0 {
            self.set_timer(path, &step.id, visit, self.at.now, TimerKind::Open);
        }
        Ok(())
    }

    /// Opens one row; one that an open case of its subject excludes starts as held, with the reason.
    pub(super) fn open_row(
        &mut self,
        path: &ScopePath,
        step: &Step,
        each: &ForEach,
        visit: u32,
        found: Found,
    ) -> Result<(), Refusal> {
        let row = path.child(&step.id, visit, &found.key);
        let subject = found.subject.filter(|_| each.subject);
        let carried = self.carried(path, &step.id, &found.key)?;
        let excluded = match &subject {
            Some(subject) => self.against(&each.excludes, subject)?,
            None => Vec::new(),
        };
        self.emit(Event::ScopeOpened {
            scope: row.clone(),
            subject,
            item: Some(found.item),
            carried,
        });
        if excluded.is_empty() {
            return self.enter(&row, &each.body.entry);
        }
        let cases: Vec<String> =
            excluded.iter().map(|(case, title)| format!("{}（{case}）", title.zh)).collect();
        let mut form = Fields::new();
        form.insert(
            "held_because".to_owned(),
            Value::Text(format!("尚有在办事项：{}", cases.join("、"))),
        );
        self.emit(Event::Filled { scope: row.clone(), form });
        self.end_scope(&row, HELD)
    }

    /// Returns the open cases of a subject in the processes named, and those of processes that name this one.
    pub(super) fn against(
        &mut self,
        excludes: &[String],
        subject: &RecordId,
    ) -> Result<Vec<(String, Text)>, Refusal> {
        let release = self.release.clone();
        let own = self.process.clone();
        let other_way = release
            .definitions
            .processes
            .values()
            .filter(|other| other.start.excludes.contains(&own));
        let mut processes: Vec<String> = excludes.to_vec();
        processes.extend(other_way.map(|other| other.id.clone()));
        // Rows that exclude this process are excluded by it, too; their case as a whole is not.
        let by_rows = release.definitions.processes.values();
        let by_rows: Vec<String> =
            by_rows.filter(|other| row_excludes(other, None, &own)).map(|o| o.id.clone()).collect();
        let whole = processes.clone();
        processes.extend(by_rows);
        processes.sort();
        processes.dedup();
        let mut against = Vec::new();
        for id in processes {
            let process = release.process(&id);
            let title = process.map_or_else(|| Text::new(&id, &id), |p| p.title.clone());
            for row in self.view.cases(&id, Some(subject), &[])? {
                let over = row.state == InstanceState::Ended
                    || (!row.scope.is_root() && row.result.is_some());
                let opener = row.scope.split().map(|(_, last)| last.step.clone());
                let meant = whole.contains(&id)
                    || process.is_some_and(|p| {
                        opener.is_some() && row_excludes(p, opener.as_deref(), &own)
                    });
                if meant && !over && row.instance != self.instance {
                    against.push((row.instance.into_owned(), title.clone()));
                }
            }
        }
        Ok(against)
    }

    /// Returns the items of a query after a key, in the order of their keys.
    pub(super) fn items(
        &mut self,
        path: &ScopePath,
        step: &str,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Found>, Refusal> {
        let release = Arc::clone(&self.release);
        let Some(query) = release.definitions.queries.get(query) else {
            return Err(unknown("query", query));
        };
        let ready = self.ready(path, step, &query.over, &query.conditions, 0)?;
        let mut found: Vec<Found> = Vec::new();
        match &query.over {
            Rows::Records(kind) => {
                // In the order of ids the store can go on after a key; by another field all have to be looked at.
                let by_id = query.key.as_deref().is_none_or(|key| key == "id");
                let mut cursor = after.filter(|_| by_id).map(str::to_owned);
                loop {
                    let page = self.records_after(kind, &hints(&ready), cursor.as_deref())?;
                    cursor = page.next;
                    for record in page.records {
                        let fields = self.record_fields(&record);
                        if !meets(&fields, &ready) || !self.included(path, step, query, &fields)? {
                            continue;
                        }
                        let key = match &query.key {
                            Some(field) => match fields.get(field) {
                                Some(value) => value.to_string(),
                                None => continue,
                            },
                            None => record.id.id.clone(),
                        };
                        let subject = Some(record.id.clone());
                        found.push(Found { key, item: Item::Record(record.id.clone()), subject });
                    }
                    if cursor.is_none() || (by_id && found.len() >= limit) {
                        break;
                    }
                }
            }
            Rows::Instances(processes) => {
                let (form, ready) = form_first(ready);
                for process in processes {
                    for row in self.view.cases(process, None, &form)? {
                        let fields = case_fields(&row);
                        if !meets(&fields, &ready) || !self.included(path, step, query, &fields)? {
                            continue;
                        }
                        let own = if row.scope.is_root() {
                            row.instance.to_string()
                        } else {
                            format!("{}/{}", row.instance, row.scope.row())
                        };
                        let key = match &query.key {
                            Some(field) => fields.get(field).map_or(own, ToString::to_string),
                            None => own,
                        };
                        let item = Item::Case {
                            instance: row.instance.into_owned(),
                            scope: row.scope.into_owned(),
                        };
                        let subject = row.subject.map(Cow::into_owned);
                        found.push(Found { key, item, subject });
                    }
                }
            }
        }
        found.sort_by(|a, b| a.key.cmp(&b.key));
        found.dedup_by(|a, b| a.key == b.key);
        found.retain(|item| after.is_none_or(|after| item.key.as_str() > after));
        found.truncate(limit);
        Ok(found)
    }

    /// Judges the include rules of a query with a row as subject.
    pub(super) fn included(
        &mut self,
        path: &ScopePath,
        step: &str,
        query: &Query,
        fields: &Fields,
    ) -> Result<bool, Refusal> {
        for name in &query.rules {
            let release = self.release.clone();
            let Some(rule) = release.rules.get(name) else {
                return Err(self.fault(step, format!("there is no rule `{name}`")));
            };
            let inputs = self
                .inputs(path, step, &rule.needs, 0)?
                .with("subject", Value::Map(fields.clone()));
            match release.rules.judge(name, &inputs).outcome {
                xueji_rules::Outcome::Satisfied | xueji_rules::Outcome::Off => {}
                xueji_rules::Outcome::Fault { message, .. } => {
                    return Err(self.fault(step, message));
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Ends the step if its join is decided.
    pub(super) fn join(&mut self, path: &ScopePath, id: &str) -> Result<(), Refusal> {
        let step = self.step(id)?;
        let scope = self.scope(path)?;
        if scope.at.as_deref() != Some(id) {
            return Ok(());
        }
        let visit = scope.visit;
        let (join, in_turn) = match &step.kind {
            Kind::Parallel { join, .. } => (join.clone(), false),
            Kind::ForEach(each) => (each.join.clone(), each.in_turn),
            _ => return Ok(()),
        };
        if let Some(outcome) = self.decided(path, &step, &join)? {
            return self.answer_by_engine(path, &step, &outcome);
        }
        let branches = self.scope(path)?.branches.get(id).cloned().unwrap_or_default();
        if in_turn
            && !branches.filled
            && branches.total_answered() == branches.opened
            && let Kind::ForEach(each) = &step.kind
        {
            // What this row was returned with is not the next one's.
            self.correction = None;
            return self.open_rows(path, &step, each, visit);
        }
        Ok(())
    }

    fn decided(
        &mut self,
        path: &ScopePath,
        step: &Step,
        join: &Join,
    ) -> Result<Option<String>, Refusal> {
        let branches = self.scope(path)?.branches.get(&step.id).cloned().unwrap_or_default();
        let gave = |outcome: &String| branches.answered.get(outcome).copied().unwrap_or(0);
        if let Some(outcome) = join.at_once.iter().find(|outcome| gave(outcome) > 0) {
            return Ok(Some(outcome.clone()));
        }
        let counting: u64 = join.counts.iter().map(gave).sum();
        let met = match &join.need {
            JoinNeed::All => branches.filled && counting + branches.held() == branches.opened,
            JoinNeed::Any => counting > 0,
            JoinNeed::AtLeast(expr) => counting >= u64::from(self.count(path, &step.id, expr)?),
            JoinNeed::Share(expr) => {
                let share = match self.required(path, &step.id, expr)? {
                    Value::Decimal(share) => share,
                    Value::Int(share) => Decimal::from(share),
                    other => {
                        return Err(self.fault(&step.id, format!("`{}` gives {other}", expr.0)));
                    }
                };
                let stay = branches.opened.saturating_sub(branches.held());
                branches.filled && Decimal::from(counting) >= share * Decimal::from(stay)
            }
        };
        if met {
            return Ok(Some("approve".to_owned()));
        }
        let all = branches.filled && branches.total_answered() == branches.opened;
        Ok(all.then(|| "short".to_owned()))
    }
}

/// Tells whether rows of a process, or those of one of its steps, exclude another process.
fn row_excludes(process: &Process, step: Option<&str>, other: &str) -> bool {
    let mut each = process.steps.values().filter(|at| step.is_none_or(|step| at.id == step));
    each.any(|step| match &step.kind {
        Kind::ForEach(each) => each.subject && each.excludes.iter().any(|name| name == other),
        _ => false,
    })
}
