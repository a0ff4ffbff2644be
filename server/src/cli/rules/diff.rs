//! `xueji rules diff`: where two versions of rules say different things, with a case for each difference.
//!
//! Invariant: rules that are written alike in files that are alike are the same; all else is proved, shown by a case, or
//! told as not decided with the part that was not looked into.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use xueji_check::solving::Understood;
use xueji_rules::solve::{
    Bound, Comparison, Condition, Found, Ground, Region, Regions, Verdict, compare, inputs,
};
use xueji_rules::{Judgement, Outcome, Rule};

use super::words::Words;
use super::{DiffArgs, Side, beside, surroundings};
use crate::cli::args::{Format, Lang};
use crate::cli::{Exit, Io, Trouble, known};

/// What became of one rule.
enum Change<'a> {
    /// It is new.
    Added(&'a Rule),
    /// It is gone.
    Removed(&'a Rule),
    /// It is in both.
    Kept(Box<Kept<'a>>),
}

/// A rule that is in both versions.
struct Kept<'a> {
    old: &'a Rule,
    new: &'a Rule,
    /// Whether the files that it stands in are alike.
    alike: bool,
    /// What its doc comment says otherwise.
    words: Vec<&'static str>,
    comparison: Comparison,
    ground: Ground,
}

pub(super) fn run(args: &DiffArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let (old, new) = (Side::read(&args.old)?, Side::read(&args.new)?);
    if broken(&[&old, &new], args.lang, io)? {
        return Ok(Exit::Findings);
    }
    if let Some(rule) = &args.rule
        && old.rules.get(rule).is_none()
        && new.rules.get(rule).is_none()
    {
        let known = old.rules.rules().chain(new.rules.rules()).map(|rule| rule.name.as_str());
        return Err(known::missing(("规则", "rule"), rule, known));
    }
    let folder = args.workflows.clone().or_else(|| beside(&args.new)).or_else(|| beside(&args.old));
    let known = surroundings(folder.as_deref(), &new)?;
    let changes = changes(&old, &new, known.as_ref(), args.rule.as_deref());
    let words = Words::new(known.as_ref(), args.lang);
    let told = Told { old: &old, new: &new, words };
    match args.format {
        Format::Json => {
            let rules: Vec<Json> = changes.iter().map(|change| told.json(change)).collect();
            let all = json!({ "rules": rules });
            writeln!(io.out, "{}", serde_json::to_string_pretty(&all).unwrap_or_default())?;
        }
        Format::Text => told.text(&changes, io)?,
    }
    Ok(if changes.iter().all(Change::is_none) { Exit::Good } else { Exit::Changes })
}

/// Tells what is wrong with files that cannot be read as rules.
fn broken(sides: &[&Side], lang: Lang, io: &mut Io<'_>) -> Result<bool, Trouble> {
    let mut any = false;
    for problem in sides.iter().flat_map(|side| &side.problems) {
        any = true;
        writeln!(
            io.err,
            "{}:{}:{}: {} [{}]",
            problem.file,
            problem.line,
            problem.column,
            lang.of(&problem.message),
            problem.code
        )?;
    }
    Ok(any)
}

fn changes<'a>(
    old: &'a Side,
    new: &'a Side,
    known: Option<&Understood>,
    only: Option<&str>,
) -> Vec<Change<'a>> {
    let names: BTreeSet<&str> =
        old.rules.rules().chain(new.rules.rules()).map(|rule| rule.name.as_str()).collect();
    let mut changes = Vec::new();
    for name in names.into_iter().filter(|name| only.is_none_or(|only| only == *name)) {
        let (before, after) = match (old.rules.get(name), new.rules.get(name)) {
            (Some(before), Some(after)) => (before, after),
            (Some(before), None) => {
                changes.push(Change::Removed(before));
                continue;
            }
            (None, Some(after)) => {
                changes.push(Change::Added(after));
                continue;
            }
            (None, None) => continue,
        };
        let ground = |values| known.map_or_else(Ground::default, |all| all.ground(name, values));
        let alike = old.text(name) == new.text(name);
        let comparison = if alike {
            let none = Regions::default;
            Comparison { verdict: Verdict::Same, lost: none(), won: none(), shifted: none() }
        } else {
            compare(before, after, &ground(false), &ground(true))
        };
        changes.push(Change::Kept(Box::new(Kept {
            old: before,
            new: after,
            alike,
            words: written(before, after),
            comparison,
            ground: ground(true),
        })));
    }
    changes
}

/// What a doc comment says otherwise.
fn written(old: &Rule, new: &Rule) -> Vec<&'static str> {
    let mut words = Vec::new();
    let mut tell = |differs: bool, what: &'static str| {
        if differs {
            words.push(what);
        }
    };
    tell(old.effect != new.effect, "effect");
    tell(old.override_role != new.override_role, "override-role");
    tell(old.require != new.require, "require");
    tell(old.id != new.id, "id");
    tell(old.title != new.title, "title");
    tell(old.reason != new.reason, "reason");
    tell(old.articles != new.articles, "article");
    tell(old.source != new.source, "source");
    words
}

