//! `facts.yaml`: named, declared queries over records and cases, so that no script walks a store.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expr, Literal};
use crate::Text;

/// `facts.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FactsFile {
    /// Facts: one value each; rules read them as `fact.<name>`.
    #[serde(default)]
    pub facts: IndexMap<String, Fact>,
    /// Queries: rows, for `for-each`, documents and messages.
    #[serde(default)]
    pub queries: IndexMap<String, Query>,
}

/// One fact: either asked of rows (`over`) or of the calendar (`calendar`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// What the fact says.
    pub title: Text,
    /// The rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Source>,
    /// Which of them: all conditions hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "where")]
    pub conditions: Vec<Condition>,
    /// What is told of them; with `over`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give: Option<Give>,
    /// The field that is summed, compared or told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For `rank`: how this case stands against the rows, most weighty first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rank_by: Vec<RankBy>,
    /// A question to the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarFact>,
}

/// Where rows come from. Exactly one of `records` and `instances`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Records of this type; conditions name their fields, and `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
    /// Cases of these processes, and rows of their for-eaches that have a subject; conditions name `id`, `subject`,
    /// `process`, `state` (open, held, ended), `result`, `step`, `started` (a date), `form.<field>` and
    /// `subject.<field>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<String>,
}

/// What a fact tells of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Give {
    /// How many there are.
    Count,
    /// Whether there is any.
    Exists,
    /// The sum of a field; 0 without rows.
    Sum,
    /// The least value of a field; missing without rows.
    Min,
    /// The greatest value of a field; missing without rows.
    Max,
    /// The field of the first row; missing without rows.
    First,
    /// One more than the rows that stand ahead of this case.
    Rank,
}

/// One condition on a row. Exactly one of the comparisons stands beside `field`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// The row's field.
    pub field: String,
    /// Equal to this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Literal>,
    /// Not equal to this value; a row without the field passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Literal>,
    /// One of these values.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "in")]
    pub one_of: Option<Vec<Literal>>,
    /// Equal to what the expression says of this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Expr>,
    /// Different from what the expression says of this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_than: Option<Expr>,
    /// Less than, or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Expr>,
    /// At most, or not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Expr>,
    /// More than, or after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Expr>,
    /// At least, or not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Expr>,
    /// The field is there, or is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

/// One criterion of a rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RankBy {
    /// The row's field.
    pub field: String,
    /// What this case has there.
    pub own: Expr,
    /// The lower value stands ahead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lowest_first: bool,
}

/// A question to the calendar. Exactly one of its fields but `on` and `from`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CalendarFact {
    /// The date asked about; today when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Expr>,
    /// Is the window open?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_open: Option<String>,
    /// The first day of the window's next opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_opens: Option<String>,
    /// The last day of the window that is open, or opens next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_closes: Option<String>,
    /// Is it this named day?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_day: Option<String>,
    /// The next such named day, that date included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_day: Option<String>,
    /// Is it a working day?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_day: Option<bool>,
    /// The date so many working days later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plus_working_days: Option<Expr>,
    /// The working days from this date to the date asked about, the first not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days_since: Option<Expr>,
    /// The first day of the term of that date, or of the next one in vacation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_start: Option<bool>,
    /// The first day of the latest term that began not after that date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_term_start: Option<bool>,
    /// The terms begun since this date, up to the date asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_since: Option<Expr>,
    /// The first day of the first term of that date's year of terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_start: Option<bool>,
}

/// One query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Query {
    /// What the rows are.
    pub title: Text,
    /// Where they come from.
    pub over: Source,
    /// Which of them: all conditions hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "where")]
    pub conditions: Vec<Condition>,
    /// Include rules, judged with the row as subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The field that tells items apart and orders them; the id when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The order of the rows, most weighty first (documents and messages); by key when not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}
