//! `xueji deploy`: the definitions put live on a running server, at once or from a date, for all or for some cohorts.
//!
//! Invariant: what is wrong is shown with the words of the files, and nothing is sent then.

use clap::Args;
use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};
use xueji_check::render;

use super::args::{Folders, Lang};
use super::releases::told;
use super::remote::Remote;
use super::{Exit, Io, Trouble, house};

/// `deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// What is changed and why; it stands with the release for ever
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Do exactly what that plan says, or nothing if the world has moved since
    #[arg(long, value_name = "FILE")]
    pub plan: Option<std::path::PathBuf>,
    /// When and for whom.
    #[command(flatten)]
    pub effect: Effect,
    /// Address of the running server
    #[arg(long, value_name = "URL", env = "XUEJI_SERVER", default_value = "http://127.0.0.1:8480")]
    pub server: String,
    /// Token to ask with
    #[arg(long, value_name = "TOKEN", env = "XUEJI_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// From when a release holds, and for whom.
#[derive(Debug, Clone, Default, Args)]
pub struct Effect {
    /// Let it hold from the beginning of that day, such as 2027-01-01
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Let it hold for some cohorts only, side by side with the others: 2026, 2024..2026, ">=2026", "<=2023"
    #[arg(long, value_name = "RANGE", conflicts_with = "every_cohort")]
    pub cohort: Option<String>,
    /// Let it hold for everybody; releases of some cohorts end
    #[arg(long)]
    pub every_cohort: bool,
}

impl Effect {
    /// Adds what is said to a request.
    pub(super) fn put(&self, body: &mut Map<String, Json>) {
        if let Some(from) = self.from {
            body.insert("from".to_owned(), json!(from));
        }
        if let Some(cohorts) = &self.cohort {
            body.insert("cohorts".to_owned(), json!(cohorts));
        }
        if self.every_cohort {
            body.insert("every_cohort".to_owned(), json!(true));
        }
    }
}

pub(super) fn run(args: &DeployArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let remote = Remote::new(&args.server, args.token.as_deref(), args.lang)?;
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    if !checked.findings.is_empty() {
        write!(
            io.err,
            "{}",
            render::text(&checked.findings, &checked.places, args.lang.into(), false)
        )?;
    }
    if checked.has_errors() {
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，未上线",
            "the definitions have errors and did not go live",
        ));
    }
    let mut body = Map::new();
    body.insert("files".to_owned(), json!(sources.files));
    if let Some(note) = &args.note {
        body.insert("note".to_owned(), json!(note));
    }
    args.effect.put(&mut body);
    if let Some(file) = &args.plan {
        let plan = super::plan::read(file)?;
        body.insert("plan".to_owned(), json!(plan));
    }
    let body = Json::Object(body).to_string();
    let answer = remote.send("POST", "/api/v1/releases", "application/json", body.as_bytes())?;
    super::plan::unmoved(&answer, args.lang, io)?;
    let answer = answer.good(io)?;
    told(&answer, args.lang, io)
}
