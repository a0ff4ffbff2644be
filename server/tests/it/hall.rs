//! The house: its definitions, a server on them in memory, and requests to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio_stream::StreamExt;
use tower::ServiceExt;
use xueji_definition::value::Value;
use xueji_definition::{Sources, read_folder};
use xueji_engine::{Clock, Engine, Put};
use xueji_runtime::RecordId;
use xueji_server::api::{App, rate::RateLimit, router, tokens};
use xueji_store::MemoryStore;

/// A guest's identity number, and what others see of it.
pub(crate) const ID_NO: &str = "110101199001011234";
pub(crate) const ID_NO_MASKED: &str = "1101************34";

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hall")
}

pub(crate) fn sources() -> Sources {
    let (sources, findings) =
        read_folder(&folder().join("workflows"), &folder().join("rules")).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    sources
}

pub(crate) fn builder() -> xueji_engine::ReleaseBuilder {
    Arc::new(|sources: &Sources| {
        let checked = xueji_check::check(sources);
        checked.release.ok_or(checked.findings)
    })
}

/// A server, and a token for each person.
pub(crate) struct Hall {
    router: Router,
    pub(crate) engine: Arc<Engine>,
    secrets: BTreeMap<String, String>,
    _stop: watch::Sender<bool>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the body of a success.
    pub(crate) fn good(self) -> Json {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json()
    }

    /// Returns status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

impl Hall {
    pub(crate) fn open() -> Self {
        Self::with_rate(RateLimit::new(10_000, 10_000))
    }

    pub(crate) fn with_rate(rate: RateLimit) -> Self {
        let clock = Clock::manual("2026-09-28T01:00:00Z".parse().unwrap());
        let engine =
            Engine::open(Arc::new(MemoryStore::new()), builder(), clock, Some(sources())).unwrap();
        Self::around(engine, rate)
    }

    /// Returns a server on an engine that knows the guests, and a token for each person.
    pub(crate) fn around(engine: Engine, rate: RateLimit) -> Self {
        let guest = |number: &str, unit: &str| {
            let text = |text: &str| Some(Value::Text(text.to_owned()));
            let values = vec![
                ("number".to_owned(), text(number)),
                ("name".to_owned(), text(&format!("客{number}"))),
                ("unit".to_owned(), text(unit)),
                ("id_no".to_owned(), text(ID_NO)),
                ("bookings".to_owned(), Some(Value::Int(0))),
            ];
            Put::new(RecordId::new("guest", number), values)
        };
        engine
            .put_records(vec![guest("1", "east"), guest("2", "east"), guest("3", "west")], false)
            .unwrap();
        let mut secrets = BTreeMap::new();
        for person in [
            "east-head",
            "west-head",
            "keeper",
            "desk",
            "desk-2",
            "admin",
            "guest:1",
            "guest:2",
            "guest:3",
        ] {
            let made = tokens::make(&engine, person, "test", None).unwrap();
            secrets.insert(person.to_owned(), made.secret);
        }
        let (stop, stopping) = watch::channel(false);
        let engine = Arc::new(engine);
        let router = router(App::new(Arc::clone(&engine), rate, stopping));
        Self { router, engine, secrets, _stop: stop }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Returns the beginning of a stream: all that comes before it is silent.
    pub(crate) async fn first_events(&self, request: Request<Body>) -> String {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let mut stream = response.into_body().into_data_stream();
        let mut told = String::new();
        let quiet = std::time::Duration::from_millis(500);
        while let Ok(Some(part)) = tokio::time::timeout(quiet, stream.next()).await {
            told.push_str(&String::from_utf8_lossy(&part.unwrap()));
        }
        told
    }

    /// Returns a request of a person, to be completed.
    pub(crate) fn request(
        &self,
        who: &str,
        method: &str,
        path: &str,
    ) -> axum::http::request::Builder {
        let secret = self.secrets.get(who).map_or(who, String::as_str);
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {secret}"))
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(self.request(who, "GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: Json) -> Answer {
        self.post_with(who, path, body, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        who: &str,
        path: &str,
        body: Json,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            self.request(who, "POST", path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Starts a booking of a guest, and returns the case's id.
    pub(crate) async fn book(&self, guest: &str) -> String {
        let body = json!({"process": "booking", "subject": guest, "form": {"seats": 30, "occasion": "11"}});
        let started = self.post(&format!("guest:{guest}"), "/instances", body).await;
        assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
        let id = started.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(started.header("location"), format!("/api/v1/instances/{id}"));
        id
    }

    /// Returns the open task of a person at a step.
    pub(crate) async fn task(&self, who: &str, step: &str) -> String {
        let tasks = self.get(who, &format!("/tasks?mine=true&step={step}")).await.good();
        tasks["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{tasks}")).to_owned()
    }

    /// Completes the open task of a person at a step.
    pub(crate) async fn complete(&self, who: &str, step: &str, outcome: &str) -> Answer {
        let task = self.task(who, step).await;
        let body = json!({"outcome": outcome, "opinion": "见意见"});
        self.post(who, &format!("/tasks/{task}/complete"), body).await
    }
}
