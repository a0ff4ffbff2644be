//! Events become state; nothing else does.
//!
//! Invariant: `apply` is total and pure. It looks at the event and the state alone; an event about something that is not
//! loaded changes nothing.

use crate::event::{Event, Handing, Recorded};
use crate::record::{Entry, Record, Settled, Standing};
use crate::state::{
    Answer, Branches, Instance, InstanceState, Open, Recallable, START, Scope, Signer, State, Task,
};

/// Changes the state by one event.
pub fn apply(state: &mut State, recorded: &Recorded) {
    if let Event::Started { .. } = &recorded.event {
        start(state, recorded);
    }
    match &recorded.event {
        Event::RecordSet { .. } | Event::RecordSettled { .. } => record(state, recorded),
        Event::Held { .. }
        | Event::TimerParked { .. }
        | Event::Resumed { .. }
        | Event::Migrated { .. }
        | Event::Ended { .. } => header(state, &recorded.event),
        Event::StepsRenamed { .. } | Event::Reoffered { .. } => moved(state, &recorded.event),
        event => scopes(state, recorded, event),
    }
    if let Some(instance) = &mut state.instance {
        instance.version = recorded.seq + 1;
    }
}

fn start(state: &mut State, recorded: &Recorded) {
    let Event::Started { process, release, subject, applicant, date, cohort, form, parent, .. } =
        &recorded.event
    else {
        return;
    };
    state.instance = Some(Instance {
        id: recorded.instance.clone(),
        process: process.clone(),
        release: release.clone(),
        subject: subject.clone(),
        applicant: applicant.clone(),
        started_at: recorded.at,
        started: *date,
        cohort: *cohort,
        state: InstanceState::Open,
        held_because: None,
        result: None,
        stage: None,
        entered: Vec::new(),
        parent: parent.clone(),
        parked: Vec::new(),
        version: 0,
    });
    let mut root = Scope::new(crate::path::ScopePath::root());
    root.form.clone_from(form);
    root.subject.clone_from(subject);
    state.scopes.insert(String::new(), root);
}

fn header(state: &mut State, event: &Event) {
    let Some(instance) = &mut state.instance else { return };
    match event {
        Event::Held { reason } => {
            instance.state = InstanceState::Held;
            instance.held_because = Some(reason.clone());
        }
        Event::TimerParked { timer } => instance.parked.push(timer.clone()),
        Event::Resumed { .. } => {
            instance.state = InstanceState::Open;
            instance.held_because = None;
            // The events that follow set them again.
            instance.parked.clear();
        }
        Event::Migrated { to, .. } => instance.release.clone_from(to),
        Event::Ended { result, .. } => {
            instance.state = InstanceState::Ended;
            instance.held_because = None;
            instance.parked.clear();
            instance.result = Some(result.clone());
            // The token leaves the case's own scope, and with it every scope below is dead.
            if let Some(root) = state.scopes.get_mut("") {
                root.at = None;
                root.open = None;
                root.recallable = None;
                root.ended = Some(result.clone());
            }
        }
        _ => {}
    }
}

/// What a move to another release changes in a scope. Scopes that nothing happens to are as they were.
fn moved(state: &mut State, event: &Event) {
    match event {
        Event::StepsRenamed { scope, steps } => {
            let named = |step: &String| steps.get(step).unwrap_or(step).clone();
            if let Some(instance) = state.instance.as_mut().filter(|_| scope.is_root()) {
                instance.entered.iter_mut().for_each(|step| *step = named(step));
            }
            with(state, scope, |s| {
                s.at = s.at.as_ref().map(named);
                let answers = std::mem::take(&mut s.answers).into_iter();
                s.answers = answers.map(|(step, answer)| (named(&step), answer)).collect();
                let branches = std::mem::take(&mut s.branches).into_iter();
                s.branches = branches.map(|(step, branches)| (named(&step), branches)).collect();
                if let Some(recallable) = &mut s.recallable {
                    recallable.step = named(&recallable.step);
                }
            });
        }
        Event::Reoffered { scope, step, visit, open } => {
            if let Some(instance) = state.instance.as_mut().filter(|_| scope.is_root())
                && !instance.entered.contains(step)
            {
                instance.entered.push(step.clone());
            }
            with(state, scope, |s| {
                s.at = Some(step.clone());
                s.visit = *visit;
                s.open = Some((**open).clone());
                s.recallable = None;
            });
        }
        _ => {}
    }
}

