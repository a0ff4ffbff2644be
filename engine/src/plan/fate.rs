//! What becomes of open cases when another release goes live.
//!
//! Invariant: pure. A case always stays on its release until somebody moves it; the fate says whether it need be moved,
//! whether it can be, and what stands in the way. Cases that stand alike are answered once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xueji_definition::Text;
use xueji_definition::file::OrganisationFile;
use xueji_runtime::Release;
use xueji_runtime::migration::{Obstacle, Remedy, StepMap, Token, obstacles};

use super::change::{Change, Touch, Weight};
use super::met::met;
use crate::releases::short;

/// What becomes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It goes on as it is: nothing that it will meet has changed.
    Stays,
    /// It goes on by its own release, and can be moved to the new one.
    CanMove,
    /// It can be moved later: what stands in the way is over once its step is left.
    MustWait,
    /// Somebody has to look before it can be moved.
    NeedsPerson,
}

impl Fate {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Stays, Self::CanMove, Self::MustWait, Self::NeedsPerson];

    /// Returns what it is in words.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Stays => Text::new("照旧办理", "stays as it is"),
            Self::CanMove => Text::new("可以迁移", "can move"),
            Self::MustWait => Text::new("须等一等", "must wait"),
            Self::NeedsPerson => Text::new("须人处理", "needs a person"),
        }
    }

    /// Returns the word by which it is named in files and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::CanMove => "can-move",
            Self::MustWait => "must-wait",
            Self::NeedsPerson => "needs-person",
        }
    }
}

/// How some cases stand, all alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stand {
    /// The process.
    pub process: String,
    /// The release they stand on.
    pub release: String,
    /// Where their live tokens stand.
    pub tokens: BTreeSet<Token>,
    /// The changed parameters that have another value for their start and cohort.
    pub parameters: BTreeSet<String>,
    /// What in their data stands in the way.
    pub data: BTreeSet<Obstacle>,
    /// The release on which cases of their cohort start then, when it is not the new one.
    pub elsewhere: Option<String>,
}

/// A fate with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Told {
    /// The fate.
    pub fate: Fate,
    /// Why, when it is not what changes that decides: their release cannot be read, or the new one is not for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// The release on which cases of their cohort start then, when it is not the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
    /// What stands in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
    /// What the cases would meet of the changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gains: Vec<Text>,
}

impl Told {
    /// Returns a fate without a reason.
    pub(super) fn of(fate: Fate) -> Self {
        Self { fate, why: None, elsewhere: None, obstacles: Vec::new(), gains: Vec::new() }
    }

    /// Returns the fate of cases of a cohort for which the new release is not.
    pub(super) fn elsewhere(governs: &str) -> Self {
        let short = short(governs);
        let why = Text::new(
            format!("新版本不是给它们那一届的，那一届用 {short}"),
            format!("the release is not for their cohort, which has {short}"),
        );
        Self { why: Some(why), elsewhere: Some(governs.to_owned()), ..Self::of(Fate::Stays) }
    }

    /// Returns the fate of cases whose release can no longer be read.
    pub(super) fn unreadable(why: &Text) -> Self {
        let why = Text::new(
            format!("它们的版本已无法读取：{}", why.zh),
            format!("their release can no longer be read, because: {}", why.en),
        );
        Self { why: Some(why), ..Self::of(Fate::NeedsPerson) }
    }
}

/// Returns what becomes of cases that stand so, on their release and beside the new one. `changes` is the difference of
/// the two, `holders` says who holds which role on which day.
#[must_use]
pub fn fate(
    (old, new): (&Release, &Release),
    changes: &[Change],
    stand: &Stand,
    holders: (&OrganisationFile, Date),
) -> Told {
    let mut ahead = met(old, &stand.process, &stand.tokens);
    ahead.extend(met(new, &stand.process, &stand.tokens));
    let concerned = |change: &&Change| {
        change.weight > Weight::Wording
            && change.touches.iter().any(|touch| {
                ahead.contains(touch)
                    && match touch {
                        Touch::Parameter(name) => stand.parameters.contains(name),
                        _ => true,
                    }
            })
    };
    let gains: Vec<Text> =
        changes.iter().filter(concerned).map(|change| change.told_of_cases().clone()).collect();
    if gains.is_empty() {
        return Told::of(Fate::Stays);
    }
    let no_map = StepMap::new();
    let tokens = &stand.tokens;
    let mut found = obstacles((old, new), &stand.process, &no_map, tokens, holders);
    found.extend(stand.data.iter().cloned());
    found.sort();
    found.dedup();
    let needs = |remedy| found.iter().any(|obstacle| obstacle.kind.remedy() == remedy);
    let fate = match (needs(Remedy::Person), needs(Remedy::Wait)) {
        (true, _) => Fate::NeedsPerson,
        (false, true) => Fate::MustWait,
        (false, false) => Fate::CanMove,
    };
    Told { obstacles: found, gains, ..Told::of(fate) }
}

/// Cases that stand alike, with what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Group {
    /// The process.
    pub process: String,
    /// The release they stand on.
    pub release: String,
    /// The steps at which they stand.
    pub steps: Vec<String>,
    /// What becomes of them.
    #[serde(flatten)]
    pub told: Told,
    /// The cases.
    pub instances: Vec<String>,
}

/// Returns how many cases have which fate.
#[must_use]
pub fn counts(groups: &[Group]) -> BTreeMap<Fate, usize> {
    let mut counts: BTreeMap<Fate, usize> = Fate::ALL.into_iter().map(|fate| (fate, 0)).collect();
    for group in groups {
        *counts.entry(group.told.fate).or_default() += group.instances.len();
    }
    counts
}
