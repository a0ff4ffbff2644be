//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use super::lang::Lang;
use super::simulate::SimulateArgs;
use super::test::TestArgs;
use super::validate::ValidateArgs;
use crate::logs::LogFormat;

const EXITS: &str = "Exit codes: 0 good, 1 findings or failures, 2 usage, 3 nothing to read, 4 trouble with files, store or server, 10 there would be changes";

/// 按 YAML 流程和 Rhai 规则办理事项的引擎
///
/// A workflow engine: processes in YAML, rules in Rhai, an HTTP API. Nothing is ever recompiled.
#[derive(Debug, Parser)]
#[command(name = "xueji", version, after_help = EXITS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve the HTTP API  启动服务
    #[command(
        after_help = "Examples:\n  xueji serve --sample\n  xueji serve --data /var/lib/xueji --port 8480\n  xueji serve --clock 2026-12-23T09:00:00+08:00"
    )]
    Serve(ServeArgs),
    /// Tell all that is wrong with the definitions  校验定义
    #[command(
        after_help = "Examples:\n  xueji validate\n  xueji validate --format sarif > findings.sarif\n  xueji validate --fix --dry-run\n  xueji validate --strict --baseline known.json"
    )]
    Validate(ValidateArgs),
    /// What rules say about all cases, and where two versions of them differ  规则
    #[command(
        after_help = "Examples:\n  xueji rules diff ../last-year/rules rules\n  xueji rules diff old.rhai rules/booking.rhai --rule few-bookings\n  xueji rules list --undecided"
    )]
    Rules(super::rules::RulesArgs),
    /// Explain a code: why, what follows, how to mend it, with an example  说明一个编号
    #[command(
        after_help = "Examples:\n  xueji explain step-unreachable\n  xueji explain step-unreachable --format markdown --lang en\n  xueji explain"
    )]
    Explain(super::explain::ExplainArgs),
    /// Play the scenarios against the definitions  运行场景
    #[command(
        after_help = "Examples:\n  xueji test\n  xueji test --filter booking\n  xueji test --watch\n  xueji test --coverage --coverage-min 100\n  xueji test --format junit > scenarios.xml"
    )]
    Test(TestArgs),
    /// Let random people walk a process, and tell what does not hold  模拟
    #[command(
        after_help = "Examples:\n  xueji simulate booking --cases 10000 --seed 7\n  xueji simulate booking --arrivals 40 --work head=10m..1h --work papers=1d..3d\n  xueji simulate booking --unlawful 50 --story workflows/scenarios/simulated.yaml"
    )]
    Simulate(SimulateArgs),
    /// Tell what the edited files would change, and what would become of open cases  计划
    #[command(
        after_help = "Exit codes: 0 nothing changes, 10 something does, 1 findings, 2 usage, 4 trouble\n\nExamples:\n  xueji plan --out plan.json\n  xueji plan --instances --lang en\n  xueji plan --format json | jq '.fates'"
    )]
    Plan(super::plan::PlanArgs),
    /// Put the definitions live on a running server  上线
    #[command(
        after_help = "Examples:\n  XUEJI_TOKEN=xj_… xueji deploy --note \"shorter notice\"\n  xueji deploy --from 2027-01-01 --note \"new limits\"\n  xueji deploy --cohort \">=2026\" --note \"for the newcomers\" --server http://127.0.0.1:8480 --token xj_…"
    )]
    Deploy(super::deploy::DeployArgs),
    /// Move open cases to another release, each proved and told with the way back  迁移
    #[command(
        after_help = "Examples:\n  xueji migrate plan.json --instances fate=can-move --reason \"new limits\" --dry-run\n  xueji migrate plan.json --instances step=check --map check=second-check --reason \"the check has a new name\"\n  xueji migrate --to 3f9a1c42… --instances 2026-000123 --reason \"moved back\""
    )]
    Migrate(super::migrate::MigrateArgs),
    /// List releases: live for whom, waiting, past; sign off, withdraw, compare  版本
    #[command(
        after_help = "Examples:\n  xueji releases\n  xueji releases approve 3f9a1c42 --server http://127.0.0.1:8480 --token xj_…\n  xueji releases diff 3f9a1c42 77aa01be --text\n  xueji releases files 3f9a1c42 --out /tmp/old"
    )]
    Releases(super::releases::ReleasesArgs),
    /// Put the content of a past release live again, as a new release  回退
    #[command(
        after_help = "Examples:\n  xueji rollback 3f9a1c42 --note \"the new limits were wrong\" --server http://127.0.0.1:8480 --token xj_…"
    )]
    Rollback(super::releases::RollbackArgs),
    /// Judge decided cases again under the edited files; nothing is touched  回溯
    #[command(
        after_help = "Examples:\n  xueji backtest --since 2026-09-01 --server http://127.0.0.1:8480 --token xj_…\n  xueji backtest --since 2026-01-01 --process booking --data data\n  xueji backtest --since 2026-01-01 --format json --out report.json"
    )]
    Backtest(super::backtest::BacktestArgs),
    /// Write event logs for process mining, under pseudonyms  导出事件日志
    #[command(
        after_help = "Examples:\n  xueji export --format xes --out logs --data data\n  xueji export --format xes --process booking --since 2026-01-01 --out logs\n  xueji export --format ocel2-json --out log.json --server http://127.0.0.1:8480 --token xj_…"
    )]
    Export(super::export::ExportArgs),
    /// Tell a case as a story: who, when, by which rules, with what result  事项经过
    #[command(
        after_help = "Examples:\n  xueji trace 2026-000057 --server http://127.0.0.1:8480 --token xj_…\n  xueji trace 2026-000057 --data data --lang en\n  xueji trace 2026-000057 --format json | jq '.items[].says.zh'"
    )]
    Trace(super::trace::TraceArgs),
    /// Draw a process, or write it for BPMN and process mining tools  流程图
    #[command(
        after_help = "Examples:\n  xueji graph booking --out booking.svg\n  xueji graph booking --out booking.png --lang en\n  xueji graph booking > booking.mmd\n  xueji graph booking --out booking.bpmn\n  xueji graph booking --format pnml --out nets/    # a file a net"
    )]
    Graph(super::graph::GraphArgs),
    /// Write the definitions as a book that people read and sign  手册
    #[command(
        after_help = "Examples:\n  xueji docs\n  xueji docs --one-page handbook.html\n  xueji docs --lang en --out site"
    )]
    Docs(super::docs::DocsArgs),
    /// Serve an editor: findings as you type, completion, renaming  编辑器服务
    #[command(after_help = "Examples:\n  xueji lsp    # started by the editor; see docs/editor")]
    Lsp(super::lsp::LspArgs),
    /// Lay files out, without a change of what they say  排版
    #[command(
        after_help = "Examples:\n  xueji fmt\n  xueji fmt --check\n  xueji fmt workflows/forms/booking.yaml\n  xueji fmt --stdin workflows/forms/booking.yaml < draft.yaml"
    )]
    Fmt(super::fmt::FmtArgs),
    /// Begin a process, a rule, a form, or a folder for them  新建
    #[command(
        after_help = "Examples:\n  xueji new folder\n  xueji new process hall-booking --zh 预订礼堂 --en \"Booking of the hall\"\n  xueji new rule few-bookings\n  xueji new form deposit"
    )]
    New(super::new::NewArgs),
    /// Write the JSON Schemas that editors complete and check with  写出 JSON Schema
    #[command(after_help = "Examples:\n  xueji schema\n  xueji schema --out /tmp/schema")]
    Schema(SchemaArgs),
    /// Import records from a CSV file, whole or not at all  导入记录
    #[command(
        after_help = "Examples:\n  xueji import room rooms.csv --dry-run\n  xueji import room rooms.csv --map 名称=name --map 备注=\n  xueji import room rooms.csv --server http://127.0.0.1:8480 --token xj_…"
    )]
    Import(ImportArgs),
    /// Make, list and revoke tokens  令牌
    #[command(
        after_help = "Examples:\n  xueji token create ann --name \"front desk\"\n  xueji token create guest:1001\n  xueji token list\n  xueji token revoke 0123456789abcdef0123"
    )]
    Token(TokenArgs),
    /// Save what is sound in a damaged data folder into a new one  恢复
    #[command(after_help = "Examples:\n  xueji recover --data data --to data-recovered")]
    Recover(RecoverArgs),
}

