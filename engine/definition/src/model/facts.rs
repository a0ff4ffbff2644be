//! Facts and queries as they run.

use std::collections::BTreeMap;

use crate::Text;
use crate::file::{
    CalendarFact, Condition as ConditionFile, Expr, FactsFile, Give, Literal, RankBy, Source,
};
use crate::finding::{Finding, Route, Spot};
use crate::route;

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it says.
    pub title: Text,
    /// What is asked.
    pub ask: Ask,
}

/// What a fact asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Rows.
    Rows {
        /// Where they come from.
        over: Rows,
        /// Which of them.
        conditions: Vec<Condition>,
        /// What is told of them.
        give: Give,
        /// The field meant.
        field: Option<String>,
        /// How this case stands against them.
        rank_by: Vec<RankBy>,
    },
    /// The calendar.
    Calendar {
        /// The date asked about; today when not said.
        on: Option<Expr>,
        /// The question.
        question: CalendarQuestion,
    },
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Records of a type.
    Records(String),
    /// Cases, and rows with a subject, of these processes.
    Instances(Vec<String>),
}

/// One condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The row's field, dotted.
    pub field: String,
    /// The comparison.
    pub test: Test,
}

/// How a row's field is compared. A row without the field fails every test but `IsNot`, `OtherThan` and `Present`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Equal to a value.
    Is(Literal),
    /// Not equal to a value.
    IsNot(Literal),
    /// One of these.
    In(Vec<Literal>),
    /// Equal to what this case has.
    SameAs(Expr),
    /// Different from what this case has.
    OtherThan(Expr),
    /// Less than.
    Below(Expr),
    /// Not more than.
    AtMost(Expr),
    /// More than.
    Above(Expr),
    /// Not less than.
    AtLeast(Expr),
    /// There, or not.
    Present(bool),
}

/// A question to the calendar, about one date.
#[derive(Debug, Clone, PartialEq)]
pub enum CalendarQuestion {
    /// Is the window open?
    WindowOpen(String),
    /// First day of its next opening.
    WindowOpens(String),
    /// Last day of the opening that is, or comes next.
    WindowCloses(String),
    /// Is it the named day?
    IsDay(String),
    /// The next named day.
    NextDay(String),
    /// Is it a working day?
    WorkingDay,
    /// So many working days later.
    PlusWorkingDays(Expr),
    /// Working days since.
    WorkingDaysSince(Expr),
    /// First day of the term, or of the next one.
    TermStart,
    /// First day of the latest term begun.
    LastTermStart,
    /// Terms begun since.
    TermsSince(Expr),
    /// First day of the first term of the year of terms.
    YearStart,
}

/// One query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What the rows are.
    pub title: Text,
    /// Where they come from.
    pub over: Rows,
    /// Which of them.
    pub conditions: Vec<Condition>,
    /// Include rules.
    pub rules: Vec<String>,
    /// The field that tells items apart; the id when not said.
    pub key: Option<String>,
    /// The order; by key when empty. A leading `-` turns a field round.
    pub order: Vec<String>,
}

/// Resolves `facts.yaml`; what cannot be resolved is left out and told.
#[must_use]
pub fn resolve_facts(
    file: &str,
    facts: &FactsFile,
) -> (BTreeMap<String, Fact>, BTreeMap<String, Query>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut resolved = BTreeMap::new();
    for (name, fact) in &facts.facts {
        let at = route!["facts", name];
        let conditions = conditions(file, &at, &fact.conditions, &mut findings);
        let ask = match (&fact.over, fact.give, &fact.calendar) {
            (Some(over), Some(give), None) => rows(file, &at.then("over"), over, &mut findings)
                .map(|over| Ask::Rows {
                    over,
                    conditions,
                    give,
                    field: fact.field.clone(),
                    rank_by: fact.rank_by.clone(),
                }),
            (None, None, Some(calendar)) => {
                question(file, &at.then("calendar"), calendar, &mut findings)
                    .map(|question| Ask::Calendar { on: calendar.on.clone(), question })
            }
            _ => {
                findings.push(Finding::error(
                    "fact-kind",
                    file,
                    Spot::Key(at),
                    Text::new(
                        "一个事实要么写 over 和 give，要么写 calendar",
                        "a fact has either `over` and `give`, or `calendar`",
                    ),
                ));
                None
            }
        };
        if let Some(ask) = ask {
            resolved.insert(name.clone(), Fact { title: fact.title.clone(), ask });
        }
    }
    let mut queries = BTreeMap::new();
    for (name, query) in &facts.queries {
        let at = route!["queries", name];
        let conditions = conditions(file, &at, &query.conditions, &mut findings);
        if let Some(over) = rows(file, &at.then("over"), &query.over, &mut findings) {
            queries.insert(
                name.clone(),
                Query {
                    title: query.title.clone(),
                    over,
                    conditions,
                    rules: query.rules.clone(),
                    key: query.key.clone(),
                    order: query.order.clone(),
                },
            );
        }
    }
    (resolved, queries, findings)
}

