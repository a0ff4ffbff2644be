//! `xueji plan`: what the edited files would change on a running server, and what would become of its open cases.
//!
//! Invariant: nothing is touched. What is wrong with the files is shown with their words, and nothing is sent then.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value as Json, json};
use xueji_check::render;
use xueji_check::render::Language;
use xueji_definition::Text;
use xueji_engine::Audience;
use xueji_engine::plan::{Change, Class, Fate, Group, Plan, Weight};

use super::args::{Folders, Format, Lang};
use super::deploy::Effect;
use super::remote::{Answer, Remote};
use super::{Exit, Io, Trouble, house};

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Also list the cases, not only how many
    #[arg(long)]
    pub instances: bool,
    /// Write the plan to a file, for deploy --plan and migrate
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// When and for whom.
    #[command(flatten)]
    pub effect: Effect,
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
    /// The definitions.
    #[command(flatten)]
    pub folders: Folders,
}

pub(super) fn run(args: &PlanArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let remote = Remote::new(&args.server, args.token.as_deref(), args.lang)?;
    let (sources, found) = house::sources(&args.folders)?;
    let checked = xueji_check::check_with(&sources, found);
    let language: Language = args.lang.into();
    if !checked.findings.is_empty() {
        write!(io.err, "{}", render::text(&checked.findings, &checked.places, language, false))?;
    }
    if checked.has_errors() {
        return Ok(Exit::Findings);
    }
    let mut body = Map::new();
    body.insert("files".to_owned(), json!(sources.files));
    args.effect.put(&mut body);
    let body = Json::Object(body).to_string();
    let mut answer =
        remote.send("POST", "/api/v1/plans", "application/json", body.as_bytes())?.good(io)?;
    if let Some(map) = answer.as_object_mut() {
        map.remove("findings");
    }
    let plan = parse(answer.clone(), "/api/v1/plans")?;
    if let Some(file) = &args.out {
        let mut text = serde_json::to_string_pretty(&answer).unwrap_or_default();
        text.push('\n');
        fs::write(file, text).map_err(|error| Trouble::unwritable(file, &error))?;
    }
    match args.format {
        Format::Json => writeln!(io.out, "{answer}")?,
        Format::Text => write!(io.out, "{}", text(&plan, language, args.instances))?,
    }
    Ok(if plan.is_empty() { Exit::Good } else { Exit::Changes })
}

/// Reads a plan from a file.
pub(super) fn read(file: &std::path::Path) -> Result<Plan, Trouble> {
    let at = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Trouble::unreadable(file, &error)
            .hint("用 xueji plan --out 文件 写一份计划", "make a plan with xueji plan --out FILE")
    })?;
    let json = serde_json::from_str(&text).map_err(|error| no_plan(&at.to_string(), &error))?;
    parse(json, &at.to_string())
}

fn parse(json: Json, from: &str) -> Result<Plan, Trouble> {
    serde_json::from_value(json).map_err(|error| no_plan(from, &error))
}

fn no_plan(from: &str, error: &serde_json::Error) -> Trouble {
    let (zh, en) = (format!("{from} 不是一份计划"), format!("{from} is no plan"));
    // Of what is no JSON at all, that is all there is to say.
    let trouble = if error.is_data() {
        Trouble::new(Exit::Usage, format!("{zh}：{error}"), format!("{en}: {error}"))
    } else {
        Trouble::new(Exit::Usage, zh, en)
    };
    trouble.hint("用 xueji plan --out 文件 重新做一份", "make one anew with xueji plan --out FILE")
}

/// Tells what has moved since a plan was made, if that is why a server refused.
pub(super) fn unmoved(answer: &Answer, lang: Lang, io: &mut Io<'_>) -> Result<(), Trouble> {
    if answer.body.get("code").and_then(Json::as_str) != Some("plan-moved") {
        return Ok(());
    }
    let language: Language = lang.into();
    for finding in answer.body.get("findings").and_then(Json::as_array).into_iter().flatten() {
        let words = finding.get("message").cloned().and_then(|m| serde_json::from_value(m).ok());
        let words: Text = words.unwrap_or_default();
        writeln!(io.err, "- {}", language.of(&words))?;
    }
    Err(Trouble::new(
        Exit::Findings,
        "计划之后情况已有变化，没有上线",
        "the world has moved since the plan was made; nothing went live",
    )
    .hint("重新运行 xueji plan，看过再上线", "run xueji plan again, look, and deploy by it"))
}