/// `recover`.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// The damaged folder; it is only read.
    #[command(flatten)]
    pub data: DataFolder,
    /// New folder
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

/// Where the definitions stand.
#[derive(Debug, Clone, Args)]
pub struct Folders {
    /// Folder of the definitions
    #[arg(long, global = true, default_value = "workflows", value_name = "DIR")]
    pub workflows: PathBuf,
    /// Folder of the rules
    #[arg(long, global = true, default_value = "rules", value_name = "DIR")]
    pub rules: PathBuf,
}

/// Which running server is asked.
#[derive(Debug, Clone, Args)]
pub struct Server {
    /// Address of a running server
    #[arg(long, global = true, value_name = "URL", env = "XUEJI_SERVER")]
    pub server: Option<String>,
    /// Token to ask with
    #[arg(long, global = true, value_name = "TOKEN", env = "XUEJI_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// Which data folder is opened, when no server is named.
#[derive(Debug, Clone, Args)]
pub struct DataFolder {
    /// Data folder; no server may have it open
    #[arg(long, global = true, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Fill an empty data folder with the sample of the definitions
    #[arg(long)]
    pub sample: bool,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8480)]
    pub port: u16,
    /// Where the clock starts: real, or a moment such as 2026-12-23T09:00:00+08:00 (samples and tests only)
    #[arg(long, value_name = "real|RFC 3339")]
    pub clock: Option<String>,
    /// How log lines are written to stderr; XUEJI_LOG chooses which (info, debug, …)
    #[arg(long, value_enum, default_value_t)]
    pub log: LogFormat,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
    /// The definitions that seed an empty data folder.
    #[command(flatten)]
    pub folders: Folders,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Folder to write to
    #[arg(long, default_value = "workflows/schema", value_name = "DIR")]
    pub out: PathBuf,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The record type
    pub record_type: String,
    /// The table: comma-separated values in UTF-8, with headings
    pub file: PathBuf,
    /// Which field a column is for; `HEADING=` leaves the column out
    #[arg(long, value_name = "HEADING=FIELD")]
    pub map: Vec<String>,
    /// Only tell what it would do
    #[arg(long)]
    pub dry_run: bool,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
    /// The definitions that seed an empty data folder.
    #[command(flatten)]
    pub folders: Folders,
}

/// `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to do with tokens.
    #[command(subcommand)]
    pub act: TokenAct,
    /// Print Chinese or English
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
    /// The definitions that seed an empty data folder.
    #[command(flatten)]
    pub folders: Folders,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAct {
    /// Make a token; its secret is printed this once
    Create {
        /// The person it acts for: of organisation.yaml, or a record that holds a role, as type:id
        person: String,
        /// What it is for
        #[arg(long, default_value = "")]
        name: String,
        /// Until when, such as 2027-08-31T00:00:00+08:00
        #[arg(long)]
        expires: Option<jiff::Timestamp>,
    },
    /// List the tokens, without their secrets
    List,
    /// Revoke a token at once
    Revoke {
        /// The token's id
        id: String,
    },
}
