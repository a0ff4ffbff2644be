//! `days-never-meet`: rules of one place that ask for windows, named days and dates which no day of the calendar has
//! together.
//!
//! Why: a window that opens after the last date allowed, or two windows that never overlap, let nobody through; and each
//! rule by itself looks right. Broken: `fixtures/broken/days-never-meet`. Mended: by another window or date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use xueji_calendar::Calendar;
use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::model::{Ask, CalendarQuestion as Question, Kind};
use xueji_definition::value::Value;
use xueji_definition::{FileKind, Text};
use xueji_rules::solve::{Ground, Handle, Judged, OneOf, Says, Solver};
use xueji_rules::{Effect, Expression, Rule};

use crate::Check;
use crate::proofs::{Grounds, Meeting};
use crate::scripts::facts;
use crate::site::{Said, Site};
use crate::walk::{Scene, innermost};
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[(
        "days-never-meet",
        Error,
        "窗口与期限没有一天能同时满足",
        "No day of the calendar meets these windows and deadlines together.",
    )],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Calendars) || world.is_broken(FileKind::Facts) {
        return Vec::new();
    }
    let Ok(calendar) = Calendar::new(world.definitions.calendars.clone()) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for process in world.definitions.processes.values() {
        let root = Site::file(process.file.as_str()).of_process(&process.id);
        let mut places = vec![(Scene::default(), &process.start.rules, root.then("start"))];
        for step in process.steps.values() {
            let Kind::UserTask(task) = &step.kind else { continue };
            let scene = Scene { each: innermost(process, step), row_of: None };
            let site = root.step(&step.id, &step.route, step.shared.as_deref());
            places.push((scene, &task.rules, site.then("user-task")));
        }
        for (scene, names, site) in places {
            let rules = bound_to_days(world, names);
            if rules.len() < 2 {
                continue;
            }
            let known = world.grounds(world.seen(process, scene), true);
            let meeting = Meeting {
                known: Grounds { counts: Arc::default(), ..known },
                rules: rules.iter().map(|rule| rule.name.clone()).collect(),
                asked: asked(world, &rules),
                calendars: world.definitions.calendars.clone(),
            };
            let of = format!("{} {:?}", process.id, site.step_id());
            let meetings = &world.proofs.meetings;
            if meetings.proved(&of, meeting, |at| never_meet(at, &calendar, &rules)) {
                findings.push(site.then("rules").at_key(world.places, told(world, &rules)));
            }
        }
    }
    findings
}

/// Returns the rules that nobody gets past and that look at the calendar of today, or at its date.
fn bound_to_days<'a>(world: &'a World<'_>, names: &[String]) -> Vec<&'a Rule> {
    let rules = names.iter().filter_map(|name| world.rules.get(name));
    let blocks = rules.filter(|rule| matches!(rule.effect, Effect::Block | Effect::Require));
    blocks
        .filter(|rule| {
            rule.reads.iter().any(|read| read.path == "today" || read.path.starts_with("today."))
                || facts(&rule.reads).iter().any(|name| question(world, name).is_some())
        })
        .collect()
}

/// Returns what a fact asks of today, if the answer hangs on nothing but the calendar.
fn question<'a>(world: &'a World<'_>, fact: &str) -> Option<&'a Question> {
    match &world.definitions.facts.get(fact)?.ask {
        Ask::Calendar { question, on: None } => {
            matches!(question, Question::WindowOpen(_) | Question::IsDay(_) | Question::WorkingDay)
                .then_some(question)
        }
        _ => None,
    }
}

/// Returns what rules ask the calendar, by the names of facts.
fn asked(world: &World<'_>, rules: &[&Rule]) -> BTreeMap<String, Question> {
    let names = rules.iter().flat_map(|rule| facts(&rule.reads));
    names.filter_map(|name| Some((name.to_owned(), question(world, name)?.clone()))).collect()
}

