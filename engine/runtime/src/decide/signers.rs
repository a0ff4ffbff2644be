//! Further signatures, before, beside or after the answer of a task.
//!
//! Invariant: a further signer is bound by what binds everybody who answers: no case of their own, no step to be kept
//! separate, the acts forbidden, and the rules of the outcome that they give.

use xueji_definition::Text;
use xueji_definition::model::Kind;

use super::complete::{judged, record_answer, require_answer};
use super::forms::ReadForm;
use super::rights::{require_not_own, require_separate};
use super::work::Work;
use crate::command::Completion;
use crate::event::Event;
use crate::path::ScopePath;
use crate::refusal::{FieldFault, Refusal};
use crate::state::{SignPlace, Task};

/// Takes the answer of a further signer. `Some(true)`: the step can now end; `Some(false)`: others are still out.
pub(super) fn sign_beside(
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
    require_answer(work, &step, task, answer)?;
    require_not_own(work, path, open, person)?;
    require_separate(work, path, &step.id, person)?;
    let against = task.outcomes.first() != Some(&answer.outcome);
    if !against && let Some(name) = answer.form.keys().next() {
        let message = Text::new(
            "加签人只签署意见，表单由办理人填写",
            "a further signer signs; the form is for whoever has the task",
        );
        return Err(Refusal::Form(vec![FieldFault { pointer: format!("/{name}"), message }]));
    }
    // Judged before the first event, like every answer.
    let given = if against { Some(judged(work, path, &step, task, answer, None)?) } else { None };
    work.emit(Event::SignerAnswered {
        scope: path.clone(),
        person: person.to_owned(),
        outcome: answer.outcome.clone(),
        opinion: answer.opinion.clone(),
    });
    if let Some((given, read, verdicts)) = given {
        // A signer who does not agree answers the step.
        record_answer(work, path, &step, given, read, answer, verdicts)?;
        return Ok(Some(false));
    }
    let task = work.scope(path)?.task();
    let done =
        task.is_some_and(|t| t.answered.is_some() && t.signers.iter().all(|s| s.outcome.is_some()));
    Ok(Some(done))
}

/// Ends the step with the answer that was kept.
pub(super) fn finish_signed(
    work: &mut Work<'_>,
    path: &ScopePath,
    step: &str,
) -> Result<(), Refusal> {
    let step = work.step(step)?;
    let task = work.scope(path)?.task();
    let answered = task.and_then(|task| Some((task.answered.clone()?, task.kept.clone())));
    let Some((given, kept)) = answered else { return Ok(()) };
    let kept = kept.map(|kept| *kept).unwrap_or_default();
    let answer = Completion {
        opinion: given.opinion.clone(),
        to: kept.to,
        defects: kept.defects,
        deadline: kept.deadline,
        ..Completion::default()
    };
    let read = ReadForm { cleared: kept.cleared, ..ReadForm::default() };
    record_answer(work, path, &step, *given, read, &answer, kept.verdicts)
}
