//! `xueji trace`: a case told as a story.
//!
//! Invariant: with a server, nothing is told but what its API shows to the holder of the token; with a data folder, all of
//! it, since the folder is in the caller's hand.

use clap::Args;
use serde_json::Value as Json;
use xueji_engine::queries::Paging;
use xueji_engine::trace::{Names, Teller};
use xueji_engine::{LiveRelease, Past};
use xueji_runtime::state::Instance;
use xueji_runtime::{Perspective, RecordId, people};

use super::args::{DataFolder, Format, Lang, Server};
use super::house;
use super::remote::Remote;
use super::{Exit, Io, Trouble};
use crate::sight::Eyes;
use crate::sight::mask::Masks;
use crate::wire::{Case, Trace, TraceEvent};

/// Events asked for at a time.
const STRIDE: usize = 500;

/// `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The case's id
    pub instance: String,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
}

pub(super) fn run(args: &TraceArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let story = match Remote::chosen(&args.server, args.lang)? {
        Some(remote) => over_server(&remote, &args.instance, io)?,
        None => in_folder(args)?,
    };
    match args.format {
        Format::Json => {
            writeln!(io.out, "{}", serde_json::to_string_pretty(&story).unwrap_or_default())?;
        }
        Format::Text => Story { lang: args.lang, io }.tell(&story)?,
    }
    Ok(Exit::Good)
}

fn over_server(remote: &Remote, id: &str, io: &mut Io<'_>) -> Result<Json, Trouble> {
    let mut whole = Json::Null;
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/instances/{id}/trace?limit={STRIDE}{cursor}");
        let mut page = remote.send("GET", &path, "application/json", &[])?.good(io)?;
        let next = page.get("next").and_then(Json::as_str).map(|next| format!("&cursor={next}"));
        if let (Some(all), Some(more)) = (
            whole.get_mut("items").and_then(Json::as_array_mut),
            page.get_mut("items").and_then(Json::as_array_mut),
        ) {
            all.append(more);
        } else {
            whole = page;
        }
        match next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    if let Some(whole) = whole.as_object_mut() {
        whole.remove("next");
    }
    Ok(whole)
}

fn failed(error: &dyn std::error::Error) -> Trouble {
    Trouble::of(Exit::Io, error)
}

fn in_folder(args: &TraceArgs) -> Result<Json, Trouble> {
    let past = house::past(&args.data.data)?;
    let live = house::live_of(&past)?;
    let id = &args.instance;
    let header = past.header(id).map_err(|error| failed(&error))?.ok_or_else(|| {
        Trouble::new(Exit::Usage, format!("没有事项 {id}"), format!("there is no case {id}"))
    })?;
    let items = events(&past, &live, &header)?;
    let process = live.release.process(&header.process);
    let title = process.map(|process| process.title.clone());
    let title =
        title.unwrap_or_else(|| xueji_definition::Text::new(&header.process, &header.process));
    let organisation = &live.release.definitions.organisation;
    let name = people::name(organisation, &header.applicant).map(str::to_owned);
    let case = Case::new(&header, title, name);
    serde_json::to_value(Trace { case, items, next: None }).map_err(|error| failed(&error))
}

fn events(past: &Past, live: &LiveRelease, header: &Instance) -> Result<Vec<TraceEvent>, Trouble> {
    let mut teller = Teller::new(live.calendar.offset());
    let label = |id: &RecordId| label(past, live, id);
    let mut told = Vec::new();
    let mut paging = Paging { after: None, limit: Some(STRIDE) };
    loop {
        let page = past.history(&header.id, &paging).map_err(|error| failed(&error))?;
        for event in &page.items {
            let hash = if teller.release().is_empty() { &header.release } else { teller.release() };
            let known = past.release(hash).map_err(|error| failed(&error))?;
            let release = known.unwrap_or_else(|| std::sync::Arc::clone(&live.release));
            let masks =
                Masks::new(&release.definitions, release.process(&header.process), Eyes::Open);
            let names = Names {
                definitions: &release.definitions,
                today: &live.release.definitions,
                label: &label,
            };
            let event = teller.tell(event, &release, &names, &masks);
            told.push(TraceEvent::new(event, &masks));
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(told),
        }
    }
}

fn label(past: &Past, live: &LiveRelease, id: &RecordId) -> Option<String> {
    let field = live.release.definitions.records.records.get(&id.kind)?.label.as_ref()?;
    let record = past.record(id).ok()??;
    let on = live.calendar.local_date(live.info.at.max(record_time(&record)));
    record.value(field, on, None, Perspective::Local).map(ToString::to_string)
}

/// When a record last changed.
fn record_time(record: &xueji_runtime::Record) -> jiff::Timestamp {
    let known = record.fields.values().flatten().map(|entry| entry.known);
    known.max().unwrap_or(jiff::Timestamp::MIN)
}

/// Writes a story for people.
struct Story<'a, 'b> {
    lang: Lang,
    io: &'a mut Io<'b>,
}

