//! Completing a task.
//!
//! Invariant: who may, what is owed, and what the rules say are settled before the first event; there is no other way to
//! answer a step.

use xueji_definition::Text;
use xueji_definition::file::Act;
use xueji_definition::model::{Kind, Step, UserTask};
use xueji_definition::value::Fields;

use super::Decision;
use super::forms::{Asked, ReadForm};
use super::rights::{open_task, require_right};
use super::signers::{finish_signed, sign_beside};
use super::work::{Correction, Work};
use crate::command::{Completion, Context};
use crate::event::{Event, Handing};
use crate::path::ScopePath;
use crate::refusal::{FieldFault, Refusal};
use crate::state::{Answer, HELD, Kept, START, SignPlace, Task};
use crate::verdict::Verdict;
use crate::view::View;

/// The outcome of the applicant's own task.
const SUBMIT: &str = "submit";

/// The outcome that sends a case back.
pub(super) const RETURN: &str = "return";

/// The outcome that ends a case against its applicant.
const REJECT: &str = "reject";

pub(super) fn decide(
    view: &dyn View,
    instance: &str,
    path: &ScopePath,
    task: &str,
    answer: &Completion,
    at: &Context,
) -> Result<Decision, Refusal> {
    let mut work = Work::on(view, instance, at)?;
    let open = open_task(&mut work, path, task)?;
    let step = work.scope(path)?.at.clone().ok_or(Refusal::TaskGone)?;
    if let Some(done) = sign_beside(&mut work, path, &open, &step, answer)? {
        if done {
            finish_signed(&mut work, path, &step)?;
        }
        return Ok(work.decision());
    }
    let person = work.person()?;
    let for_another = open.assignee.as_deref().is_some_and(|assignee| assignee != person);
    if for_another && open.delegate.as_deref() == Some(person) {
        prepare(&mut work, path, &step, answer)?;
        return Ok(work.decision());
    }
    let on_behalf = require_right(&mut work, path, &open, &step)?;
    if step == START {
        submit(&mut work, answer)?;
    } else {
        complete(&mut work, path, &open, &step, answer, on_behalf)?;
    }
    Ok(work.decision())
}

/// Takes what a delegate proposes to whoever has the task, who alone answers it.
fn prepare(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &str,
    answer: &Completion,
) -> Result<(), Refusal> {
    if step != START {
        let step = work.step(step)?;
        let Kind::UserTask(task) = &step.kind else { return Err(Refusal::TaskGone) };
        require_outcome(&task.outcomes, answer)?;
    }
    require_opinion(&[], answer)?;
    if let Some(name) = answer.form.keys().next() {
        let message = Text::new(
            "受委派人只拟办意见，表单由办理人填写",
            "a delegate proposes an answer; the form is for whoever has the task",
        );
        return Err(Refusal::Form(vec![FieldFault { pointer: format!("/{name}"), message }]));
    }
    work.emit(Event::TaskPrepared {
        scope: path.clone(),
        outcome: answer.outcome.clone(),
        opinion: answer.opinion.clone(),
    });
    Ok(())
}

fn require_outcome(known: &[String], answer: &Completion) -> Result<(), Refusal> {
    if known.contains(&answer.outcome) {
        return Ok(());
    }
    Err(Refusal::UnknownOutcome { outcome: answer.outcome.clone(), known: known.to_vec() })
}

/// Refuses an answer that the step does not have, that is forbidden here, or whose words are owed.
pub(super) fn require_answer(
    work: &Work<'_>,
    step: &Step,
    task: &UserTask,
    answer: &Completion,
) -> Result<(), Refusal> {
    require_outcome(&task.outcomes, answer)?;
    if answer.outcome == RETURN {
        work.require_allowed(Act::Return, "return", Some(&step.id))?;
    }
    if answer.deadline.is_some_and(|day| day < work.today) {
        let message = Text::new("补正期限不能早于今天", "the last day for mending is over");
        return Err(Refusal::Form(vec![FieldFault { pointer: "/deadline".to_owned(), message }]));
    }
    require_opinion(&task.opinion, answer)
}

