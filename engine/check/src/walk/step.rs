//! The uses in a step.
//!
//! Invariant: steps and effects named are not told here; they belong to their process, and its own checks look at them.

use xueji_definition::Definitions;
use xueji_definition::file::Call;
use xueji_definition::model::{ForEach, Join, JoinNeed, Kind, Period, Step, UserTask, Wait};

use super::process::{candidates, cases, due};
use super::{Collector, NameKind, Want};
use crate::site::Site;

/// Writes down the uses in a step.
pub(super) fn uses<'a>(
    to: &mut Collector<'a>,
    definitions: &'a Definitions,
    step: &'a Step,
    site: &Site,
) {
    if let Some(step_due) = &step.due {
        due(to, step_due, &site.then("due"));
    }
    match &step.kind {
        Kind::UserTask(task) => user_task(to, task, &site.then("user-task")),
        Kind::ServiceTask { .. } | Kind::End { .. } => {}
        Kind::Gateway(gateway) => {
            for (at, choice) in gateway.choices.iter().enumerate() {
                let site = site.then("gateway").then("choices").then(at).then("when");
                to.name(NameKind::Rule, &choice.when, site);
            }
        }
        Kind::Parallel { join: to_join, .. } => join(to, to_join, &site.then("join")),
        Kind::ForEach(each) => for_each(to, each, site),
        Kind::Wait(for_what) => wait(to, for_what, &site.then("wait")),
        Kind::Call(to_call) => call(to, definitions, to_call, &site.then("call")),
    }
}

fn user_task<'a>(to: &mut Collector<'a>, task: &'a UserTask, site: &Site) {
    candidates(to, &task.candidates, &site.then("candidates"));
    if let Some(form) = &task.form {
        to.name(NameKind::Form, form, site.then("form"));
    }
    to.names(NameKind::Materials, &task.materials, &site.then("materials"));
    to.names(NameKind::Rule, &task.rules, &site.then("rules"));
    cases(to, &task.cases, &site.then("cases"));
}

fn join<'a>(to: &mut Collector<'a>, join: &'a Join, site: &Site) {
    match &join.need {
        JoinNeed::All | JoinNeed::Any => {}
        JoinNeed::AtLeast(count) => to.expr(count, Want::Int, site.then("at-least")),
        JoinNeed::Share(share) => to.expr(share, Want::Number, site.then("share")),
    }
    if let Some(deadline) = &join.deadline {
        due(to, deadline, &site.then("deadline"));
    }
}

fn for_each<'a>(to: &mut Collector<'a>, each: &'a ForEach, site: &Site) {
    to.name(NameKind::Query, &each.items, site.then("for-each").then("items"));
    to.names(NameKind::Process, &each.excludes, &site.then("for-each").then("excludes"));
    join(to, &each.join, &site.then("join"));
}

fn wait<'a>(to: &mut Collector<'a>, wait: &'a Wait, site: &Site) {
    match &wait.period {
        None => {}
        Some(Period::WorkingDays(days)) => to.expr(days, Want::Int, site.then("working-days")),
        Some(Period::Days(days)) => to.expr(days, Want::Int, site.then("days")),
        Some(Period::Until(date)) => to.expr(date, Want::Date, site.then("until")),
        Some(Period::Window(name)) => to.name(NameKind::Window, name, site.then("window")),
        Some(Period::WindowEnd(name)) => to.name(NameKind::Window, name, site.then("window-end")),
        Some(Period::Day(name)) => to.name(NameKind::Day, name, site.then("day")),
    }
    to.maybe(wait.key.as_ref(), Want::Key, || site.then("key"));
    if let Some(form) = &wait.form {
        to.name(NameKind::Form, form, site.then("form"));
    }
    if let Some(by) = &wait.by {
        candidates(to, by, &site.then("by"));
    }
}

fn call<'a>(to: &mut Collector<'a>, definitions: &'a Definitions, call: &'a Call, site: &Site) {
    to.name(NameKind::Process, &call.process, site.then("process"));
    to.maybe(call.subject.as_ref(), Want::Text, || site.then("subject"));
    let called = definitions.processes.get(&call.process);
    let form = called.and_then(|p| p.start.form.as_ref()).and_then(|id| definitions.forms.get(id));
    for (name, expr) in &call.form {
        let field = form.and_then(|form| form.fields.get(name));
        let want = field.map_or(Want::Any, |field| Want::Of(field.value_type()));
        to.expr(expr, want, site.then("form").then(name));
    }
}