fn rows(file: &str, at: &Route, source: &Source, findings: &mut Vec<Finding>) -> Option<Rows> {
    match (&source.records, source.instances.is_empty()) {
        (Some(record), true) => Some(Rows::Records(record.clone())),
        (None, false) => Some(Rows::Instances(source.instances.clone())),
        _ => {
            let words = Text::new(
                "写 records 或 instances 之一",
                "write exactly one of `records` and `instances`",
            );
            findings.push(Finding::error("fact-rows", file, Spot::Key(at.clone()), words));
            None
        }
    }
}

fn conditions(
    file: &str,
    at: &Route,
    given: &[ConditionFile],
    findings: &mut Vec<Finding>,
) -> Vec<Condition> {
    let mut resolved = Vec::new();
    for (index, condition) in given.iter().enumerate() {
        let c = condition.clone();
        let mut tests: Vec<Test> = Vec::new();
        tests.extend(c.is.map(Test::Is));
        tests.extend(c.is_not.map(Test::IsNot));
        tests.extend(c.one_of.map(Test::In));
        tests.extend(c.same_as.map(Test::SameAs));
        tests.extend(c.other_than.map(Test::OtherThan));
        tests.extend(c.below.map(Test::Below));
        tests.extend(c.at_most.map(Test::AtMost));
        tests.extend(c.above.map(Test::Above));
        tests.extend(c.at_least.map(Test::AtLeast));
        tests.extend(c.present.map(Test::Present));
        let mut tests = tests.into_iter();
        if let (Some(test), None) = (tests.next(), tests.next()) {
            resolved.push(Condition { field: c.field, test });
        } else {
            findings.push(Finding::error(
                "condition-test",
                file,
                Spot::Value(at.then("where").then(index)),
                Text::new("每个条件写且只写一种比较", "a condition has exactly one comparison"),
            ));
        }
    }
    resolved
}

fn question(
    file: &str,
    at: &Route,
    calendar: &CalendarFact,
    findings: &mut Vec<Finding>,
) -> Option<CalendarQuestion> {
    use CalendarQuestion as Q;
    let c = calendar.clone();
    let flag = |set: Option<bool>, q: Q| set.unwrap_or(false).then_some(q);
    let mut questions: Vec<Q> = Vec::new();
    questions.extend(c.window_open.map(Q::WindowOpen));
    questions.extend(c.window_opens.map(Q::WindowOpens));
    questions.extend(c.window_closes.map(Q::WindowCloses));
    questions.extend(c.is_day.map(Q::IsDay));
    questions.extend(c.next_day.map(Q::NextDay));
    questions.extend(flag(c.working_day, Q::WorkingDay));
    questions.extend(c.plus_working_days.map(Q::PlusWorkingDays));
    questions.extend(c.working_days_since.map(Q::WorkingDaysSince));
    questions.extend(flag(c.term_start, Q::TermStart));
    questions.extend(flag(c.last_term_start, Q::LastTermStart));
    questions.extend(c.terms_since.map(Q::TermsSince));
    questions.extend(flag(c.year_start, Q::YearStart));
    let mut questions = questions.into_iter();
    if let (Some(question), None) = (questions.next(), questions.next()) {
        return Some(question);
    }
    let words = Text::new("对日历只问且必问一件事", "ask the calendar exactly one thing");
    findings.push(Finding::error("fact-calendar", file, Spot::Key(at.clone()), words));
    None
}
