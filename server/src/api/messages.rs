//! `/messages`: what an outside party answered, recorded by somebody who may.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_engine::Submission;
use xueji_runtime::{Command, ScopePath};

use super::App;
use super::cases;
use super::commands::Done;
use super::error::ApiError;
use super::extract::{Body, Caller, Conditions};
use crate::wire;

/// A message from outside.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageIn {
    /// The message's name.
    pub name: String,
    /// The case that it is for; or `key`.
    pub instance: Option<String>,
    /// What the waiting step asks it to name, where that is not the case's id; or `instance`.
    pub key: Option<String>,
    /// Where in the case it is for, when several of its rows wait.
    pub scope: Option<String>,
    /// What it answers.
    pub answer: Option<String>,
    /// Its data.
    #[serde(default)]
    pub form: wire::Form,
}

/// Whom a message reached.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MessageOut {
    /// What it brought about in each case that waited.
    pub reached: Vec<Done>,
}

/// Records a message.
pub async fn record(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    Body(body): Body<MessageIn>,
) -> Result<Json<MessageOut>, ApiError> {
    let Some(key) = body.key.clone().or_else(|| body.instance.clone()) else {
        let words =
            Text::new("请给出 instance 或 key", "name the case in `instance`, or the `key`");
        return Err(ApiError::field("/instance", words));
    };
    let scope = body.scope.as_deref().map(|scope| cases::path(Some(scope))).transpose()?;
    let (name, instance) = (body.name.clone(), body.instance.clone());
    let only = scope.clone();
    let asked = key.clone();
    let mut waiting = app.ask(move |engine| engine.waiting_for(&name, &asked)).await?;
    waiting.retain(|(case, path)| {
        instance.as_ref().is_none_or(|instance| instance == case)
            && only.as_ref().is_none_or(|only| only == path)
    });
    let nobody = waiting.is_empty();
    if nobody {
        // Handed in all the same: the engine says why not, or gives the answer again to a repeat.
        let case = body.instance.clone().unwrap_or(key);
        waiting.push((case, scope.unwrap_or_default()));
    }
    // Parts are counted, not named by where they go: a repeat finds nobody waiting any more where the first went.
    let mut reached: Vec<Done> = Vec::with_capacity(waiting.len());
    for (case, path) in waiting {
        loop {
            let conditions = conditions.of_part(&reached.len().to_string());
            let submission = submission(&caller, &conditions, &body, case.clone(), path.clone());
            match app.submit(submission).await {
                Ok(answer) => {
                    let elsewhere = answer.repeated && answer.instance != case;
                    reached.push(answer.into());
                    if !elsewhere {
                        break;
                    }
                }
                Err(_) if nobody && !reached.is_empty() => break,
                Err(error) => return Err(not_awaited(error, &body.name)),
            }
        }
    }
    Ok(Json(MessageOut { reached }))
}

fn submission(
    caller: &Caller,
    conditions: &Conditions,
    body: &MessageIn,
    instance: String,
    scope: ScopePath,
) -> Submission {
    let idempotency = conditions.idempotency(caller, body);
    let command = Command::Message {
        instance,
        scope,
        name: body.name.clone(),
        answer: body.answer.clone(),
        form: body.form.clone(),
    };
    Submission { command, actor: caller.actor(), idempotency, if_version: conditions.if_version }
}

/// A case that is not there is told like one that does not wait, so that nobody learns of cases by asking.
fn not_awaited(error: ApiError, name: &str) -> ApiError {
    if error.code == "unknown" {
        return xueji_runtime::Refusal::NotAwaited { name: name.to_owned() }.into();
    }
    if error.code == "unknown-outcome" {
        let mut error = error;
        error.errors.iter_mut().for_each(|(at, _)| "/answer".clone_into(at));
        return error;
    }
    error
}