/// Tells whether the rules refuse every case on every day that the calendar knows.
fn never_meet(at: &Meeting, calendar: &Calendar, rules: &[&Rule]) -> bool {
    let Meeting { known, asked, .. } = at;
    let ground = known.ground();
    let Some(stretches) = stretches(calendar, asked) else { return false };
    let by_date = rules.iter().any(|rule| {
        rule.reads.iter().any(|read| read.path == "today" || read.path.starts_with("today."))
    });
    !stretches.is_empty()
        && stretches.into_iter().all(|(answers, stretches)| {
            let mut ground = ground.clone();
            for (name, answer) in asked.keys().zip(answers) {
                let only = OneOf { values: vec![Value::Bool(answer)], always: true };
                ground.values.insert(format!("fact.{name}"), only);
            }
            if refuted(&ground, rules, None) {
                return true;
            }
            // Some case passes on such a day; whether it is one of these days is asked where the rules look at the date.
            by_date && stretches.iter().all(|stretch| refuted(&ground, rules, Some(stretch)))
        })
}

/// Days that follow one another: the first and the last.
type Stretch = (Date, Date);

fn refuted(ground: &Ground, rules: &[&Rule], within: Option<&Stretch>) -> bool {
    let during = within.map(|(from, to)| {
        Expression::compile(&format!("today >= date(\"{from}\") && today <= date(\"{to}\")"))
    });
    let mut solver = Solver::new(ground);
    let mut asked: Vec<(Handle, Says)> =
        rules.iter().map(|rule| (solver.read(Judged::Rule(rule)), Says::Passes)).collect();
    if let Some(Ok(during)) = &during {
        asked.push((solver.read(Judged::Expression(during)), Says::Yes));
    }
    solver.is_refuted(&asked)
}

/// Returns the calendar's years in stretches of days with the same answers, those with the same ones together; nothing if
/// a day cannot be asked about.
fn stretches(
    calendar: &Calendar,
    asked: &BTreeMap<String, Question>,
) -> Option<BTreeMap<Vec<bool>, Vec<Stretch>>> {
    let mut all: BTreeMap<Vec<bool>, Vec<Stretch>> = BTreeMap::new();
    for year in calendar.years() {
        let mut date = Date::new(year, 1, 1).ok()?;
        while date.year() == year {
            let answers: Option<Vec<bool>> =
                asked.values().map(|question| answer(calendar, question, date)).collect();
            let stretches = all.entry(answers?).or_default();
            match stretches.last_mut() {
                Some((_, to)) if to.tomorrow().is_ok_and(|next| next == date) => *to = date,
                _ => stretches.push((date, date)),
            }
            date = date.tomorrow().ok()?;
        }
    }
    Some(all)
}

fn answer(calendar: &Calendar, question: &Question, date: Date) -> Option<bool> {
    match question {
        Question::WindowOpen(window) => calendar.is_open(window, date).ok(),
        Question::IsDay(day) => calendar.is_day(day, date).ok().map(|day| day.is_some()),
        Question::WorkingDay => calendar.is_working_day(date).ok(),
        _ => None,
    }
}

fn told(world: &World<'_>, rules: &[&Rule]) -> Said {
    let names: BTreeSet<String> = rules.iter().map(|rule| format!("`{}`", rule.name)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut said = Said::error(
        "days-never-meet",
        format!("日历上没有一天能同时通过规则 {}", names.join("、")),
        format!("no day of the calendar passes the rules {} together", names.join(", ")),
    )
    .help(
        "核对窗口的开放时间与规则所用的日期、参数",
        "compare when the windows open with the dates and parameters that the rules use",
    );
    for rule in rules {
        let Text { zh, en } = &rule.title;
        for name in facts(&rule.reads) {
            let window = match question(world, name) {
                Some(Question::WindowOpen(window)) => ("windows", window),
                Some(Question::IsDay(day)) => ("days", day),
                _ => continue,
            };
            let site = Site::file("workflows/calendars.yaml").then(window.0).then(window.1);
            said = said.see(site.related(
                world.places,
                format!("规则 `{}`（{zh}）看这里", rule.name),
                format!("rule `{}` ({en}) looks here", rule.name),
            ));
        }
    }
    said
}