fn scopes(state: &mut State, recorded: &Recorded, event: &Event) {
    match event {
        Event::Entered { scope, step, visit, stage } => {
            if let Some(instance) = &mut state.instance {
                if let Some(stage) = stage {
                    instance.stage = Some(stage.clone());
                }
                // Rows do not count here: a header must not grow with the size of a campaign.
                if scope.is_root() && !instance.entered.contains(step) {
                    instance.entered.push(step.clone());
                }
            }
            with(state, scope, |s| {
                s.at = Some(step.clone());
                s.visit = *visit;
                s.open = None;
                s.ended = None;
            });
        }
        Event::ScopeOpened { scope, subject, item, carried } => {
            let mut opened = Scope::new(scope.clone());
            opened.subject.clone_from(subject);
            opened.item.clone_from(item);
            if let Some(carried) = carried {
                opened.form.clone_from(&carried.form);
                opened.answers.clone_from(&carried.answers);
            }
            state.scopes.insert(scope.to_string(), opened);
            if let Some((above, segment)) = scope.split() {
                with(state, &above, |s| {
                    let branches = s.branches.entry(segment.step.clone()).or_default();
                    branches.opened += 1;
                    // A late one between the others must not turn the opening back.
                    branches.cursor = branches.cursor.take().max(Some(segment.key.clone()));
                });
            }
        }
        Event::BranchesOpened { scope, step, visit } => with(state, scope, |s| {
            let earlier = s.branches.get(step).map(|branches| branches.visit);
            let opened = Branches { visit: *visit, earlier, ..Branches::default() };
            s.branches.insert(step.clone(), opened);
            s.open = Some(Open::Branches);
        }),
        Event::BranchesFilled { scope, step } => {
            with(state, scope, |s| s.branches.entry(step.clone()).or_default().filled = true);
        }
        Event::BranchAnswered { scope, step, outcome, .. } => with(state, scope, |s| {
            *s.branches
                .entry(step.clone())
                .or_default()
                .answered
                .entry(outcome.clone())
                .or_default() += 1;
        }),
        Event::BranchReopened { scope, step, outcome, .. } => with(state, scope, |s| {
            let answered = &mut s.branches.entry(step.clone()).or_default().answered;
            if let Some(count) = answered.get_mut(outcome) {
                *count = count.saturating_sub(1);
            }
            answered.retain(|_, count| *count > 0);
        }),
        Event::StepReopened { scope, step, visit } => with(state, scope, |s| {
            // The visit that opened the branches is the token's again, so that they live again.
            s.at = Some(step.clone());
            s.visits = s.visits.max(s.visit);
            s.visit = *visit;
            s.open = Some(Open::Branches);
            s.recallable = None;
        }),
        Event::ScopeEnded { scope, outcome } => with(state, scope, |s| {
            s.at = None;
            s.open = None;
            s.ended = Some(outcome.clone());
        }),
        Event::Filled { scope, form } | Event::Interrupted { scope, form, .. } => {
            with(state, scope, |s| s.form.extend(form.clone()));
        }
        Event::WaitOpened { scope, until, message, key, interrupts } => with(state, scope, |s| {
            s.open = Some(Open::Wait {
                until: *until,
                message: message.clone(),
                key: key.clone(),
                interrupts: interrupts.clone(),
            });
        }),
        Event::CallRequested { scope, parent: Some(_), .. } => {
            with(state, scope, |s| s.open = Some(Open::Call { instance: None }));
        }
        Event::CallStarted { scope, called } => {
            with(state, scope, |s| s.open = Some(Open::Call { instance: Some(called.clone()) }));
        }
        Event::Numbered { scope, number, into } => {
            state.numbers.push(number.clone());
            let value = xueji_definition::value::Value::Text(number.text.clone());
            with(state, scope, |s| {
                s.form.insert(into.clone(), value.clone());
            });
        }
        _ => answers(state, recorded, event),
    }
}

