//! Every route, with the words that the document of the API has for it.
//!
//! Invariant: what is routed is described: the document is made from these very routes.

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use aide::openapi::{Info, MediaType, OpenApi, SecurityScheme, Tag};
use aide::transform::TransformOperation;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use super::{
    App, acts, backtests, calendars, cases, commands, documents, events, house, imports, language,
    logs, materials, messages, migrations, plans, processes, records, releases, tasks, tokens,
    trace,
};

/// The most bytes of a body, where a route does not take more.
const BODY_MAX: usize = 2 << 20;
/// The longest that a request may take, but for streams.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Returns words for a route: its tag, and one line on what it does.
fn on(
    tag: &'static str,
    words: &'static str,
) -> impl Fn(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.tag(tag).summary(words)
}

/// Describes an answer that is no JSON.
fn answering<'t>(
    operation: TransformOperation<'t>,
    kind: &'static str,
    words: &'static str,
) -> TransformOperation<'t> {
    operation.response_with::<200, Html<String>, _>(|mut response| {
        let inner = response.inner();
        inner.content = [(kind.to_owned(), MediaType::default())].into_iter().collect();
        response.description(words)
    })
}

fn case_routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/migrations",
            post_with(migrations::migrate, on("releases", "Move open cases to another release")),
        )
        .api_route("/processes", get_with(processes::list, on("processes", "List the processes")))
        .api_route(
            "/processes/{id}",
            get_with(processes::one, on("processes", "Get a process: form, papers, rules, steps")),
        )
        .api_route(
            "/processes/{id}/check",
            post_with(
                processes::check,
                on("processes", "Ask whether a case could be started, and why not"),
            ),
        )
        .api_route(
            "/instances",
            post_with(commands::start, on("instances", "Start a case"))
                .get_with(cases::list, on("instances", "List cases")),
        )
        .api_route(
            "/instances/{id}",
            get_with(cases::one, on("instances", "Get a case with what is open in it")),
        )
        .api_route(
            "/instances/{id}/history",
            get_with(cases::history, on("instances", "Get what happened in a case")),
        )
        .api_route(
            "/instances/{id}/trace",
            get_with(trace::trace, on("instances", "Tell a case as a story")),
        )
        .api_route(
            "/instances/{id}/rows",
            get_with(cases::rows, on("instances", "List the rows of a for-each")),
        )
        .api_route(
            "/instances/{id}/withdraw",
            post_with(acts::withdraw, on("instances", "撤回 Withdraw a case")),
        )
        .api_route(
            "/instances/{id}/hold",
            post_with(acts::hold, on("instances", "挂起 Hold a case")),
        )
        .api_route(
            "/instances/{id}/resume",
            post_with(acts::resume, on("instances", "恢复 Let a held case go on")),
        )
        .api_route(
            "/instances/{id}/terminate",
            post_with(acts::terminate, on("instances", "终止 End a case from outside")),
        )
        .api_route(
            "/instances/{id}/reopen",
            post_with(acts::reopen, on("instances", "Enter finished rows again")),
        )
        .api_route(
            "/instances/{id}/add-item",
            post_with(acts::add_item, on("instances", "Let a late item in")),
        )
        .api_route(
            "/messages",
            post_with(messages::record, on("instances", "Record what an outside party answered")),
        )
}

fn task_routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route("/tasks", get_with(tasks::list, on("tasks", "List open tasks")))
        .api_route(
            "/tasks/complete",
            post_with(commands::complete_many, on("tasks", "Complete many tasks, each by itself")),
        )
        .api_route(
            "/tasks/{id}",
            get_with(tasks::one, on("tasks", "Get a task with what is needed to do it")),
        )
        .api_route(
            "/tasks/{id}/complete",
            post_with(commands::complete, on("tasks", "Complete a task")),
        )
        .api_route("/tasks/{id}/claim", post_with(acts::claim, on("tasks", "认领 Take a task")))
        .api_route("/tasks/{id}/release", post_with(acts::release, on("tasks", "Give a task back")))
        .api_route(
            "/tasks/{id}/delegate",
            post_with(acts::delegate, on("tasks", "委派 Have somebody prepare the answer")),
        )
        .api_route(
            "/tasks/{id}/transfer",
            post_with(acts::transfer, on("tasks", "转办 Hand a task to somebody else")),
        )
        .api_route(
            "/tasks/{id}/add-signer",
            post_with(acts::add_signer, on("tasks", "加签 Ask for a further signature")),
        )
        .api_route(
            "/tasks/{id}/recall",
            post_with(acts::recall, on("tasks", "收回 Take back one's own last answer")),
        )
        .api_route(
            "/tasks/{id}/remind",
            post_with(acts::remind, on("tasks", "催办 Remind those who have a task")),
        )
        .api_route("/tasks/{id}/copy", post_with(acts::copy, on("tasks", "抄送 Copy somebody in")))
}

