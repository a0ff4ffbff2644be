//! Completing a task.
//!
//! Invariant: who may, what is owed, and what the rules say are settled before the first event; there is no other way to
//! answer a step.

use xueji_definition::Text;
use xueji_definition::file::{Act, OrganisationFile};
use xueji_definition::model::{Kind, Step, UserTask};
use xueji_definition::value::Fields;

use super::Decision;
use super::forms::{Asked, ReadForm};
use super::work::{Correction, Work};
use crate::command::{Completion, Context};
use crate::event::Event;
use crate::path::ScopePath;
use crate::people::{self, Right};
use crate::refusal::Refusal;
use crate::state::{Answer, HELD, Offer, START, SignPlace, Task};
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
    if open.delegate.as_deref() == Some(work.person()?) {
        require_opinion(&[], answer)?;
        work.emit(Event::TaskPrepared {
            scope: path.clone(),
            outcome: answer.outcome.clone(),
            opinion: answer.opinion.clone(),
        });
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

/// Returns the open task, if it is still this one and alive.
pub(super) fn open_task(work: &mut Work<'_>, path: &ScopePath, id: &str) -> Result<Task, Refusal> {
    work.require_open()?;
    work.require_alive(path)?;
    let task = work.scope(path)?.task().cloned();
    task.filter(|task| task.id == id).ok_or(Refusal::TaskGone)
}

/// Returns in whose right the person answers, or refuses.
pub(super) fn require_right(
    work: &mut Work<'_>,
    path: &ScopePath,
    task: &Task,
    step: &str,
) -> Result<Option<String>, Refusal> {
    let person = work.person()?;
    let organisation = work.view.organisation();
    // A task handed over to somebody is theirs, candidate or not: whoever handed it over was one.
    let right = if task.assignee.as_deref() == Some(person) {
        Right::Own
    } else {
        let stands_in = work.require_allowed(Act::Substitute, "substitute", Some(step)).is_ok();
        match people::right(organisation, person, &task.offer, &work.process, stands_in, work.today)
        {
            Some(right) => right,
            None => {
                let needs = needs(organisation, &task.offer);
                return Err(Refusal::NotAllowed {
                    person: person.to_owned(),
                    act: "complete",
                    needs,
                });
            }
        }
    };
    let on_behalf = if let Right::For(absent) = right { Some(absent) } else { None };
    if let Some(assignee) = &task.assignee
        && assignee != person
        && on_behalf.as_ref() != Some(assignee)
    {
        return Err(Refusal::Assigned { assignee: assignee.clone() });
    }
    require_not_own(work, path, task, person)?;
    require_separate(work, path, step, person)?;
    Ok(on_behalf)
}

fn require_not_own(
    work: &mut Work<'_>,
    path: &ScopePath,
    task: &Task,
    person: &str,
) -> Result<(), Refusal> {
    if task.offer.own.is_some() || task.offer.person.is_some() {
        return Ok(());
    }
    let own = people::record_of(work.view.organisation(), person);
    if own.is_some() && work.subject(path)? == own {
        return Err(Refusal::OwnCase { person: person.to_owned() });
    }
    Ok(())
}

fn require_separate(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &str,
    person: &str,
) -> Result<(), Refusal> {
    if step == START {
        return Ok(());
    }
    for other in work.step(step)?.separate_from {
        for at in Work::chain(path) {
            let by = work.scope(&at)?.answers.get(&other).and_then(|answer| answer.by.clone());
            if by.as_deref() == Some(person) {
                return Err(Refusal::NotSeparate { person: person.to_owned(), step: other });
            }
        }
    }
    Ok(())
}

/// Says in words whom an offer is for.
pub(super) fn needs(organisation: &OrganisationFile, offer: &Offer) -> Text {
    let role = organisation.roles.get(&offer.role);
    let role = role.map_or_else(|| Text::new(&offer.role, &offer.role), |role| role.title.clone());
    if offer.own.is_some() || offer.person.is_some() {
        return Text::new(format!("{}本人", role.zh), format!("the {} in person", role.en));
    }
    match &offer.unit {
        Some(unit) => {
            let known = organisation.units.get(unit);
            let title = known.map_or_else(|| Text::new(unit, unit), |unit| unit.title.clone());
            Text::new(format!("{}的{}", title.zh, role.zh), format!("{} of {}", role.en, title.en))
        }
        None => role,
    }
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
    if !task.outcomes.contains(&answer.outcome) {
        return Err(Refusal::UnknownOutcome {
            outcome: answer.outcome.clone(),
            known: task.outcomes.clone(),
        });
    }
    if answer.outcome == RETURN {
        work.require_allowed(Act::Return, "return", Some(id))?;
    }
    require_opinion(&task.opinion, answer)?;
    let out: Vec<String> = open
        .signers
        .iter()
        .filter(|signer| signer.outcome.is_none() && signer.place == SignPlace::Before)
        .map(|signer| signer.person.clone())
        .collect();
    if !out.is_empty() {
        return Err(Refusal::SignaturesOut(out));
    }
    let (read, verdicts) = read_and_judge(work, path, &step, task, answer)?;
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
    if open.signers.iter().any(|signer| signer.outcome.is_none()) {
        work.emit(Event::Filled { scope: path.clone(), form: read.fields });
        work.emit(Event::AnswerKept { scope: path.clone(), answer: given });
        return Ok(());
    }
    record_answer(work, path, &step, given, read, answer, verdicts)
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

fn record_answer(
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
        work.correction = Some(Correction { defects, deadline: answer.deadline });
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

/// Takes the answer of a further signer. `Some(true)`: the step can now end; `Some(false)`: others are still out.
fn sign_beside(
    work: &mut Work<'_>,
    path: &ScopePath,
    open: &Task,
    step: &str,
    answer: &Completion,
) -> Result<Option<bool>, Refusal> {
    let person = work.person()?;
    let asked =
        open.signers.iter().find(|signer| signer.person == person && signer.outcome.is_none());
    let Some(signer) = asked else { return Ok(None) };
    if signer.place == SignPlace::After && open.answered.is_none() {
        return Err(Refusal::SignaturesOut(open.assignee.clone().into_iter().collect()));
    }
    let step = work.step(step)?;
    let Kind::UserTask(task) = &step.kind else { return Err(Refusal::TaskGone) };
    if !task.outcomes.contains(&answer.outcome) {
        return Err(Refusal::UnknownOutcome {
            outcome: answer.outcome.clone(),
            known: task.outcomes.clone(),
        });
    }
    require_opinion(&task.opinion, answer)?;
    work.emit(Event::SignerAnswered {
        scope: path.clone(),
        person: person.to_owned(),
        outcome: answer.outcome.clone(),
        opinion: answer.opinion.clone(),
    });
    let against = task.outcomes.first() != Some(&answer.outcome);
    if against {
        // A signer who does not agree answers the step.
        let given = Answer {
            visit: work.scope(path)?.visit,
            outcome: answer.outcome.clone(),
            opinion: answer.opinion.clone(),
            by: Some(person.to_owned()),
            on_behalf: None,
            at: work.at.now,
            rests: String::new(),
        };
        record_answer(work, path, &step, given, ReadForm::default(), answer, Vec::new())?;
        return Ok(Some(false));
    }
    let task = work.scope(path)?.task();
    let done =
        task.is_some_and(|t| t.answered.is_some() && t.signers.iter().all(|s| s.outcome.is_some()));
    Ok(Some(done))
}

fn finish_signed(work: &mut Work<'_>, path: &ScopePath, step: &str) -> Result<(), Refusal> {
    let step = work.step(step)?;
    let kept = work.scope(path)?.task().and_then(|task| task.answered.clone());
    let Some(kept) = kept else { return Ok(()) };
    let answer = Completion { opinion: kept.opinion.clone(), ..Completion::default() };
    record_answer(work, path, &step, *kept, ReadForm::default(), &answer, Vec::new())
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
    work.enter(&root, &entry)
}