fn answers(state: &mut State, recorded: &Recorded, event: &Event) {
    match event {
        Event::Answered { scope, step, answer, form, cleared, recallable, .. } => {
            with(state, scope, |s| {
                s.form.extend(form.clone());
                for field in cleared {
                    s.form.remove(field);
                }
                answered(s, step, answer.clone());
                let by = answer.by.clone().filter(|_| *recallable);
                s.recallable = by.map(|by| Recallable { step: step.clone(), by });
            })
        }
        Event::SignatureKept { scope, step, visit } => with(state, scope, |s| {
            if let Some(answer) = s.answers.get_mut(step) {
                answer.visit = *visit;
            }
            s.open = None;
        }),
        Event::Recalled { scope, step } => with(state, scope, |s| {
            s.answers.remove(step);
            s.recallable = None;
        }),
        _ => tasks(state, recorded, event),
    }
}

fn answered(scope: &mut Scope, step: &str, answer: Answer) {
    scope.open = None;
    if step == START {
        scope.answers.remove(START);
    }
    scope.answers.insert(step.to_owned(), answer);
}

fn tasks(state: &mut State, recorded: &Recorded, event: &Event) {
    match event {
        Event::TaskOpened { scope, task } => {
            with(state, scope, |s| s.open = Some(Open::Task(Box::new(task.clone()))))
        }
        Event::TaskAssigned { scope, how, assignee, .. } => {
            with_task(state, scope, |task| task.assignee.clone_from(assignee));
            if *how != Handing::Release {
                with(state, scope, |s| s.recallable = None);
            }
        }
        Event::TaskDelegated { scope, to, .. } => {
            with_task(state, scope, |task| task.delegate = Some(to.clone()))
        }
        Event::TaskPrepared { scope, .. } => with_task(state, scope, |task| task.delegate = None),
        Event::SignerAdded { scope, person, place, asked_by } => with_task(state, scope, |task| {
            task.signers.push(Signer {
                person: person.clone(),
                place: *place,
                asked_by: asked_by.clone(),
                outcome: None,
                opinion: None,
            });
        }),
        Event::SignerAnswered { scope, person, outcome, opinion } => {
            with_task(state, scope, |task| {
                let open =
                    task.signers.iter_mut().find(|s| s.person == *person && s.outcome.is_none());
                if let Some(signer) = open {
                    signer.outcome = Some(outcome.clone());
                    signer.opinion.clone_from(opinion);
                }
            })
        }
        Event::AnswerKept { scope, answer, kept } => with_task(state, scope, |task| {
            task.answered = Some(Box::new(answer.clone()));
            task.kept = Some(kept.clone());
        }),
        Event::Copied { scope, person, .. } => {
            with_task(state, scope, |task| task.copies.push(person.clone()))
        }
        Event::Reminded { scope, .. } => with_task(state, scope, |task| task.reminded += 1),
        // What these say goes out, or is said once more by the events beside them; nothing of the state changes.
        _ => debug_assert!(recorded.seq < u64::MAX, "numbers of events do not run out"),
    }
}

fn with(state: &mut State, path: &crate::path::ScopePath, change: impl FnOnce(&mut Scope)) {
    if let Some(scope) = state.scopes.get_mut(&path.to_string()) {
        change(scope);
    }
}

fn with_task(state: &mut State, path: &crate::path::ScopePath, change: impl FnOnce(&mut Task)) {
    with(state, path, |scope| {
        if let Some(Open::Task(task)) = &mut scope.open {
            change(task);
        }
    });
}

fn record(state: &mut State, recorded: &Recorded) {
    match &recorded.event {
        Event::RecordSet { record: id, values, from, standing } => {
            let record = state.records.entry(id.clone()).or_insert_with(|| Record::new(id.clone()));
            for (field, value) in values {
                record.fields.entry(field.clone()).or_default().push(Entry {
                    value: value.clone(),
                    from: *from,
                    known: recorded.at,
                    standing: *standing,
                    source: recorded.instance.clone(),
                    settled: None,
                });
            }
            record.version += 1;
        }
        Event::RecordSettled { record: id, standing, from } => {
            let Some(record) = state.records.get_mut(id) else { return };
            for entry in record.fields.values_mut().flatten() {
                let unsettled = entry.settled.is_none()
                    && matches!(entry.standing, Standing::Pending | Standing::Proposed);
                if unsettled && entry.source == recorded.instance {
                    entry.settled =
                        Some(Settled { standing: *standing, from: *from, known: recorded.at });
                }
            }
            record.version += 1;
        }
        _ => {}
    }
}
