//! `xueji backtest`: decided cases judged again under the edited files in the folder.
//!
//! Invariant: nothing is touched, neither in the data folder nor on the server.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value as Json, json};
use xueji_check::render;
use xueji_definition::Sources;
use xueji_engine::backtest::{Era, backtest};

use super::args::{DataFolder, Folders, Format, Lang, Server};
use super::house;
use super::known;
use super::remote::Remote;
use super::{Exit, Io, Trouble};
use crate::wire::Backtest;

/// The cases named of each reason why something cannot be told; JSON holds all of them.
const NAMED: usize = 10;

/// `backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// First day on which the cases started
    #[arg(long, value_name = "DATE")]
    pub since: Date,
    /// Last day on which they started
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Only cases of this process
    #[arg(long, value_name = "PROCESS")]
    pub process: Option<String>,
    /// Judge cases that still go on, too
    #[arg(long)]
    pub open: bool,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// Write the whole report to a file, and only its first lines to stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
    /// The edited definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &BacktestArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if let Some(until) = args.until.filter(|until| *until < args.since) {
        return Err(Trouble::backwards(args.since, until));
    }
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let Some(release) = checked.release else {
        write!(
            io.err,
            "{}",
            render::text(&checked.findings, &checked.places, args.lang.into(), false)
        )?;
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，没有回溯",
            "the definitions have errors; nothing was judged again",
        ));
    };
    let release = Arc::new(release);
    let report = match Remote::chosen(&args.server, args.lang)? {
        Some(remote) => over_server(&remote, args, &sources, io)?,
        None => in_folder(args, Arc::clone(&release))?,
    };
    // Cases of a process that is no longer in the files are found by its former name.
    if let Some(name) = &args.process
        && number(&report, "cases") == 0
        && release.process(name).is_none()
    {
        let known = release.definitions.processes.keys().map(String::as_str);
        return Err(known::no_process(name, known));
    }
    let text = Told { lang: args.lang, report: &report };
    let whole = match args.format {
        Format::Json => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        Format::Text => text.whole(),
    };
    match &args.out {
        Some(file) => {
            fs::write(file, whole).map_err(|error| Trouble::unwritable(file, &error))?;
            write!(io.out, "{}", text.head())?;
        }
        None => write!(io.out, "{whole}")?,
    }
    let changed = report.get("changes").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
    Ok(if changed { Exit::Changes } else { Exit::Good })
}

fn over_server(
    remote: &Remote,
    args: &BacktestArgs,
    sources: &Sources,
    io: &mut Io<'_>,
) -> Result<Json, Trouble> {
    let body = json!({
        "files": sources.files,
        "since": args.since,
        "until": args.until,
        "process": args.process,
        "open": args.open,
    });
    let body = body.to_string();
    remote.send("POST", "/api/v1/backtests", "application/json", body.as_bytes())?.good(io)
}

fn in_folder(args: &BacktestArgs, release: Arc<xueji_runtime::Release>) -> Result<Json, Trouble> {
    let past = house::past(&args.data.data)?;
    let live = house::live_of(&past)?;
    let era = Era {
        since: args.since,
        until: args.until,
        process: args.process.clone(),
        open: args.open,
    };
    let report = backtest(&past, &era, &release, live.calendar.offset())
        .map_err(|error| Trouble::of(Exit::Io, &error))?;
    serde_json::to_value(Backtest::from(report)).map_err(|error| Trouble::of(Exit::Io, &error))
}

/// A report, told to people.
struct Told<'a> {
    lang: Lang,
    report: &'a Json,
}

fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn number(json: &Json, name: &str) -> u64 {
    json.get(name).and_then(Json::as_u64).unwrap_or_default()
}

fn items<'j>(json: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    json.get(name).and_then(Json::as_array).into_iter().flatten()
}

