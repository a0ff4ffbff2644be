//! The open cases of a store beside a release: how each stands, and what becomes of it.
//!
//! Invariant: what is kept of a case is how it stood at the last moment at which it was read; those that changed since
//! can be read again, so that a survey of any size is brought up to date in the time that the changed ones take.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use xueji_runtime::Release;
use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use super::census::{self, Head, Lens};
use super::change::{Change, Touch};
use super::difference::difference;
use super::fate::{Fate, Group, Stand, Told, fate};
use crate::keys;
use crate::queries::QueryError;
use crate::releases::{ReleaseError, Releases};
use crate::stored::{self, Place};

/// The differences of one release that cases stand on.
struct Earlier {
    release: Arc<Release>,
    changes: Vec<Change>,
    parameters: BTreeSet<String>,
}

pub(crate) struct Survey {
    new: Arc<Release>,
    earlier: HashMap<String, Earlier>,
    lenses: HashMap<(String, String), Lens>,
    known: HashMap<Arc<Stand>, ()>,
    cases: BTreeMap<String, Arc<Stand>>,
}

impl Survey {
    pub(super) fn new(new: Arc<Release>) -> Self {
        Self {
            new,
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

    /// Takes a release in that cases stand on.
    pub(super) fn learn(&mut self, release: Arc<Release>) {
        let changes = difference(&release, &self.new);
        let touched = changes.iter().flat_map(|change| &change.touches);
        let parameters = touched.filter_map(|touch| match touch {
            Touch::Parameter(name) => Some(name.clone()),
            _ => None,
        });
        let parameters = parameters.collect();
        let hash = release.hash.clone();
        self.earlier.insert(hash, Earlier { release, changes, parameters });
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
        let lens = self.lenses.entry(key).or_insert_with(|| {
            let (old, new) = (Arc::clone(&earlier.release), Arc::clone(&self.new));
            Lens::new(old, new, &head.process, &earlier.parameters)
        });
        let stand = census::stand(reader, head, lens)?;
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
                changed.insert(place.instance);
                last = keys::read_sequence(key).unwrap_or(last);
            }
            if page.len() < SCAN_LIMIT {
                break;
            }
        }
        for id in changed {
            let Some(head) = census::head(reader, &id)? else { continue };
            if !self.knows(&head.release) {
                let release = releases.get(reader, &head.release)?;
                let unknown = || ReleaseError::Unknown(head.release.clone());
                self.learn(release.ok_or_else(unknown)?);
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
        match self.earlier.get(&stand.release) {
            Some(earlier) => fate(&earlier.release, &self.new, &earlier.changes, stand, on),
            None => Told { fate: Fate::Stays, obstacles: Vec::new(), gains: Vec::new() },
        }
    }
}