/// Returns a plan as people read it.
fn text(plan: &Plan, language: Language, instances: bool) -> String {
    let say = |zh: &str, en: &str| language.of(&Text::new(zh, en)).to_owned();
    let mut out = format!("{} {} → {}\n", say("计划", "plan"), short(&plan.from), short(&plan.to));
    out.push_str(&whom(plan, language));
    for note in &plan.notes {
        out.push_str(&format!("! {}\n", language.of(note)));
    }
    if plan.is_empty() {
        let same = plan.from == plan.to && plan.beside.is_empty();
        let words = if same {
            say(
                "文件与现行版本相同，没有变化",
                "the files are those that are live; nothing changes",
            )
        } else {
            say(
                "文件有改动，但含义没有变化（注释、排版或场景）",
                "the files differ, and mean the same (comments, layout or scenarios)",
            )
        };
        out.push_str(&format!("{words}\n"));
        // Nothing changes for anybody, and there may be cases that nobody can go on with.
        for one in plan
            .groups
            .iter()
            .filter(|one| one.told.fate == Fate::NeedsPerson && one.told.why.is_some())
        {
            group(one, language, instances, &mut out);
        }
        return out;
    }
    changes(&plan.changes, language, &mut out);
    unreadable(plan.unreadable.as_ref(), language, &mut out);
    for beside in &plan.beside {
        let from = short(&beside.from);
        let cohorts = cohorts_on(plan, &beside.from);
        out.push_str(&say(
            &format!("\n届别 {cohorts} 现用 {from}，对它们的变化：\n"),
            &format!("\nwhat changes for cohorts {cohorts}, which have {from}:\n"),
        ));
        if beside.changes.is_empty() && beside.unreadable.is_none() {
            out.push_str(&say("  没有变化\n", "  nothing\n"));
        }
        changes(&beside.changes, language, &mut out);
        unreadable(beside.unreadable.as_ref(), language, &mut out);
    }
    cases(plan, language, instances, &mut out);
    out
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// Says for whom and from when, unless it is for all others and at once.
fn whom(plan: &Plan, language: Language) -> String {
    let mut parts = Vec::new();
    match plan.audience {
        Audience::Others => {}
        Audience::Cohorts { cohorts } => {
            parts.push(Text::new(format!("届别 {cohorts}"), format!("for cohorts {cohorts}")));
        }
        Audience::Everyone => parts.push(Text::new("所有届别", "for every cohort")),
    }
    parts.extend(plan.on.map(|on| {
        Text::new(
            format!("{on} 起，与那一天的现行版本比较"),
            format!("from {on} on, compared with what will be live then"),
        )
    }));
    let parts: Vec<&str> = parts.iter().map(|part| language.of(part)).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}\n", parts.join(language.of(&Text::new("，", ", "))))
    }
}

/// Returns the cohorts that have a release, as they are written.
fn cohorts_on(plan: &Plan, hash: &str) -> String {
    let of = plan.base.iter().filter(|stands| stands.hash == hash);
    let of = of.map(|stands| stands.cohorts.map_or_else(|| "*".to_owned(), |c| c.to_string()));
    of.collect::<Vec<_>>().join(", ")
}

fn unreadable(why: Option<&Text>, language: Language, out: &mut String) {
    let Some(why) = why else { return };
    let words = Text::new(
        format!("\n  ! 现行版本已无法读取，说不出变化：{}\n", why.zh),
        format!(
            "\n  ! what is live can no longer be read, so nobody can tell what changes: {}\n",
            why.en
        ),
    );
    out.push_str(language.of(&words));
}