fn record_routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/records/{type}",
            get_with(records::list, on("records", "List records by the values of their fields")),
        )
        .api_route(
            "/records/{type}/{id}",
            get_with(records::one, on("records", "Get a record as of a date")),
        )
        .api_route(
            "/records/{type}/{id}/history",
            get_with(records::history, on("records", "Get every value that a record had")),
        )
        .api_route(
            "/materials/{id}",
            get_with(materials::one, |operation| {
                let words = "The file, under the media type of its kind";
                answering(on("papers", "Get an uploaded file")(operation), "*/*", words)
            }),
        )
        .api_route(
            "/documents/{id}",
            get_with(documents::one, |operation| {
                let operation = on("papers", "Get a paper that a case made")(operation);
                answering(operation, "text/html; charset=utf-8", "The paper")
            }),
        )
        .api_route(
            "/notices",
            get_with(house::notices, on("house", "List the notices that reach the caller")),
        )
        .merge(release_routes())
        .api_route(
            "/event-logs",
            get_with(logs::list, on("house", "Get cases as event logs for process mining")),
        )
        .api_route(
            "/calendars",
            get_with(calendars::names, on("calendars", "List the windows and named days")),
        )
        .api_route(
            "/calendars/working-day",
            get_with(
                calendars::working_day,
                on("calendars", "Ask whether a date is a working day"),
            ),
        )
        .api_route(
            "/calendars/days/{name}/next",
            get_with(calendars::next_day, on("calendars", "Get the next named day")),
        )
        .api_route(
            "/calendars/windows/{name}",
            get_with(calendars::window, on("calendars", "Ask whether a window is open")),
        )
        .api_route("/me", get_with(house::me, on("house", "Get who the caller is")))
        .api_route(
            "/clock",
            get_with(house::clock, on("house", "Get what the clock shows")).post_with(
                house::move_clock,
                on("house", "Move a clock that is not the real one forward"),
            ),
        )
        .api_route(
            "/tokens",
            post_with(tokens::create, on("house", "Make a token"))
                .get_with(tokens::list, on("house", "List the tokens")),
        )
        .api_route("/tokens/{id}", delete_with(tokens::revoke, on("house", "Revoke a token")))
}

fn release_routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/releases",
            get_with(releases::list, on("releases", "List releases: live for whom, waiting, past")),
        )
        .api_route("/releases/{id}", get_with(releases::one, on("releases", "Get a release")))
        .api_route(
            "/releases/{id}/files",
            get_with(releases::files, on("releases", "Get the files of a release")),
        )
        .api_route(
            "/releases/{id}/difference/{other}",
            get_with(releases::difference, on("releases", "Get what differs between two releases")),
        )
        .api_route(
            "/releases/{id}/approve",
            post_with(releases::approve, on("releases", "签发 Sign a proposed release off")),
        )
        .api_route(
            "/releases/{id}/reject",
            post_with(releases::reject, on("releases", "否决 Say no to a release that waits")),
        )
        .api_route(
            "/releases/{id}/withdraw",
            post_with(releases::withdraw, on("releases", "撤回 Take back a release that waits")),
        )
        .api_route(
            "/releases/{id}/renew",
            post_with(releases::renew, on("releases", "改期 Propose again, or for another date")),
        )
        .api_route(
            "/releases/{id}/rollback",
            post_with(releases::rollback, on("releases", "回退 Put a past release live again")),
        )
}

