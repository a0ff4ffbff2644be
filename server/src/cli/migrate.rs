//! `xueji migrate`: chosen open cases moved to another release, or told beforehand what that would do.
//!
//! Invariant: the server proves and moves each case by itself; this chooses them and tells what became of each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value as Json, json};
use xueji_engine::plan::{Fate, Plan};
use xueji_runtime::state::START;

use super::args::{Format, Lang};
use super::known::{self, missing};
use super::plan;
use super::releases;
use super::remote::Remote;
use super::{Exit, Io, Trouble};

/// Letters of a release's hash when it is whole.
const HASH: usize = 64;
/// Cases of one request.
const AT_ONCE: usize = 500;

/// `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Plan whose cases are chosen from; they move to the release that it made
    #[arg(required_unless_present = "to")]
    pub plan: Option<PathBuf>,
    /// Hash of the release they move to, instead of that of a plan
    #[arg(long, value_name = "HASH", conflicts_with = "plan")]
    pub to: Option<String>,
    /// Which cases: all, or terms joined by commas: case ids, process=ID, step=ID, release=HASH, fate=can-move (with a plan)
    #[arg(long, value_name = "FILTER", required = true)]
    pub instances: String,
    /// Step that stands for one that is gone
    #[arg(long, value_name = "OLD=NEW")]
    pub map: Vec<String>,
    /// Why; it stands in each case's history
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Only tell what it would do, and whether it can be undone
    #[arg(long)]
    pub dry_run: bool,
    /// Print text or JSON
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Address of the running server
    #[arg(long, value_name = "URL", env = "XUEJI_SERVER", default_value = "http://127.0.0.1:8480")]
    pub server: String,
    /// Token to ask with
    #[arg(long, value_name = "TOKEN", env = "XUEJI_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

/// Which cases are chosen.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    ids: Vec<String>,
    of: BTreeMap<String, String>,
}

pub(super) fn run(args: &MigrateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let filter = Filter::read(&args.instances)?;
    let steps = mapping(&args.map)?;
    let plan = args.plan.as_deref().map(plan::read).transpose()?;
    let remote = Remote::new(&args.server, args.token.as_deref(), args.lang)?;
    let to = match (&plan, &args.to) {
        (Some(plan), _) => Some(plan.to.clone()),
        (None, Some(to)) => Some(whole(&remote, to, io)?),
        (None, None) => None,
    };
    let mut body = Map::new();
    body.insert("to".to_owned(), json!(to));
    body.insert("steps".to_owned(), json!(steps));
    body.insert("reason".to_owned(), json!(args.reason));
    body.insert("dry-run".to_owned(), json!(args.dry_run));
    let mut items = Vec::new();
    let ids = match &plan {
        Some(plan) => Some(filter.among(plan)?),
        None if filter.of.is_empty() && !filter.ids.is_empty() => Some(filter.ids.clone()),
        None => None,
    };
    match ids {
        Some(ids) => {
            for some in ids.chunks(AT_ONCE) {
                body.insert("instances".to_owned(), json!(some));
                items.extend(ask(&remote, &body, io)?.0);
            }
        }
        None => {
            let mut of = filter.server_side()?;
            if let Some(release) = filter.of.get("release") {
                of.insert("release".to_owned(), json!(whole(&remote, release, io)?));
            }
            loop {
                body.insert("where".to_owned(), json!(of));
                let (some, more) = ask(&remote, &body, io)?;
                let last = some.last().and_then(|item| item.get("instance")).cloned();
                items.extend(some);
                match last.filter(|_| more) {
                    Some(last) => of.insert("after".to_owned(), last),
                    None => break,
                };
            }
            if items.is_empty() {
                filter.names_what_there_is(&steps, &remote, io)?;
            }
        }
    }
    tell(&items, to.as_deref().unwrap_or_default(), args, io)
}

/// Returns the hash of a release that begins so.
fn whole(remote: &Remote, hash: &str, io: &mut Io<'_>) -> Result<String, Trouble> {
    if hash.len() == HASH {
        return Ok(hash.to_owned());
    }
    let list = remote.send("GET", "/api/v1/releases", "application/json", &[])?.good(io)?;
    let items = list.get("items").and_then(Json::as_array).cloned().unwrap_or_default();
    releases::whole(&items, hash)
}

fn ask(
    remote: &Remote,
    body: &Map<String, Json>,
    io: &mut Io<'_>,
) -> Result<(Vec<Json>, bool), Trouble> {
    let text = Json::Object(body.clone()).to_string();
    let answer =
        remote.send("POST", "/api/v1/migrations", "application/json", text.as_bytes())?.good(io)?;
    let more = answer.get("more").and_then(Json::as_bool).unwrap_or(false);
    Ok((answer.get("items").and_then(Json::as_array).cloned().unwrap_or_default(), more))
}