fn complete(
    work: &mut Work<'_>,
    path: &ScopePath,
    open: &Task,
    id: &str,
    answer: &Completion,
    on_behalf: Option<String>,
) -> Result<(), Refusal> {
    let step = work.step(id)?;
    let Kind::UserTask(task) = &step.kind else { return Err(Refusal::TaskGone) };
    require_answer(work, &step, task, answer)?;
    let out: Vec<String> = open
        .signers
        .iter()
        .filter(|signer| signer.outcome.is_none() && signer.place == SignPlace::Before)
        .map(|signer| signer.person.clone())
        .collect();
    if !out.is_empty() {
        return Err(Refusal::SignaturesOut(out));
    }
    let (given, read, verdicts) = judged(work, path, &step, task, answer, on_behalf)?;
    if open.signers.iter().any(|signer| signer.outcome.is_none()) {
        return keep(work, path, open, given, read, answer, verdicts);
    }
    record_answer(work, path, &step, given, read, answer, verdicts)
}

/// Keeps the main answer, whole, until the further signatures are there.
fn keep(
    work: &mut Work<'_>,
    path: &ScopePath,
    open: &Task,
    given: Answer,
    read: ReadForm,
    answer: &Completion,
    verdicts: Vec<Verdict>,
) -> Result<(), Refusal> {
    if open.assignee.is_none() {
        let assignee = Some(work.person()?.to_owned());
        let scope = path.clone();
        work.emit(Event::TaskAssigned { scope, how: Handing::Claim, assignee, note: None });
    }
    work.emit(Event::Filled { scope: path.clone(), form: read.fields });
    let kept = Kept {
        cleared: read.cleared,
        to: answer.to.clone(),
        defects: answer.defects.clone(),
        deadline: answer.deadline,
        verdicts,
    };
    work.emit(Event::AnswerKept { scope: path.clone(), answer: given, kept: Box::new(kept) });
    Ok(())
}

/// Returns the answer as it will stand, with its form and what the rules say of it.
pub(super) fn judged(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    task: &UserTask,
    answer: &Completion,
    on_behalf: Option<String>,
) -> Result<(Answer, ReadForm, Vec<Verdict>), Refusal> {
    let (read, verdicts) = read_and_judge(work, path, step, task, answer)?;
    let mut outcome = answer.outcome.clone();
    if verdicts.iter().any(Verdict::holds) {
        // A case that must wait leaves its join as held, where the step provides for it; elsewhere it is told so.
        let leaves = step.alone && !path.is_root();
        if !leaves && !step.next.contains_key(HELD) {
            return Err(Refusal::Rules(verdicts));
        }
        outcome = HELD.to_owned();
    }
    let given = Answer {
        visit: work.scope(path)?.visit,
        outcome,
        opinion: answer.opinion.clone().filter(|words| !words.trim().is_empty()),
        by: Some(work.person()?.to_owned()),
        on_behalf,
        at: work.at.now,
        rests: String::new(),
    };
    Ok((given, read, verdicts))
}

fn read_and_judge(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    task: &UserTask,
    answer: &Completion,
) -> Result<(ReadForm, Vec<Verdict>), Refusal> {
    let judged = task.judged.contains(&answer.outcome);
    let asked = Asked {
        form: task.form.as_deref(),
        materials: &task.materials,
        cases: &task.cases,
        complete: judged,
    };
    let read = work.read_form(path, &step.id, &asked, &answer.form)?;
    if !judged {
        work.require_overrides_used(&answer.overrides, &[])?;
        return Ok((read, Vec::new()));
    }
    // Rules see the form as it will be; the event below makes it so.
    let before = work.scope(path)?.form.clone();
    if let Some(scope) = work.state.scopes.get_mut(&path.to_string()) {
        scope.form.extend(read.fields.clone());
        scope.form.retain(|name, _| !read.cleared.contains(name));
    }
    let rules = work.applicable(path, &step.id, &task.rules, &task.cases)?;
    let verdicts = work.judge(path, &step.id, &rules, &answer.overrides)?;
    work.require_overrides_used(&answer.overrides, &verdicts)?;
    if let Some(scope) = work.state.scopes.get_mut(&path.to_string()) {
        scope.form = before;
    }
    if verdicts.iter().any(Verdict::blocks) {
        return Err(Refusal::Rules(verdicts));
    }
    work.verdicts.extend(verdicts.iter().cloned());
    Ok((read, verdicts))
}