/// Routes that take larger bodies than others.
fn large_routes() -> ApiRouter<Arc<App>> {
    let upload = ApiRouter::new()
        .api_route("/materials", post_with(materials::upload, on("papers", "Upload a file")))
        // The parts around a file in a multipart body are small.
        .layer(DefaultBodyLimit::max(materials::BYTES_MAX + (64 << 10)));
    let deploy = ApiRouter::new()
        .api_route(
            "/releases",
            post_with(releases::deploy, on("releases", "Put a release live, or propose it")),
        )
        .layer(DefaultBodyLimit::max(releases::BYTES_MAX));
    let backtest = ApiRouter::new()
        .api_route(
            "/backtests",
            post_with(
                backtests::run,
                on("house", "Judge decided cases again under edited files; nothing is touched"),
            ),
        )
        .layer(DefaultBodyLimit::max(releases::BYTES_MAX));
    let plan = ApiRouter::new()
        .api_route(
            "/plans",
            post_with(
                plans::make,
                on("releases", "Tell what edited files would change; nothing is touched"),
            ),
        )
        .layer(DefaultBodyLimit::max(releases::BYTES_MAX));
    let import = ApiRouter::new()
        .api_route(
            "/imports/{type}",
            post_with(imports::import, on("records", "Import records from a table")),
        )
        .layer(DefaultBodyLimit::max(imports::BYTES_MAX));
    upload.merge(deploy).merge(plan).merge(backtest).merge(import)
}

fn info() -> OpenApi {
    let tag = |name: &str, words: &str| Tag {
        name: name.to_owned(),
        description: Some(words.to_owned()),
        ..Tag::default()
    };
    OpenApi {
        info: Info {
            title: "xueji".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: Some(include_str!("about.md").to_owned()),
            ..Info::default()
        },
        tags: vec![
            tag("processes", "What can be started, and what the rules would say"),
            tag("instances", "Cases: starting, following, and acts on them"),
            tag("tasks", "Open work and what people do with it"),
            tag("records", "What is, was, and was known"),
            tag("papers", "Uploaded files, and papers that cases make"),
            tag("calendars", "Working days, named days and windows"),
            tag("releases", "Which definitions are live for whom, which wait, and who signed them"),
            tag("house", "People, tokens, notices, the clock"),
        ],
        ..OpenApi::default()
    }
}

/// Returns the API's routes under `/api/v1`, and the document made from them.
fn described() -> (Router<Arc<App>>, OpenApi) {
    aide::generate::infer_responses(true);
    aide::generate::extract_schemas(true);
    let mut api = info();
    let timed = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_MAX);
    let routes = case_routes()
        .merge(task_routes())
        .merge(record_routes())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .merge(large_routes())
        .layer(timed)
        .merge(ApiRouter::new().api_route(
            "/events",
            get_with(events::follow, |operation| {
                let words = "Follow what happens (server-sent events)";
                let operation = on("instances", words)(operation);
                answering(operation, "text/event-stream", "Each event, without data of the case")
            }),
        ));
    let router = ApiRouter::new().nest("/api/v1", routes).finish_api_with(&mut api, |api| {
        api.security_scheme(
            "token",
            SecurityScheme::Http {
                scheme: "bearer".to_owned(),
                bearer_format: None,
                description: Some(
                    "Made with `xueji token create`, or by `POST /tokens`.".to_owned(),
                ),
                extensions: Default::default(),
            },
        )
    });
    (router, api)
}

/// Returns the document of the API: OpenAPI 3.1.
#[must_use]
pub fn document() -> OpenApi {
    described().1
}

/// Returns everything that the server answers.
pub fn router(app: Arc<App>) -> Router {
    let (routes, api) = described();
    let document = serde_json::to_string(&api).unwrap_or_default();
    let document = move || async move {
        ([(header::CONTENT_TYPE, "application/json")], document).into_response()
    };
    // The page's fonts would come from elsewhere; everything here is served by this very server.
    let reference =
        aide::scalar::Scalar::new("/api/v1/openapi.json").with_title("xueji API").html();
    let reference =
        reference.replace("theme: 'purple',", "theme: 'default', withDefaultFonts: false,");
    let reference = move || async move { Html(reference) };
    routes
        .route("/api/v1/openapi.json", get(document))
        .route("/api/v1/reference", get(reference))
        .route("/", get(crate::page::start))
        .route("/livez", get(house::live))
        .route("/readyz", get(house::ready))
        .route("/metrics", get(house::metrics))
        .layer(CompressionLayer::new().gzip(true))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), language::layer))
        .with_state(app)
}
