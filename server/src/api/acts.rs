//! What people do with tasks and cases beside completing them: one path for each act.

use std::sync::Arc;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_engine::Submission;
use xueji_runtime::Command;
use xueji_runtime::command::{CaseAct, TaskAct};
use xueji_runtime::state::SignPlace;

use super::App;
use super::answer::{Id, Tagged};
use super::cases;
use super::commands::{Done, place};
use super::error::ApiError;
use super::extract::{Body, Caller, Conditions};
use super::look::Look;

/// What a request for an act shares: the state, who asks, the conditions, and the id in the path.
type On = (State<Arc<App>>, Caller, Conditions, Path<Id>);
type Answered = Result<Tagged<Done>, ApiError>;

/// No words, or some.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteIn {
    /// The words.
    pub note: Option<String>,
}

/// Somebody to whom something goes.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToIn {
    /// The person's id.
    pub to: String,
    /// The words.
    pub note: Option<String>,
}

/// A further signature.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignerIn {
    /// The person's id.
    pub person: String,
    /// When, beside the main answer.
    pub place: PlaceIn,
}

/// When a further signature is given.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceIn {
    /// Before the main answer.
    Before,
    /// After it.
    After,
    /// At any time beside it.
    Beside,
}

/// Carries out an act on a task.
async fn task<T: Serialize + Send + Sync>(
    on: On,
    body: T,
    act: impl FnOnce(T) -> TaskAct,
) -> Answered {
    let (State(app), caller, conditions, Path(Id { id })) = on;
    let (by, asked) = (caller.clone(), id.clone());
    let (instance, scope) = app.ask(move |engine| place(engine, &by, &asked)).await?;
    let idempotency = conditions.idempotency(&caller, &body);
    let command = Command::Task { instance, scope, task: id, act: act(body) };
    let submission = Submission {
        command,
        actor: caller.actor(),
        idempotency,
        if_version: conditions.if_version,
    };
    app.submit(submission).await.map(Done::tagged)
}

macro_rules! task_acts {
    ($($(#[$doc:meta])* $name:ident($body:ident: $kind:ty) => $act:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            app: State<Arc<App>>, caller: Caller, conditions: Conditions, id: Path<Id>, Body(body): Body<$kind>,
        ) -> Answered {
            task((app, caller, conditions, id), body, |$body: $kind| $act).await
        }
    )*};
}

task_acts! {
    /// 委派: has somebody prepare the answer.
    delegate(body: ToIn) => TaskAct::Delegate { to: body.to, note: body.note };
    /// 转办: hands the task to somebody else.
    transfer(body: ToIn) => TaskAct::Transfer { to: body.to, note: body.note };
    /// 抄送: copies somebody in.
    copy(body: ToIn) => TaskAct::Copy { to: body.to, note: body.note };
    /// 加签: asks for a further signature.
    add_signer(body: SignerIn) => TaskAct::AddSigner {
        person: body.person,
        place: match body.place {
            PlaceIn::Before => SignPlace::Before,
            PlaceIn::After => SignPlace::After,
            PlaceIn::Beside => SignPlace::Beside,
        },
    };
}

/// 认领: takes the task.
pub async fn claim(
    app: State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    id: Path<Id>,
) -> Answered {
    task((app, caller, conditions, id), "claim", |_| TaskAct::Claim).await
}

/// Gives the task back to all candidates.
pub async fn release(
    app: State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    id: Path<Id>,
) -> Answered {
    task((app, caller, conditions, id), "release", |_| TaskAct::Release).await
}

/// 催办: reminds those who have the task.
pub async fn remind(
    app: State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    id: Path<Id>,
) -> Answered {
    task((app, caller, conditions, id), "remind", |_| TaskAct::Remind).await
}

/// 收回: takes back one's own last answer to the task, as long as nobody has acted on it.
pub async fn recall(
    State(app): State<Arc<App>>,
    caller: Caller,
    conditions: Conditions,
    Path(Id { id }): Path<Id>,
) -> Answered {
    let by = caller.clone();
    let (instance, scope) = app.ask(move |engine| place(engine, &by, &id)).await?;
    let idempotency = conditions.idempotency(&caller, &"recall");
    let command = Command::Recall { instance, scope };
    let submission = Submission {
        command,
        actor: caller.actor(),
        idempotency,
        if_version: conditions.if_version,
    };
    app.submit(submission).await.map(Done::tagged)
}

/// A reason that may be given.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaybeReasonIn {
    /// Why.
    pub reason: Option<String>,
}

/// A reason that is owed.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIn {
    /// Why.
    pub reason: String,
}

/// Rows to be entered again.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenIn {
    /// The for-each.
    pub step: String,
    /// The rows' keys.
    pub keys: Vec<String>,
    /// The row in which the for-each stands, for nested ones, as `scope` of that row tells it.
    #[serde(default)]
    pub scope: String,
    /// Why.
    pub reason: String,
}

/// A late item.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddItemIn {
    /// The for-each.
    pub step: String,
    /// The item's key.
    pub key: String,
    /// The row in which the for-each stands, for nested ones, as `scope` of that row tells it.
    #[serde(default)]
    pub scope: String,
}

/// Carries out an act on a case.
async fn case<T: Serialize + Send + Sync>(
    on: On,
    body: T,
    act: impl FnOnce(T) -> Result<CaseAct, ApiError>,
) -> Answered {
    let (State(app), caller, conditions, Path(Id { id })) = on;
    let (by, asked) = (caller.clone(), id.clone());
    app.ask(move |engine| cases::seen(&Look::new(engine, &by), &asked).map(drop)).await?;
    let idempotency = conditions.idempotency(&caller, &body);
    let command = Command::Case { instance: id, act: act(body)? };
    let submission = Submission {
        command,
        actor: caller.actor(),
        idempotency,
        if_version: conditions.if_version,
    };
    app.submit(submission).await.map(Done::tagged)
}

macro_rules! case_acts {
    ($($(#[$doc:meta])* $name:ident($body:ident: $kind:ty) => $act:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            app: State<Arc<App>>, caller: Caller, conditions: Conditions, id: Path<Id>, Body(body): Body<$kind>,
        ) -> Answered {
            case((app, caller, conditions, id), body, |$body: $kind| Ok($act)).await
        }
    )*};
}

case_acts! {
    /// 撤回: the applicant withdraws the case.
    withdraw(body: MaybeReasonIn) => CaseAct::Withdraw { reason: body.reason };
    /// 挂起: holds the case.
    hold(body: ReasonIn) => CaseAct::Hold { reason: owed(body.reason)? };
    /// Lets a held case go on.
    resume(body: MaybeReasonIn) => CaseAct::Resume { reason: body.reason };
    /// 终止: ends the case from outside.
    terminate(body: ReasonIn) => CaseAct::Terminate { reason: owed(body.reason)? };
    /// Enters finished rows of a for-each again.
    reopen(body: ReopenIn) => CaseAct::Reopen {
        scope: cases::path(Some(&body.scope))?,
        step: body.step,
        keys: body.keys,
        reason: owed(body.reason)?,
    };
    /// Lets a late item into an open for-each.
    add_item(body: AddItemIn) => CaseAct::AddItem {
        scope: cases::path(Some(&body.scope))?,
        step: body.step,
        key: body.key,
    };
}

fn owed(reason: String) -> Result<String, ApiError> {
    if reason.trim().is_empty() {
        return Err(ApiError::field("/reason", Text::new("请写明理由", "say why")));
    }
    Ok(reason)
}