/// Tells what becomes of the open cases.
fn cases(plan: &Plan, language: Language, instances: bool, out: &mut String) {
    let say = |zh: &str, en: &str| language.of(&Text::new(zh, en)).to_owned();
    let total: usize = plan.fates.values().sum();
    out.push_str(&format!("\n{} {total}\n", say("未办结的事项", "open cases")));
    for fate in Fate::ALL {
        let count = plan.fates.get(&fate).copied().unwrap_or(0);
        out.push_str(&format!("  {:>7}  {}\n", count, language.of(&fate.words())));
    }
    let elsewhere = plan.groups.iter().filter(|group| group.told.elsewhere.is_some());
    let elsewhere: usize = elsewhere.map(|group| group.instances.len()).sum();
    if elsewhere > 0 {
        out.push_str(&say(
            &format!("  其中 {elsewhere} 件的届别用别的版本，这次改动与它们无关\n"),
            &format!("  of these, {elsewhere} are of cohorts that have another release: this is not for them\n"),
        ));
    }
    let told = plan.groups.iter().filter(|group| group.told.fate != Fate::Stays || instances);
    let told: Vec<&Group> = told.collect();
    if !told.is_empty() {
        out.push('\n');
    }
    for one in told {
        group(one, language, instances, out);
    }
    out.push_str(&say(
        "\n事项各自留在发起时的版本上；要换版本用 xueji migrate\n",
        "\ncases stay on the release they started on; xueji migrate moves them\n",
    ));
}

fn changes(changes: &[Change], language: Language, out: &mut String) {
    let mut class = None;
    for change in changes {
        if class != Some(change.class) {
            class = Some(change.class);
            let words = heading(change.class);
            out.push_str(&format!("\n{}\n", language.of(&words)));
        }
        let mark = match change.weight {
            Weight::Breaking => "!",
            Weight::Behaviour => "~",
            Weight::Additive => "+",
            Weight::Wording => "·",
        };
        let line = change.line.map(|line| format!(":{line}")).unwrap_or_default();
        out.push_str(&format!(
            "  {mark} {}  ({}{line})\n",
            language.of(&change.words),
            change.file
        ));
    }
}

fn heading(class: Class) -> Text {
    let (zh, en) = match class {
        Class::Process => ("流程", "processes"),
        Class::Step => ("步骤", "steps"),
        Class::Flow => ("走向", "ways"),
        Class::Holder => ("由谁办理", "who"),
        Class::Deadline => ("期限", "deadlines"),
        Class::Wait => ("等待", "waits"),
        Class::Rule => ("规则", "rules"),
        Class::Parameter => ("参数", "parameters"),
        Class::Form => ("表单", "forms"),
        Class::Material => ("材料", "papers handed in"),
        Class::Effect => ("效果", "effects"),
        Class::Fact => ("事实与查询", "facts and queries"),
        Class::Code => ("代码表", "codes"),
        Class::Record => ("记录", "records"),
        Class::Number => ("编号", "numbers"),
        Class::Notice => ("通知", "notices"),
        Class::Document => ("文书", "papers made"),
        Class::Calendar => ("日历", "calendar"),
        Class::Organisation => ("组织", "organisation"),
        Class::Wording => ("文字", "wording"),
    };
    Text::new(zh, en)
}

fn group(group: &Group, language: Language, instances: bool, out: &mut String) {
    let fate = language.of(&group.told.fate.words()).to_owned();
    let count = group.instances.len();
    let steps = group.steps.join(", ");
    out.push_str(&format!("{fate} × {count}  {} @ {steps}\n", group.process));
    if let Some(why) = &group.told.why {
        out.push_str(&format!("    - {}\n", language.of(why)));
    }
    for obstacle in &group.told.obstacles {
        out.push_str(&format!("    - {}\n", language.of(&obstacle.words)));
    }
    let (before, shown) = match language {
        Language::Zh => ("会遇到：", 3),
        Language::En => ("would meet: ", 3),
    };
    for gain in group.told.gains.iter().take(shown) {
        out.push_str(&format!("    {before}{}\n", language.of(gain)));
    }
    if group.told.gains.len() > shown {
        out.push_str(&format!("    … +{}\n", group.told.gains.len() - shown));
    }
    if instances {
        out.push_str(&format!("    {}\n", group.instances.join(" ")));
    }
}