fn tell(items: &[Json], to: &str, args: &MigrateArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let chinese = matches!(args.lang, Lang::Zh);
    let said = |item: Option<&Json>| {
        let words = item.and_then(|item| item.get(if chinese { "zh" } else { "en" }));
        words.and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let is = |item: &&Json| item.get("moved") == Some(&Json::Bool(true));
    let moved = items.iter().filter(is).count();
    let refused = items.len() - moved;
    if args.format == Format::Json {
        let all = json!({"to": to, "dry-run": args.dry_run, "moved": moved, "refused": refused, "items": items});
        writeln!(io.out, "{all}")?;
    } else {
        for item in items {
            let id = item.get("instance").and_then(Json::as_str).unwrap_or_default();
            let line = match item.get("refusal") {
                Some(refusal) => format!("✗ {id}  {}", said(refusal.get("words"))),
                None => {
                    let undo = item.get("undo");
                    let possible =
                        undo.and_then(|undo| undo.get("possible")) == Some(&Json::Bool(true));
                    let why = said(undo.and_then(|undo| undo.get("why")));
                    match (possible, chinese) {
                        (true, true) => format!("✓ {id}  可迁回"),
                        (true, false) => format!("✓ {id}  can be moved back"),
                        (false, true) => format!("✓ {id}  不能迁回：{why}"),
                        (false, false) => format!("✓ {id}  cannot be moved back: {why}"),
                    }
                }
            };
            writeln!(io.out, "{line}")?;
        }
        let short: String = to.chars().take(12).collect();
        let line = match (chinese, args.dry_run) {
            (true, true) => format!("试算：可迁移 {moved}，不能 {refused}（到 {short}）；没有改动"),
            (true, false) => format!("已迁移 {moved}，未迁移 {refused}（到 {short}）"),
            (false, true) => {
                format!("dry run: {moved} can move, {refused} cannot (to {short}); nothing changed")
            }
            (false, false) => format!("{moved} moved, {refused} not (to {short})"),
        };
        writeln!(io.out, "{line}")?;
    }
    Ok(if refused == 0 { Exit::Good } else { Exit::Findings })
}

fn mapping(given: &[String]) -> Result<BTreeMap<String, String>, Trouble> {
    let pairs = given.iter().map(|pair| {
        pair.split_once('=')
            .filter(|(old, new)| !old.is_empty() && !new.is_empty())
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
            .ok_or_else(|| {
                Trouble::new(
                    Exit::Usage,
                    format!("--map 应写作 原步骤=新步骤，这里是 {pair}"),
                    format!("expected OLD=NEW after --map, found {pair}"),
                )
            })
    });
    pairs.collect()
}

impl Filter {
    fn read(text: &str) -> Result<Self, Trouble> {
        let mut filter = Self::default();
        for term in text.split(',').map(str::trim).filter(|term| !term.is_empty() && *term != "all")
        {
            match term.split_once('=') {
                None => filter.ids.push(term.to_owned()),
                Some((key @ ("process" | "step" | "release" | "fate"), value)) => {
                    filter.of.insert(key.to_owned(), value.to_owned());
                }
                Some((key, _)) => {
                    return Err(Trouble::new(
                        Exit::Usage,
                        format!("不认识 {key}=；可用 process、step、release、fate"),
                        format!("`{key}=` is not known; there are process, step, release, fate"),
                    ));
                }
            }
        }
        Ok(filter)
    }

    /// Returns the cases of a plan that are chosen.
    fn among(&self, plan: &Plan) -> Result<Vec<String>, Trouble> {
        let fate = self.of.get("fate");
        if let Some(fate) = fate.filter(|fate| Fate::ALL.iter().all(|known| known.name() != **fate))
        {
            let known = Fate::ALL.map(Fate::name).join(", ");
            return Err(Trouble::new(
                Exit::Usage,
                format!("没有 fate={fate}；有 {known}"),
                format!("there is no fate={fate}; there are {known}"),
            ));
        }
        self.names_what_is_planned(plan)?;
        let named = |key: &str, is: &str| {
            let begins = |wanted: &String| key == "release" && is.starts_with(wanted.as_str());
            self.of.get(key).is_none_or(|wanted| wanted == is || begins(wanted))
        };
        let groups = plan.groups.iter().filter(|group| {
            named("process", &group.process)
                && named("release", &group.release)
                && named("fate", group.told.fate.name())
                && self.of.get("step").is_none_or(|step| group.steps.contains(step))
        });
        // Cases for whose cohort the release is not are moved only when somebody names them.
        let meant = groups.filter(|group| !self.ids.is_empty() || group.told.elsewhere.is_none());
        let ids = meant.flat_map(|group| &group.instances);
        let mut ids: Vec<String> =
            ids.filter(|id| self.ids.is_empty() || self.ids.contains(id)).cloned().collect();
        ids.sort();
        Ok(ids)
    }

    /// Refuses names that no case of a plan has.
    fn names_what_is_planned(&self, plan: &Plan) -> Result<(), Trouble> {
        let groups = &plan.groups;
        let planned = || groups.iter().flat_map(|group| &group.instances).map(String::as_str);
        if let Some(id) = self.ids.iter().find(|id| planned().all(|known| known != **id)) {
            return Err(missing(("事项", "case"), id, planned()));
        }
        let processes = || groups.iter().map(|group| group.process.as_str());
        let steps = || groups.iter().flat_map(|group| &group.steps).map(String::as_str);
        let none = |key: &str, there: &dyn Fn(&str) -> bool| {
            self.of.get(key).filter(|wanted| !there(wanted))
        };
        if let Some(name) = none("process", &|wanted| processes().any(|one| one == wanted)) {
            return Err(missing(
                ("这个流程的未办结事项：", "open case of process"),
                name,
                processes(),
            ));
        }
        if let Some(name) = none("step", &|wanted| steps().any(|one| one == wanted)) {
            return Err(missing(("停在这一步的事项：", "case at step"), name, steps()));
        }
        let stood = || groups.iter().map(|group| group.release.as_str());
        if let Some(name) = none("release", &|wanted| stood().any(|one| one.starts_with(wanted))) {
            return Err(missing(("在这个版本上的事项：", "case on release"), name, stood()));
        }
        Ok(())
    }

    /// Refuses names that the server does not know, where they have chosen no case.
    fn names_what_there_is(
        &self,
        steps_mapped: &BTreeMap<String, String>,
        remote: &Remote,
        io: &mut Io<'_>,
    ) -> Result<(), Trouble> {
        let (process, step) = (self.of.get("process"), self.of.get("step"));
        if process.is_none() && step.is_none() {
            return Ok(());
        }
        let known = known::processes(remote, io)?;
        if let Some(process) = process.filter(|process| !known.contains(process)) {
            return Err(known::no_process(process, known.iter().map(String::as_str)));
        }
        // One that something stands for may be gone, and have been left by all.
        let asked = |step: &&String| *step != START && !steps_mapped.contains_key(*step);
        let Some(step) = step.filter(asked) else { return Ok(()) };
        let mut steps = Vec::new();
        for one in known.iter().filter(|one| process.is_none_or(|process| process == *one)) {
            steps.extend(known::steps(remote, one, io)?);
        }
        if !steps.contains(step) {
            return Err(missing(("步骤", "step"), step, steps.iter().map(String::as_str)));
        }
        Ok(())
    }

    /// Returns what the server is asked for, when there is no plan.
    fn server_side(&self) -> Result<Map<String, Json>, Trouble> {
        if self.of.contains_key("fate") || !self.ids.is_empty() {
            return Err(Trouble::new(
                Exit::Usage,
                "fate= 要有计划；事项编号不能与 process= 等混用",
                "fate= needs a plan; case ids do not go together with process= and the like",
            )
            .hint(
                "xueji plan --out plan.json，再 xueji migrate plan.json",
                "xueji plan --out plan.json, then xueji migrate plan.json",
            ));
        }
        Ok(self.of.iter().map(|(key, value)| (key.clone(), json!(value))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_everything_ids_or_what_must_be_so() {
        assert_eq!(Filter::read("all").unwrap(), Filter::default());
        assert_eq!(Filter::read("a-1, a-2").unwrap().ids, ["a-1", "a-2"]);
        let filter = Filter::read("process=loan,step=look").unwrap();
        assert_eq!(filter.of.get("step").map(String::as_str), Some("look"));
        assert!(Filter::read("colour=red").is_err());
        assert!(Filter::read("fate=can-move").unwrap().server_side().is_err());
    }

    #[test]
    fn a_misspelt_name_chooses_nothing_without_a_word_never() {
        let plan: Plan = serde_json::from_value(json!({
            "version": 1, "from": "a1", "to": "b2", "at": "2026-10-01T00:00:00Z", "sequence": 1,
            "changes": [], "fates": {}, "groups": [{
                "process": "booking", "release": "abcdef0123", "steps": ["look"],
                "fate": "can-move", "instances": ["2026-000051"],
            }],
        }))
        .unwrap();
        let among = |filter: &str| Filter::read(filter).unwrap().among(&plan);
        for good in ["all", "2026-000051", "process=booking,step=look", "release=abcdef"] {
            assert_eq!(among(good).unwrap(), ["2026-000051"], "{good}");
        }
        assert_eq!(among("fate=stays").unwrap(), [""; 0], "there may be none of them");
        for (wrong, near) in [
            ("2026-00005", "2026-000051"),
            ("process=boking", "booking"),
            ("step=lok", "look"),
            ("release=abcdex", "abcdef0123"),
        ] {
            let trouble = among(wrong).unwrap_err();
            assert_eq!(trouble.exit, Exit::Usage, "{wrong}");
            assert!(trouble.hint.unwrap().zh.contains(near), "{wrong}");
        }
    }

    #[test]
    fn a_mapping_names_two_steps() {
        assert_eq!(mapping(&["a=b".into()]).unwrap()["a"], "b");
        assert!(mapping(&["a".into()]).is_err());
        assert!(mapping(&["=b".into()]).is_err());
    }
}
