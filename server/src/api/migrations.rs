//! `/migrations`: open cases moved to another release, each proved and moved by itself.
//!
//! Invariant: only those who administer move cases; a case that cannot be moved stays as it was and is told with the
//! reason, and the others are moved.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc;

use axum::Json;
use axum::extract::State;
use xueji_definition::Text;
use xueji_engine::plan::Where;
use xueji_engine::queries::QueryError;
use xueji_engine::{Engine, Submission, SubmitError};
use xueji_runtime::command::{Command, Migrate};
use xueji_runtime::{Actor, Refusal};

use super::App;
use super::error::ApiError;
use super::extract::{Body, Caller};
use super::tokens::require_administrator;
use crate::wire::{Migration, MigrationIn, Moved, ObstacleOut, RefusalOut, Undo, WhereIn};

/// The most cases of one request.
const CASES_MAX: usize = 1_000;
/// More open cases than are looked through for those chosen.
const LOOKED_THROUGH: usize = 1_000_000;

/// Moves cases to another release, or tells with `dry-run` what that would do. What a step waits for stays as it is where
/// both releases say the same of it; each case tells whether the move can be undone by a move back.
pub async fn migrate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<MigrationIn>,
) -> Result<Json<Migration>, ApiError> {
    let answer = app.ask(move |engine| {
        require_administrator(engine, &caller)?;
        if body.reason.trim().is_empty() {
            let words = Text::new("须写明理由", "a reason is needed");
            return Err(ApiError::field("/reason", words));
        }
        let to = body.to.clone().unwrap_or_else(|| engine.live().info.hash.clone());
        // One that can no longer be read is told as such, before any case is looked at.
        engine.release(&to)?;
        let (instances, more) = chosen(engine, &to, &body)?;
        let migrate = |instance: String| Migrate {
            instance,
            to: to.clone(),
            steps: body.steps.clone(),
            reason: body.reason.clone(),
        };
        let actor = Actor::Person(caller.person.clone());
        let mut items = Vec::with_capacity(instances.len());
        for instance in instances {
            items.push(tried(engine, &migrate(instance), &actor)?);
        }
        if !body.dry_run {
            carry_out(engine, &mut items, migrate, &actor)?;
        }
        let moved = items.iter().filter(|item| item.moved).count();
        let refused = items.len() - moved;
        Ok(Migration { to: to.clone(), dry_run: body.dry_run, moved, refused, more, items })
    });
    Ok(Json(answer.await?))
}

/// Returns the cases that are meant, each once, and whether there are more.
fn chosen(engine: &Engine, to: &str, body: &MigrationIn) -> Result<(Vec<String>, bool), ApiError> {
    let one_of = || {
        let words = Text::new(
            "写 instances 或 where 之一",
            "exactly one of `instances` and `where` is needed",
        );
        ApiError::field("/instances", words)
    };
    match (&body.chosen, body.instances.is_empty()) {
        (None, false) => {
            let ids: BTreeSet<&String> = body.instances.iter().collect();
            if ids.len() > CASES_MAX {
                let words = Text::new("一次最多 1000 个事项", "at most 1,000 cases at once");
                return Err(ApiError::field("/instances", words));
            }
            Ok((ids.into_iter().cloned().collect(), false))
        }
        (Some(of), true) => {
            let WhereIn { process, step, release, after } = of;
            let of =
                Where { process: process.clone(), step: step.clone(), release: release.clone() };
            let all = engine.choose(&of, LOOKED_THROUGH)?;
            let later = |id: &str| after.as_deref().is_none_or(|after| id > after);
            let all = all.into_iter().filter(|one| one.release != to && later(&one.instance));
            let mut ids: Vec<String> = all.map(|one| one.instance).collect();
            let more = ids.len() > CASES_MAX;
            ids.truncate(CASES_MAX);
            Ok((ids, more))
        }
        _ => Err(one_of()),
    }
}

fn tried(engine: &Engine, migrate: &Migrate, actor: &Actor) -> Result<Moved, ApiError> {
    let from = engine.case(&migrate.instance)?.map(|case| case.header.release);
    let instance = migrate.instance.clone();
    if let Some(from) = &from
        && let Err(words) = crate::compare::readable(engine.release(from), from)?
    {
        let code = "release-unreadable".to_owned();
        let refusal = Some(RefusalOut { code, words, obstacles: Vec::new() });
        return Ok(Moved { instance, from: Some(from.clone()), moved: false, refusal, undo: None });
    }
    match engine.try_move(migrate, actor) {
        Ok(trial) => {
            let (possible, why) = (trial.no_way_back.is_none(), trial.no_way_back);
            let undo = Some(Undo { possible, why });
            Ok(Moved { instance, from, moved: true, refusal: None, undo })
        }
        Err(QueryError::Refused(refusal @ Refusal::Read(_))) => Err(refusal.into()),
        Err(QueryError::Refused(refusal)) => {
            let refusal = Some(told(&refusal));
            Ok(Moved { instance, from, moved: false, refusal, undo: None })
        }
        Err(other) => Err(other.into()),
    }
}

/// Moves the cases that can be, all handed in together so that they share their flushes.
fn carry_out(
    engine: &Engine,
    items: &mut [Moved],
    migrate: impl Fn(String) -> Migrate,
    actor: &Actor,
) -> Result<(), ApiError> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting = 0_usize;
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.moved) {
        let command = Command::Migrate(migrate(item.instance.clone()));
        let sender = sender.clone();
        // The receiver waits below until all have answered.
        engine.submit_with(Submission::new(command, actor.clone()), move |answer| {
            drop(sender.send((at, answer)));
        })?;
        waiting += 1;
    }
    drop(sender);
    for (at, answer) in receiver.iter().take(waiting) {
        let Some(item) = items.get_mut(at) else { continue };
        match answer {
            Ok(_) => {}
            // It has gone on since it was tried.
            Err(SubmitError::Refused(refusal)) => {
                *item = Moved {
                    moved: false,
                    refusal: Some(told(&refusal)),
                    undo: None,
                    instance: std::mem::take(&mut item.instance),
                    from: item.from.take(),
                };
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

fn told(refusal: &Refusal) -> RefusalOut {
    let obstacles = match refusal {
        Refusal::CannotMove(found) => found.iter().map(ObstacleOut::from).collect(),
        _ => Vec::new(),
    };
    let words = match refusal {
        Refusal::Already(_) => Text::new("已在该版本上", "it stands on that release already"),
        other => other.text(),
    };
    RefusalOut { code: refusal.code().to_owned(), words, obstacles }
}