impl Change<'_> {
    fn is_none(&self) -> bool {
        match self {
            Self::Added(_) | Self::Removed(_) => false,
            Self::Kept(kept) => kept.words.is_empty() && kept.comparison.verdict == Verdict::Same,
        }
    }
}

/// Puts changes into words.
struct Told<'a> {
    old: &'a Side,
    new: &'a Side,
    words: Words<'a>,
}

impl Told<'_> {
    fn text(&self, changes: &[Change<'_>], io: &mut Io<'_>) -> std::io::Result<()> {
        let say = |zh, en| self.words.say(zh, en);
        let (mut same, mut proved) = (0, 0);
        for change in changes {
            match change {
                Change::Added(rule) => self.head(rule, say("新增", "added"), io)?,
                Change::Removed(rule) => self.head(rule, say("删去", "removed"), io)?,
                Change::Kept(kept) if change.is_none() => {
                    same += 1;
                    proved += usize::from(!kept.alike);
                }
                Change::Kept(kept) => self.kept(kept, io)?,
            }
        }
        match self.words.lang {
            Lang::Zh => writeln!(
                io.out,
                "共 {} 条规则：{same} 条未变（其中 {proved} 条写法所在文件有改动，已证明结论相同），{} 条有变化或未能判定",
                changes.len(),
                changes.len() - same
            ),
            Lang::En => writeln!(
                io.out,
                "{} rules: {same} the same ({proved} of them in files that differ, proved to say the same), {} changed or not decided",
                changes.len(),
                changes.len() - same
            ),
        }
    }

    fn head(&self, rule: &Rule, what: &str, io: &mut Io<'_>) -> std::io::Result<()> {
        writeln!(io.out, "{} {}（{}）：{what}", rule.name, self.words.text(&rule.title), rule.id)
    }

    fn kept(&self, kept: &Kept<'_>, io: &mut Io<'_>) -> std::io::Result<()> {
        let say = |zh, en| self.words.say(zh, en);
        let Comparison { verdict, lost, won, shifted } = &kept.comparison;
        let what = match verdict {
            Verdict::Same => {
                say("结论相同（已证明），文字有改动", "says the same (proved); its words changed")
            }
            Verdict::SameAtValues => say(
                "按参数现有的值结论相同（已证明）；参数取别的值时",
                "says the same at the values that parameters have (proved); at others",
            ),
            Verdict::Differs => say("有变化", "changed"),
            Verdict::NotDecided => say("未能判定", "not decided"),
        };
        self.head(kept.new, what, io)?;
        if !kept.words.is_empty() {
            let names = kept.words.iter().map(|word| format!("@{word}")).collect::<Vec<_>>();
            writeln!(
                io.out,
                "  {}{}",
                say("说明有改动：", "its doc comment changed: "),
                names.join(" ")
            )?;
        }
        if kept.old.effect != kept.new.effect {
            writeln!(io.out, "  @effect {:?} → {:?}", kept.old.effect, kept.new.effect)?;
        }
        if *verdict == Verdict::Same {
            return Ok(());
        }
        for (regions, zh, en) in [
            (lost, "原来通过、现在不通过", "passed before, not now"),
            (won, "原来不通过、现在通过", "not before, passes now"),
            (shifted, "一版不满足、另一版无法判断", "a no in one, cannot be judged in the other"),
        ] {
            self.regions(kept, regions, say(zh, en), io)?;
        }
        Ok(())
    }

    fn regions(
        &self,
        kept: &Kept<'_>,
        regions: &Regions,
        title: &str,
        io: &mut Io<'_>,
    ) -> std::io::Result<()> {
        let say = |zh, en| self.words.say(zh, en);
        if regions.none() {
            return writeln!(io.out, "  {title}{}", say("：没有（已证明）", ": none (proved)"));
        }
        writeln!(io.out, "  {title}{}", say("：", ":"))?;
        for region in &regions.regions {
            let mut told = self.conditions(kept, region);
            if told.is_empty() {
                told.push(say("任何情形", "whatever the case").to_owned());
            }
            writeln!(io.out, "    · {}", told.join(say("；", "; ")))?;
            self.found(kept, region, io)?;
        }
        if regions.more {
            let more = say("还可能有更多，没有列完", "there may be more than are listed");
            writeln!(io.out, "    · {more}")?;
        }
        Ok(())
    }

    /// The conditions of a region; what need only be there comes last, all of it at once.
    fn conditions(&self, kept: &Kept<'_>, region: &Region) -> Vec<String> {
        let (there, others): (Vec<&Condition>, Vec<&Condition>) =
            region.conditions.iter().partition(|condition| condition.bound == Bound::There);
        let words = self.words.of(&kept.new.name);
        let others = others.into_iter().map(|c| words.condition(c, &kept.ground));
        let mut told: Vec<String> = others.chain(region.relations.iter().cloned()).collect();
        let names: Vec<String> =
            there.into_iter().map(|condition| words.named(&condition.about)).collect();
        if !names.is_empty() {
            let list = names.join(self.words.say("、", ", "));
            told.push(match self.words.lang {
                Lang::Zh => format!("填写了{list}"),
                Lang::En => format!("there are {list}"),
            });
        }
        told
    }

    fn found(&self, kept: &Kept<'_>, region: &Region, io: &mut Io<'_>) -> std::io::Result<()> {
        let say = |zh, en| self.words.say(zh, en);
        let case = match &region.found {
            Found::Case(case) => case,
            Found::NotDecided(parts) => {
                let undecided =
                    say("未能判定有没有这样的情形", "not decided whether there is such a case");
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                let because = match parts.as_slice() {
                    [] => String::new(),
                    parts => format!(
                        "{}{}",
                        say("，不深究：", "; not looked into: "),
                        parts.join(say("、", ", "))
                    ),
                };
                return writeln!(io.out, "      {undecided}{because}");
            }
        };
        writeln!(io.out, "      {}", say("例：", "for example:"))?;
        let words = self.words.of(&kept.new.name);
        for (path, value) in case {
            let value = words.value(path, value, &kept.ground);
            writeln!(io.out, "        {} = {value}", words.named(path))?;
        }
        let inputs = inputs(case);
        for (side, name) in [(self.old, say("原", "old")), (self.new, say("现", "new"))] {
            let judged = side.rules.judge(&kept.new.name, &inputs);
            writeln!(io.out, "      {name}: {}", self.judged(&judged))?;
        }
        Ok(())
    }

    fn judged(&self, judged: &Judgement) -> String {
        let say = |zh, en| self.words.say(zh, en);
        let said = match &judged.outcome {
            Outcome::Satisfied => say("满足", "satisfied"),
            Outcome::NotSatisfied => say("不满足", "not satisfied"),
            Outcome::Off => say("未启用", "switched off"),
            Outcome::NotJudged { .. } => say("无法判断", "cannot be judged"),
            Outcome::Fault { .. } => say("规则出错", "at fault"),
        };
        match &judged.reason {
            Some(reason) => format!("{said}{}{}", say("——", ": "), self.words.text(reason)),
            None => said.to_owned(),
        }
    }

    fn json(&self, change: &Change<'_>) -> Json {
        let named = |rule: &Rule, verdict: &str| json!({"rule": rule.name, "id": rule.id, "title": rule.title, "verdict": verdict});
        match change {
            Change::Added(rule) => named(rule, "added"),
            Change::Removed(rule) => named(rule, "removed"),
            Change::Kept(kept) => {
                let Comparison { verdict, lost, won, shifted } = &kept.comparison;
                let verdict = match verdict {
                    Verdict::Same => "same",
                    Verdict::SameAtValues => "same-at-values",
                    Verdict::Differs => "differs",
                    Verdict::NotDecided => "not-decided",
                };
                let mut told = named(kept.new, verdict);
                if let Some(fields) = told.as_object_mut() {
                    fields.insert("words".to_owned(), json!(kept.words));
                    for (name, regions) in [("lost", lost), ("won", won), ("shifted", shifted)] {
                        let all = regions.regions.iter().map(|region| self.region(kept, region));
                        let all: Vec<Json> = all.collect();
                        fields
                            .insert(name.to_owned(), json!({"regions": all, "more": regions.more}));
                    }
                }
                told
            }
        }
    }

    fn region(&self, kept: &Kept<'_>, region: &Region) -> Json {
        let words = self.words.of(&kept.new.name);
        let conditions: Vec<Json> = region
            .conditions
            .iter()
            .map(|c| json!({"about": c.about, "told": words.condition(c, &kept.ground)}))
            .collect();
        let (case, because) = match &region.found {
            Found::Case(case) => (Some(case), None),
            Found::NotDecided(parts) => (None, Some(parts)),
        };
        let fields = case.map(|case| {
            let field = |(path, value): (&String, &xueji_definition::value::Value)| {
                (path.clone(), value.to_json())
            };
            case.iter().map(field).collect::<serde_json::Map<String, Json>>()
        });
        let judged = |side: &Side| {
            case.map(|case| side.rules.judge(&kept.new.name, &inputs(case)))
                .map(|judged| json!({"outcome": judged.outcome, "reason": judged.reason}))
        };
        json!({
            "conditions": conditions, "relations": region.relations, "case": fields,
            "old": judged(self.old), "new": judged(self.new), "not-decided": because,
        })
    }
}
