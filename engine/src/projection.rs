//! From a decision to the changes that it makes to the store.
//!
//! Invariant: everything that a decision brings about is in its changes, and nothing that stayed as it was: a command on
//! one row of a large case writes that row, its counters and its events.

use sha2::{Digest, Sha256};
use xueji_runtime::event::{Event, Timer, TimerKind};
use xueji_runtime::record::Record;
use xueji_runtime::state::{Instance, InstanceState, Open, Scope};
use xueji_runtime::{Decision, Recorded, ScopePath};
use xueji_store::Reader;

use crate::changes::{Changes, Entries, TooLarge};
use crate::index::{self, IndexedFields};
use crate::keys::{self, TimerId};
use crate::stored::{self, Effect, Job, Notice, Outgoing, PaperInfo, StoredError, StoredEvent};

/// Why a decision could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// What stands in the store could not be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A paper is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// What a projection needs beside the decision.
pub(crate) struct Around<'a> {
    /// The store as it was when the decision was taken.
    pub(crate) reader: &'a dyn Reader,
    /// The record fields that are indexed.
    pub(crate) indexed: &'a IndexedFields,
    /// The place of the decision's first event among those of all cases.
    pub(crate) sequence: u64,
}

/// Returns the changes of a decision.
pub(crate) fn project(around: &Around<'_>, decision: &Decision) -> Result<Changes, ProjectError> {
    let mut changes = Changes::default();
    let Some(header) = &decision.state.instance else { return Ok(changes) };
    if decision.events.is_empty() {
        return Ok(changes);
    }
    events(around, decision, &mut changes)?;
    let before = case(around, header, &mut changes)?;
    for scope in decision.state.scopes.values() {
        scope_changes(around, before.as_ref(), header, scope, &mut changes)?;
    }
    for record in decision.state.records.values() {
        record_changes(around.reader, record, around.indexed, &mut changes)?;
    }
    numbers(around.reader, decision, &mut changes)?;
    for (sequence, recorded) in (around.sequence..).zip(&decision.events) {
        if let Some(timer) = timer(header, recorded) {
            let id = TimerId {
                due: timer.due,
                instance: header.id.clone(),
                number: recorded.seq,
                part: 0,
            };
            changes.put_json(keys::timer(&id), &Job::Timer { timer });
        }
        outgoing(sequence, header, recorded, &mut changes);
        branches_elsewhere(decision, header, &recorded.event, &mut changes);
    }
    for paper in &decision.papers {
        changes.put_large(&keys::paper_bytes(&paper.hash), paper.html.as_bytes())?;
    }
    Ok(changes)
}

fn events(
    around: &Around<'_>,
    decision: &Decision,
    changes: &mut Changes,
) -> Result<(), StoredError> {
    let first = decision.events.first().map_or(0, |event| event.seq);
    let before: Option<StoredEvent> = match first.checked_sub(1) {
        Some(last) => stored::get(around.reader, &keys::event(&decision.instance, last))?,
        None => None,
    };
    let mut chain = before.map(|event| event.chain).unwrap_or_default();
    for (sequence, recorded) in (around.sequence..).zip(&decision.events) {
        chain = link(&chain, recorded);
        let event = StoredEvent { chain: chain.clone(), recorded: recorded.clone() };
        changes.put_json(keys::event(&decision.instance, recorded.seq), &event);
        changes.put_json(keys::sequence(sequence), &index::place(&decision.instance, recorded.seq));
    }
    Ok(())
}

