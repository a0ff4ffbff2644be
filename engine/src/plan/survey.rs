//! The open cases of a store beside a release: how each stands, and what becomes of it.
//!
//! Invariant: what is kept of a case is how it stood at the last moment at which it was read; those that changed since
//! can be read again, so that a survey of any size is brought up to date in the time that the changed ones take.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use xueji_definition::Text;
use xueji_runtime::Release;
use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use super::census::{self, Head, Lens};
use super::change::{Change, Touch};
use super::difference::difference;
use super::fate::{Fate, Group, Stand, Told, fate};
use crate::keys;
use crate::queries::QueryError;
use crate::releases::{Audience, ReleaseError, Releases, Standing};
use crate::stored::{self, Place};

/// A release that cases stand on.
enum Earlier {
    /// With its differences.
    Read { release: Arc<Release>, changes: Vec<Change>, parameters: BTreeSet<String> },
    /// It can no longer be read.
    Unreadable(Text),
}

pub(crate) struct Survey {
    new: Arc<Release>,
    audience: Audience,
    /// Which release stands for whom once the new one is live.
    after: Standing,
    /// Who holds roles then, when another release says so.
    others: Option<Arc<Release>>,
    earlier: HashMap<String, Earlier>,
    lenses: HashMap<(String, String), Lens>,
    known: HashMap<Arc<Stand>, ()>,
    cases: BTreeMap<String, Arc<Stand>>,
}

impl Survey {
    /// Begins with no case. `others` says who holds which role, when it is not the new release.
    pub(super) fn new(
        new: Arc<Release>,
        audience: Audience,
        after: Standing,
        others: Option<Arc<Release>>,
    ) -> Self {
        Self {
            new,
            audience,
            after,
            others,
            earlier: HashMap::new(),
            lenses: HashMap::new(),
            known: HashMap::new(),
            cases: BTreeMap::new(),
        }
    }

    /// Tells whether the differences of a release are known, so that no time is taken for them while a reader is held.
    pub(super) fn knows(&self, release: &str) -> bool {
        self.earlier.contains_key(release)
    }

    /// Takes a release in that cases stand on, as far as it was to be had.
    pub(super) fn learn(&mut self, hash: &str, release: Had) {
        let earlier = match release {
            Ok(release) => {
                let changes = super::effective(difference(&release, &self.new), self.audience);
                let touched = changes.iter().flat_map(|change| &change.touches);
                let parameters = touched.filter_map(|touch| match touch {
                    Touch::Parameter(name) => Some(name.clone()),
                    _ => None,
                });
                let parameters = parameters.collect();
                Earlier::Read { release, changes, parameters }
            }
            Err(why) => Earlier::Unreadable(why),
        };
        self.earlier.insert(hash.to_owned(), earlier);
    }

    /// Takes a case in as it stands now; one that is over is left out.
    pub(super) fn take(&mut self, reader: &dyn Reader, head: &Head) -> Result<(), QueryError> {
        if head.is_over() {
            self.cases.remove(&head.id);
            return Ok(());
        }
        let Some(earlier) = self.earlier.get(&head.release) else {
            return Err(ReleaseError::Unknown(head.release.clone()).into());
        };
        let key = (head.process.clone(), head.release.clone());
        let lens = self.lenses.entry(key).or_insert_with(|| match earlier {
            Earlier::Read { release, parameters, .. } => {
                let (old, new) = (Arc::clone(release), Arc::clone(&self.new));
                Lens::new(old, new, &head.process, parameters)
            }
            Earlier::Unreadable(_) => Lens::blind(Arc::clone(&self.new)),
        });
        let mut stand = census::stand(reader, head, lens)?;
        let governs = self.after.for_cohort(head.cohort);
        stand.elsewhere = (governs != self.new.hash).then(|| governs.to_owned());
        let stand = match self.known.get_key_value(&stand) {
            Some((known, ())) => Arc::clone(known),
            None => {
                let stand = Arc::new(stand);
                self.known.insert(Arc::clone(&stand), ());
                stand
            }
        };
        self.cases.insert(head.id.clone(), stand);
        Ok(())
    }

    /// Reads the cases again that had events after a place. Returns the place up to which it is now right.
    pub(super) fn catch_up(
        &mut self,
        reader: &dyn Reader,
        releases: &Releases,
        after: u64,
    ) -> Result<u64, QueryError> {
        let range = Range::prefix(&keys::sequences());
        let (mut last, mut changed) = (after, BTreeSet::new());
        loop {
            let from = keys::sequence(last);
            let page = reader.scan(&range, Some(&from), SCAN_LIMIT, Direction::Ascending)?;
            for (key, value) in &page {
                let place: Place = stored::parse(key, value)?;
                if place.release.is_none() {
                    changed.insert(place.instance);
                }
                last = keys::read_sequence(key).unwrap_or(last);
            }
            if page.len() < SCAN_LIMIT {
                break;
            }
        }
        for id in changed {
            let Some(head) = census::head(reader, &id)? else { continue };
            if !self.knows(&head.release) {
                self.learn(&head.release, had(releases.get(reader, &head.release))?);
            }
            self.take(reader, &head)?;
        }
        Ok(last)
    }

    /// Returns the cases by how they stand, with what becomes of them; those that need most first.
    pub(super) fn groups(&self, on: Date) -> Vec<Group> {
        let mut alike: BTreeMap<&Arc<Stand>, Vec<String>> = BTreeMap::new();
        for (id, stand) in &self.cases {
            alike.entry(stand).or_default().push(id.clone());
        }
        let mut groups: Vec<Group> = Vec::new();
        for (stand, instances) in alike {
            let told = self.told(stand, on);
            let steps: BTreeSet<&String> = stand.tokens.iter().map(|token| &token.step).collect();
            groups.push(Group {
                process: stand.process.clone(),
                release: stand.release.clone(),
                steps: steps.into_iter().cloned().collect(),
                told,
                instances,
            });
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.told.fate));
        groups
    }

    fn told(&self, stand: &Stand, on: Date) -> Told {
        if let Some(governs) = &stand.elsewhere {
            return Told::elsewhere(governs);
        }
        match self.earlier.get(&stand.release) {
            Some(Earlier::Read { release, changes, .. }) => {
                let others = self.others.as_ref().unwrap_or(&self.new);
                let holders = (&others.definitions.organisation, on);
                fate((release, &self.new), changes, stand, holders)
            }
            Some(Earlier::Unreadable(why)) => Told::unreadable(why),
            None => Told::of(Fate::Stays),
        }
    }
}

/// A release, or why it can no longer be read.
pub(super) type Had = Result<Arc<Release>, Text>;

/// Returns a release as far as it is to be had; what keeps the store itself from being read stays an error.
pub(super) fn had(asked: Result<Option<Arc<Release>>, ReleaseError>) -> Result<Had, QueryError> {
    match asked {
        Ok(Some(release)) => Ok(Ok(release)),
        Ok(None) => Ok(Err(Text::new("数据里没有它的文件", "its files are not in the store"))),
        Err(ReleaseError::Unreadable { zh, en, .. }) => Ok(Err(Text::new(zh, en))),
        Err(other) => Err(other.into()),
    }
}