impl Story<'_, '_> {
    fn words<'j>(&self, text: Option<&'j Json>) -> &'j str {
        let key = if self.lang == Lang::Zh { "zh" } else { "en" };
        text.and_then(|text| text.get(key)).and_then(Json::as_str).unwrap_or_default()
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.lang.pick(zh, en)
    }

    fn tell(&mut self, story: &Json) -> std::io::Result<()> {
        let empty = Json::Null;
        let case = story.get("case").unwrap_or(&empty);
        let text = |name: &str| case.get(name).and_then(Json::as_str).unwrap_or_default();
        let title = self.words(case.get("title"));
        let state = match case.get("result").and_then(Json::as_str) {
            Some(result) => format!("{}: {result}", text("state")),
            None => text("state").to_owned(),
        };
        let release: String = text("release").chars().take(16).collect();
        writeln!(self.io.out, "{title} {}", text("id"))?;
        let (started, state_word, version) = (
            self.pick("开始于", "started"),
            self.pick("状态", "state"),
            self.pick("版本", "release"),
        );
        writeln!(
            self.io.out,
            "{started} {}  {state_word} {state}  {version} {release}",
            text("started")
        )?;
        let mut before = (String::new(), String::new());
        for event in story.get("items").and_then(Json::as_array).into_iter().flatten() {
            let local = event.get("local").and_then(Json::as_str).unwrap_or_default().to_owned();
            let who = self.who(event);
            let now = (local, who);
            if now != before {
                writeln!(self.io.out, "\n{}  {}", now.0, now.1)?;
                before = now;
            }
            self.event(event)?;
        }
        Ok(())
    }

    fn who(&self, event: &Json) -> String {
        let person = |one: &Json| {
            let id = one.get("id").and_then(Json::as_str).unwrap_or_default();
            match one.get("name").and_then(Json::as_str) {
                Some(name) => format!("{name} ({id})"),
                None => id.to_owned(),
            }
        };
        match event.get("by") {
            Some(by) => person(by),
            None => self.pick("系统", "the engine").to_owned(),
        }
    }

    fn event(&mut self, event: &Json) -> std::io::Result<()> {
        let seq = event.get("seq").map(ToString::to_string).unwrap_or_default();
        let title = event.get("step").map(|step| self.words(step.get("title"))).unwrap_or_default();
        let row = event.get("row").and_then(Json::as_str);
        let place = match (row, title) {
            (Some(row), "") => format!("[{row}] "),
            (Some(row), title) => format!("[{row} · {title}] "),
            (None, "") => String::new(),
            (None, title) => format!("[{title}] "),
        };
        let role = event.get("role").map(|role| self.words(role.get("title")));
        let unit = event.get("unit").map(|unit| self.words(unit.get("title")));
        let role = match (role, unit) {
            (Some(role), Some(unit)) => format!(" 〔{role} · {unit}〕"),
            (Some(role), None) => format!(" 〔{role}〕"),
            _ => String::new(),
        };
        let says = self.words(event.get("says"));
        writeln!(self.io.out, "  #{seq:<3} {place}{says}{role}")?;
        for line in event.get("details").and_then(Json::as_array).into_iter().flatten() {
            writeln!(self.io.out, "         {}", self.words(Some(line)))?;
        }
        for verdict in event.get("verdicts").and_then(Json::as_array).into_iter().flatten() {
            self.verdict(verdict)?;
        }
        Ok(())
    }

    fn verdict(&mut self, verdict: &Json) -> std::io::Result<()> {
        let text = |name: &str| verdict.get(name).and_then(Json::as_str).unwrap_or_default();
        let (mark, said) = match text("says") {
            "satisfied" => ("✓", self.pick("满足", "satisfied")),
            "not-satisfied" => ("✗", self.pick("不满足", "not satisfied")),
            "not-judged" => ("?", self.pick("无法判断", "cannot be judged")),
            "overridden" => ("!", self.pick("特批", "set aside")),
            _ => ("!", self.pick("规则出错", "the rule is at fault")),
        };
        let id = if text("id").is_empty() { text("rule") } else { text("id") };
        let title = self.words(verdict.get("title"));
        let reason = self.words(verdict.get("reason"));
        let because = if reason == title || reason.is_empty() {
            String::new()
        } else {
            format!(" — {reason}")
        };
        let articles = verdict.get("articles").and_then(Json::as_array).into_iter().flatten();
        let articles: Vec<&str> = articles.filter_map(Json::as_str).collect();
        let articles = if articles.is_empty() {
            String::new()
        } else {
            format!("  〔{}〕", articles.join("；"))
        };
        let colon = self.pick("：", ": ");
        writeln!(self.io.out, "         {mark} {id} {title}{colon}{said}{because}{articles}")?;
        if let Some(aside) = verdict.get("overridden") {
            let of = |name: &str| aside.get(name).and_then(Json::as_str).unwrap_or_default();
            let words = self.pick("由", "by");
            writeln!(
                self.io.out,
                "             {words} {} ({}): {}",
                of("by"),
                of("role"),
                of("reason")
            )?;
        }
        for read in verdict.get("reads").and_then(Json::as_array).into_iter().flatten() {
            let path = read.get("path").and_then(Json::as_str).unwrap_or_default();
            let title = self.words(read.get("title"));
            let words = self.words(read.get("words"));
            let name = if title == path { String::new() } else { format!("  ({title})") };
            writeln!(self.io.out, "             {path} = {words}{name}")?;
        }
        Ok(())
    }
}