/// Returns the checksum of an event that follows one with that checksum.
pub(crate) fn link(before: &str, recorded: &Recorded) -> String {
    let digest =
        Sha256::new().chain_update(before).chain_update(stored::bytes(recorded)).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn case(
    around: &Around<'_>,
    header: &Instance,
    changes: &mut Changes,
) -> Result<Option<Instance>, StoredError> {
    let key = keys::case(&header.id);
    let before: Option<Instance> = stored::get(around.reader, &key)?;
    if before.as_ref() != Some(header) {
        changes.put_json(key, header);
    }
    let old = before.as_ref().map(index::of_case).unwrap_or_default();
    changes.reindex(&old, &index::of_case(header));
    Ok(before)
}

fn scope_changes(
    around: &Around<'_>,
    header_before: Option<&Instance>,
    header: &Instance,
    scope: &Scope,
    changes: &mut Changes,
) -> Result<(), StoredError> {
    let key = keys::scope(&header.id, &scope.path);
    let before: Option<Scope> = stored::get(around.reader, &key)?;
    let ends = header_before.is_some_and(|before| before.state != header.state);
    if before.as_ref() == Some(scope) && !ends {
        return Ok(());
    }
    if before.as_ref() != Some(scope) {
        changes.put_json(key, scope);
    }
    let entries = |header: &Instance, scope: &Scope| -> Entries {
        let mut entries = index::of_scope(header, scope);
        if header.state != InstanceState::Ended {
            entries.extend(index::while_alive(header, scope));
        }
        entries
    };
    let old = match (&before, header_before) {
        (Some(before), Some(header_before)) => entries(header_before, before),
        _ => Entries::new(),
    };
    changes.reindex(&old, &entries(header, scope));
    if let Some(start) = before.as_ref().and_then(|before| left(before, scope)) {
        changes.put(keys::sweep(&header.id, &start), Vec::new());
    }
    Ok(())
}

/// Returns the beginning of the paths of the branches that a scope's token has left behind, if it has.
fn left(before: &Scope, after: &Scope) -> Option<String> {
    let stands = |scope: &Scope| scope.at.clone().map(|at| (at, scope.visit));
    let (step, visit) = stands(before).filter(|_| before.open == Some(Open::Branches))?;
    (stands(after) != Some((step.clone(), visit))).then(|| before.path.opened_by(&step, visit))
}

/// Branches that live again get their entries back; those opened and left within one decision lose theirs.
fn branches_elsewhere(
    decision: &Decision,
    header: &Instance,
    event: &Event,
    changes: &mut Changes,
) {
    let (scope, step, visit) = match event {
        Event::StepReopened { scope, step, visit } => (scope, step, visit),
        Event::BranchesOpened { scope, step, visit } => {
            let after = decision.state.scopes.get(&scope.to_string());
            if after.is_some_and(|after| after.at.as_ref() == Some(step) && after.visit == *visit) {
                return;
            }
            (scope, step, visit)
        }
        _ => return,
    };
    changes.put(keys::sweep(&header.id, &scope.opened_by(step, *visit)), Vec::new());
}

/// Adds what a changed record changes.
pub(crate) fn record_changes(
    reader: &dyn Reader,
    record: &Record,
    indexed: &IndexedFields,
    changes: &mut Changes,
) -> Result<(), StoredError> {
    let key = keys::record(&record.id);
    let before: Option<Record> = stored::get(reader, &key)?;
    if before.as_ref() == Some(record) {
        return Ok(());
    }
    changes.put_json(key, record);
    let old = before.as_ref().map(|before| index::of_record(before, indexed)).unwrap_or_default();
    changes.reindex(&old, &index::of_record(record, indexed));
    Ok(())
}

fn numbers(
    reader: &dyn Reader,
    decision: &Decision,
    changes: &mut Changes,
) -> Result<(), StoredError> {
    let mut last = std::collections::BTreeMap::new();
    for recorded in &decision.events {
        let Event::Numbered { number, .. } = &recorded.event else { continue };
        changes.put_json(keys::number(&number.series, &number.key), number);
        let highest = last.entry((number.series.clone(), number.bucket.clone())).or_insert(0);
        *highest = number.serial.max(*highest);
    }
    for ((series, bucket), serial) in last {
        let key = keys::last_serial(&series, &bucket);
        // The same number again, for the same key, must not turn the counter back.
        let before: u64 = stored::get(reader, &key)?.unwrap_or(0);
        if serial > before {
            changes.put_json(key, &serial);
        }
    }
    Ok(())
}

/// Returns what an event lets happen at a time: a timer it set, or what goes to other cases, which is due at once.
fn timer(header: &Instance, recorded: &Recorded) -> Option<Timer> {
    let at_once = |scope: &ScopePath, what| Timer {
        due: recorded.at,
        scope: scope.clone(),
        step: String::new(),
        visit: 0,
        what,
    };
    let root = ScopePath::root();
    Some(match &recorded.event {
        Event::TimerSet { timer } => timer.clone(),
        Event::MessageSent { message } => {
            at_once(&root, TimerKind::Deliver { message: message.clone() })
        }
        Event::CallRequested { scope, process, subject, form, parent } => at_once(
            scope,
            TimerKind::StartCalled {
                process: process.clone(),
                subject: subject.clone(),
                form: form.clone(),
                parent: parent.clone(),
                applicant: header.applicant.clone(),
            },
        ),
        Event::ParentTold { parent, result } => {
            at_once(&root, TimerKind::TellParent { parent: parent.clone(), result: result.clone() })
        }
        Event::CalledEnded { called } => {
            at_once(&root, TimerKind::EndCalled { called: called.clone() })
        }
        _ => return None,
    })
}

fn outgoing(sequence: u64, header: &Instance, recorded: &Recorded, changes: &mut Changes) {
    let what = match &recorded.event {
        Event::Noticed { notice, to, title, text, .. } => {
            let entry = Notice {
                sequence,
                instance: header.id.clone(),
                process: header.process.clone(),
                at: recorded.at,
                notice: notice.clone(),
                to: to.clone(),
                title: title.clone(),
                text: text.clone(),
            };
            changes.put_json(keys::notice(sequence), &entry);
            for offer in to {
                changes.put(keys::notice_to(&index::reach(offer), sequence), Vec::new());
            }
            Effect::Notice {
                notice: notice.clone(),
                to: to.clone(),
                title: title.clone(),
                text: text.clone(),
            }
        }
        Event::WebhookCalled { address, data } => {
            Effect::Webhook { address: address.clone(), data: data.clone() }
        }
        Event::DocumentMade { scope, id, template, title, hash } => {
            let paper = PaperInfo {
                id: id.clone(),
                hash: hash.clone(),
                instance: header.id.clone(),
                scope: scope.clone(),
                template: template.clone(),
                title: title.clone(),
                at: recorded.at,
            };
            changes.put_json(keys::paper(id), &paper);
            changes.put(keys::paper_of_case(&header.id, recorded.seq), id.clone());
            Effect::Document {
                id: id.clone(),
                template: template.clone(),
                title: title.clone(),
                hash: hash.clone(),
            }
        }
        _ => return,
    };
    let entry = Outgoing { sequence, instance: header.id.clone(), at: recorded.at, what };
    changes.put_json(keys::outbox(sequence), &entry);
}