impl Told<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(zh, en)
    }

    fn words<'j>(&self, json: Option<&'j Json>) -> &'j str {
        json.map(|json| text(json, self.pick("zh", "en"))).unwrap_or_default()
    }

    fn head(&self) -> String {
        let report = self.report;
        let until = match text(report, "until") {
            "" => self.pick("起", "on").to_owned(),
            until => format!("{}{until}", self.pick("至 ", "to ")),
        };
        let process = report.get("process").and_then(Json::as_str);
        let process = process.unwrap_or_else(|| self.pick("全部流程", "all processes"));
        let release: String = text(report, "release").chars().take(16).collect();
        let count = |name| number(report, name);
        let changed = items(report, "changes").count();
        let unknown = items(report, "cannot_tell").count();
        let lines = match self.lang {
            Lang::Zh => format!(
                "回溯 {} {until}　{process}　改后文件 {release}\n\
                 {} 件事项、{} 个时点、{} 条结论：不变 {}（其中只有文字不同 {}），改变 {changed}（{} 件事项），无法判断 {unknown}\n",
                text(report, "since"),
                count("cases"),
                count("moments"),
                count("verdicts"),
                count("same"),
                count("reworded"),
                count("cases_changed"),
            ),
            Lang::En => format!(
                "backtest {} {until}  {process}  edited files {release}\n\
                 {} cases, {} moments, {} verdicts: {} the same ({} of them in other words), {changed} changed (in {} cases), {unknown} cannot be told\n",
                text(report, "since"),
                count("cases"),
                count("moments"),
                count("verdicts"),
                count("same"),
                count("reworded"),
                count("cases_changed"),
            ),
        };
        format!("{lines}{}\n", self.words(report.get("parameters")))
    }

    fn whole(&self) -> String {
        let mut out = self.head();
        self.rules(&mut out);
        self.changes(&mut out);
        self.cannot_tell(&mut out);
        out
    }

    fn rules(&self, out: &mut String) {
        let telling = |rule: &&Json| number(rule, "changed") + number(rule, "cannot_tell") > 0;
        let rules: Vec<&Json> = items(self.report, "rules").filter(telling).collect();
        if rules.is_empty() {
            return;
        }
        let heading = self.pick(
            "  结论   改变   改后受阻   改后放行   无法判断   规则",
            " verdicts changed now-blocks now-passes cannot-tell  rule",
        );
        out.push('\n');
        out.push_str(heading);
        out.push('\n');
        for rule in rules {
            let count = |name| number(rule, name);
            out.push_str(&format!(
                "{:>6} {:>8} {:>10} {:>10} {:>11}  {}/{} {}\n",
                count("verdicts"),
                count("changed"),
                count("now_blocks"),
                count("now_passes"),
                count("cannot_tell"),
                text(rule, "process"),
                text(rule, "rule"),
                self.words(rule.get("title")),
            ));
        }
    }

    fn changes(&self, out: &mut String) {
        for (at, change) in items(self.report, "changes").enumerate() {
            if at == 0 {
                out.push_str(self.pick("\n改变的结论\n", "\nChanged verdicts\n"));
            }
            let row = text(change, "row");
            let row = if row.is_empty() { String::new() } else { format!(" [{row}]") };
            let id = text(change, "id");
            let id = if id.is_empty() { String::new() } else { format!("{id} ") };
            let kind = match text(change, "kind") {
                "added" => self.pick("（新列入）", " (new in the list)"),
                "dropped" => self.pick("（不再判断）", " (no longer judged)"),
                "rerouted" => self.pick("（走向改变）", " (leads elsewhere)"),
                "effect" => self.pick("（效力改变）", " (means something else)"),
                _ => "",
            };
            let lines = [
                format!(
                    "{} #{} {} {} {}{row}  {id}{}{kind}",
                    text(change, "instance"),
                    number(change, "seq"),
                    text(change, "date"),
                    text(change, "process"),
                    text(change, "step"),
                    text(change, "rule"),
                ),
                format!("    {}{}", self.pick("原：", "then: "), self.side(change.get("then"))),
                format!("    {}{}", self.pick("现：", "now:  "), self.side(change.get("now"))),
            ];
            for line in lines {
                out.push_str(&line);
                out.push('\n');
            }
            for parameter in items(change, "parameters") {
                let value = |name: &str| {
                    parameter.get(name).map_or_else(|| "—".to_owned(), ToString::to_string)
                };
                let name = text(parameter, "name");
                out.push_str(&format!(
                    "    {} {name}: {} → {}\n",
                    self.pick("参数", "parameter"),
                    value("then"),
                    value("now")
                ));
            }
        }
    }

    fn side(&self, side: Option<&Json>) -> String {
        let Some(side) = side.filter(|side| !side.is_null()) else {
            return self.pick("没有判断", "not judged").to_owned();
        };
        let says = match text(side, "says") {
            "satisfied" => self.pick("满足", "satisfied"),
            "not-satisfied" => self.pick("不满足", "not satisfied"),
            "not-judged" => self.pick("无法判断（缺值）", "cannot be judged (a value is missing)"),
            "overridden" => self.pick("特批", "set aside"),
            _ => self.pick("规则出错", "the rule is at fault"),
        };
        let leads = text(side, "leads_to");
        let follows = match text(side, "consequence") {
            _ if !leads.is_empty() => format!("{}{leads}", self.pick("走向 ", "leads to ")),
            "blocked" => self.pick("不能继续", "cannot go on").to_owned(),
            "held" => self.pick("暂停", "held").to_owned(),
            "warned" => self.pick("提示", "a warning").to_owned(),
            _ => self.pick("继续", "goes on").to_owned(),
        };
        format!("{says} → {follows}　{}", self.words(side.get("reason")))
    }

    fn cannot_tell(&self, out: &mut String) {
        let mut groups: BTreeMap<(String, String, String), Vec<&str>> = BTreeMap::new();
        for one in items(self.report, "cannot_tell") {
            let key = (
                text(one, "process").to_owned(),
                text(one, "rule").to_owned(),
                self.words(one.get("words")).to_owned(),
            );
            groups.entry(key).or_default().push(text(one, "instance"));
        }
        if !groups.is_empty() {
            out.push_str(self.pick("\n无法判断\n", "\nCannot be told\n"));
        }
        for ((process, rule, words), mut cases) in groups {
            cases.dedup();
            let named = cases.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = if cases.len() > NAMED { ", …" } else { "" };
            let count = cases.len();
            out.push_str(&format!(
                "{process}/{rule}  {words}  ({count} {}: {named}{more})\n",
                self.pick("件", "cases")
            ));
        }
    }
}