pub(super) fn record_answer(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    mut given: Answer,
    read: ReadForm,
    answer: &Completion,
    verdicts: Vec<Verdict>,
) -> Result<(), Refusal> {
    let target = match (&answer.to, given.outcome.as_str()) {
        (Some(to), RETURN) => Some((return_to(work, path, to)?, to.clone())),
        (Some(_), _) => return Err(Refusal::Forbidden { act: "to" }),
        (None, _) => None,
    };
    given.rests = rests_after(work, path, step, &read)?;
    let outcome = given.outcome.clone();
    work.emit(Event::Answered {
        scope: path.clone(),
        step: step.id.clone(),
        answer: given,
        form: read.fields,
        cleared: read.cleared,
        to: answer.to.clone(),
        defects: answer.defects.clone(),
        verdicts,
        recallable: true,
    });
    if outcome == RETURN {
        let mut defects = answer.defects.clone();
        if defects.is_empty() {
            defects.extend(answer.opinion.clone());
        }
        work.correction = Some(Correction { defects, deadline: answer.deadline, straight: true });
    }
    match target {
        Some((_, to)) if to == START => work.open_start(),
        Some((scope, to)) => work.enter(&scope, &to),
        None => work.follow(path, step, &outcome),
    }
}

/// Returns what the answer rests on, with what is entered along with it.
fn rests_after(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &Step,
    read: &ReadForm,
) -> Result<String, Refusal> {
    let key = path.to_string();
    let before = work.scope(path)?.form.clone();
    if let Some(scope) = work.state.scopes.get_mut(&key) {
        scope.form.extend(read.fields.clone());
        scope.form.retain(|name, _| !read.cleared.contains(name));
    }
    let rests = work.rests(path, step);
    if let Some(scope) = work.state.scopes.get_mut(&key) {
        scope.form = before;
    }
    rests
}

/// Returns the scope of a step that may be returned to: one already answered, in this scope or one above.
fn return_to(work: &mut Work<'_>, path: &ScopePath, to: &str) -> Result<ScopePath, Refusal> {
    if to == START {
        return Ok(ScopePath::root());
    }
    for at in Work::chain(path) {
        if work.scope(&at)?.answers.contains_key(to) {
            return Ok(at);
        }
    }
    Err(super::work::unknown("step", to))
}

fn require_opinion(asked: &[String], answer: &Completion) -> Result<(), Refusal> {
    let owed =
        [RETURN, REJECT].contains(&answer.outcome.as_str()) || asked.contains(&answer.outcome);
    let given = answer.opinion.as_ref().is_some_and(|words| !words.trim().is_empty());
    let listed = answer.outcome == RETURN && !answer.defects.is_empty();
    if owed && !given && !listed {
        return Err(Refusal::OpinionMissing { outcome: answer.outcome.clone() });
    }
    Ok(())
}

/// The applicant hands in a corrected case.
fn submit(work: &mut Work<'_>, answer: &Completion) -> Result<(), Refusal> {
    if answer.outcome != SUBMIT {
        return Err(Refusal::UnknownOutcome {
            outcome: answer.outcome.clone(),
            known: vec![SUBMIT.to_owned()],
        });
    }
    let root = ScopePath::root();
    let process = work.process()?;
    let Some((start, entry)) = process.get().map(|p| (p.start.clone(), p.entry.clone())) else {
        return Err(Refusal::TaskGone);
    };
    let asked = Asked {
        form: start.form.as_deref(),
        materials: &start.materials,
        cases: &start.cases,
        complete: true,
    };
    let read = work.read_form(&root, START, &asked, &answer.form)?;
    let before: Fields = work.scope(&root)?.form.clone();
    if let Some(scope) = work.state.scopes.get_mut("") {
        scope.form.extend(read.fields.clone());
        scope.form.retain(|name, _| !read.cleared.contains(name));
    }
    let rules = work.applicable(&root, START, &start.rules, &start.cases)?;
    let verdicts = work.judge(&root, START, &rules, &answer.overrides)?;
    work.require_overrides_used(&answer.overrides, &verdicts)?;
    if let Some(scope) = work.state.scopes.get_mut("") {
        scope.form = before;
    }
    if verdicts.iter().any(Verdict::blocks) {
        return Err(Refusal::Rules(verdicts));
    }
    let given = Answer {
        visit: work.scope(&root)?.visit,
        outcome: SUBMIT.to_owned(),
        opinion: answer.opinion.clone(),
        by: Some(work.person()?.to_owned()),
        on_behalf: None,
        at: work.at.now,
        rests: String::new(),
    };
    work.verdicts.clone_from(&verdicts);
    let judged = verdicts.clone();
    work.emit(Event::Answered {
        scope: root.clone(),
        step: START.to_owned(),
        answer: given,
        form: read.fields,
        cleared: read.cleared,
        to: None,
        defects: Vec::new(),
        verdicts,
        recallable: false,
    });
    work.enter(&root, &entry)?;
    work.hold_for(&judged)
}
