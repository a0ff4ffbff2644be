//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::logs::LogFormat;

const EXITS: &str = "Exit codes: 0 good, 1 findings or failures, 2 usage, 3 nothing to read, 4 trouble with files, store or server";

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
        after_help = "Examples:\n  xueji validate\n  xueji validate --format json | jq '.[].message.zh'\n  xueji validate --strict --lang en"
    )]
    Validate(ValidateArgs),
    /// Play the scenarios against the definitions  运行场景
    #[command(
        after_help = "Examples:\n  xueji test\n  xueji test --filter booking\n  xueji test --format json"
    )]
    Test(TestArgs),
    /// Put the definitions live on a running server  上线
    #[command(
        after_help = "Examples:\n  XUEJI_TOKEN=xj_… xueji deploy\n  xueji deploy --server http://127.0.0.1:8480 --token xj_…"
    )]
    Deploy(DeployArgs),
    /// List the releases that went live  上线记录
    #[command(
        after_help = "Examples:\n  xueji releases\n  xueji releases --server http://127.0.0.1:8480 --token xj_…"
    )]
    Releases(ReleasesArgs),
    /// Tell a case as a story: who, when, by which rules, with what result  事项经过
    #[command(
        after_help = "Examples:\n  xueji trace 2026-000057 --server http://127.0.0.1:8480 --token xj_…\n  xueji trace 2026-000057 --data data --lang en\n  xueji trace 2026-000057 --format json | jq '.items[].says.zh'"
    )]
    Trace(super::trace::TraceArgs),
    /// Draw a process as a Mermaid flow chart  流程图
    #[command(after_help = "Examples:\n  xueji graph booking\n  xueji graph booking > booking.mmd")]
    Graph(GraphArgs),
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

/// The language of what is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
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

/// `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// Let warnings fail, too
    #[arg(long)]
    pub strict: bool,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Play only what has these words in its file's or its own name
    #[arg(long, value_name = "WORDS")]
    pub filter: Option<String>,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

/// `deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
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

/// `releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
}

/// `graph`.
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The process
    pub process: String,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The definitions.
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
