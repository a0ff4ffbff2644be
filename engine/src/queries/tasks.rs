//! Open tasks: one, those of a case or a process, those that are late, and those that reach a person.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use xueji_definition::file::{Act, OrganisationFile};
use xueji_runtime::people::{self, Right};
use xueji_runtime::state::{Instance, Scope, Task};
use xueji_runtime::{RecordId, Release, ScopePath};
use xueji_store::{Direction, Range, Reader, SCAN_LIMIT};

use super::{Page, Paging, QueryError, ReadId, mark, page};
use crate::index::Liveness;
use crate::keys::{self, Reach};
use crate::releases::{ReleaseError, Releases};

/// An open task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskView {
    /// The case.
    pub instance: String,
    /// The process.
    pub process: String,
    /// The release that the case stays on.
    pub release: String,
    /// The scope.
    pub scope: ScopePath,
    /// The step.
    pub step: String,
    /// What the case or row is about.
    pub subject: Option<RecordId>,
    /// The task.
    pub task: Task,
    /// For whom the person asked about would act, when for somebody else.
    pub on_behalf: Option<String>,
}

/// Which tasks are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of that case.
    pub instance: Option<String>,
    /// Of that process.
    pub process: Option<String>,
    /// At that step.
    pub step: Option<String>,
    /// Whose last day was over at that moment.
    pub overdue_at: Option<Timestamp>,
}

impl TaskFilter {
    fn fits(&self, task: &TaskView) -> bool {
        self.instance.as_ref().is_none_or(|instance| *instance == task.instance)
            && self.process.as_ref().is_none_or(|process| *process == task.process)
            && self.step.as_ref().is_none_or(|step| *step == task.step)
            && self.overdue_at.is_none_or(|at| task.task.due.is_some_and(|due| due <= at))
    }
}

fn view(header: Instance, scope: Scope, on_behalf: Option<String>) -> Option<TaskView> {
    Some(TaskView {
        instance: header.id,
        process: header.process,
        release: header.release,
        step: scope.at.clone()?,
        subject: scope.subject.clone().or(header.subject),
        task: scope.task()?.clone(),
        scope: scope.path,
        on_behalf,
    })
}

/// Returns an open task.
pub(crate) fn task(reader: &dyn Reader, id: &str) -> Result<Option<TaskView>, QueryError> {
    let found = Liveness::new(reader).task(id)?;
    Ok(found.and_then(|(header, scope)| view(header, scope, None)))
}

/// Returns the open tasks of a case.
pub(crate) fn of_case(
    reader: &dyn Reader,
    instance: &str,
    paging: &Paging,
) -> Result<Page<TaskView>, QueryError> {
    let mut liveness = Liveness::new(reader);
    page(
        reader,
        &Range::prefix(&keys::tasks_of_case(instance)),
        paging,
        Direction::Ascending,
        |(_, id)| {
            let found = liveness.task(&String::from_utf8_lossy(id))?;
            Ok(found.and_then(|(header, scope)| view(header, scope, None)))
        },
    )
}

/// Returns how many tasks of a case are open at each step.
pub(crate) fn counts(
    reader: &dyn Reader,
    instance: &str,
) -> Result<std::collections::BTreeMap<String, u64>, QueryError> {
    let mut liveness = Liveness::new(reader);
    let mut counts = std::collections::BTreeMap::new();
    let range = Range::prefix(&keys::tasks_of_case(instance));
    for key in all_keys(reader, &range)? {
        if let Some((_, step, path)) = keys::read_task_of_case(&key)
            && liveness.is_alive(instance, &path)?
        {
            *counts.entry(step).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

/// Returns open tasks, whoever may do them.
pub(crate) fn tasks(
    reader: &dyn Reader,
    filter: &TaskFilter,
    paging: &Paging,
) -> Result<Page<TaskView>, QueryError> {
    let mut liveness = Liveness::new(reader);
    let (range, read): (Range, ReadId) = match (&filter.instance, filter.overdue_at) {
        (Some(instance), _) => (Range::prefix(&keys::tasks_of_case(instance)), |_| None),
        (None, Some(at)) => {
            let (start, end) = keys::tasks_due_until(at);
            (Range::between(start, end), keys::read_task_due)
        }
        (None, None) => (
            Range::prefix(&keys::tasks_of_process(filter.process.as_deref())),
            keys::read_task_of_process,
        ),
    };
    page(reader, &range, paging, Direction::Ascending, |(key, value)| {
        let id = read(key).unwrap_or_else(|| String::from_utf8_lossy(value).into_owned());
        let found = liveness.task(&id)?.and_then(|(header, scope)| view(header, scope, None));
        Ok(found.filter(|task| filter.fits(task)))
    })
}

/// What decides whom a task reaches.
pub(crate) struct Inbox<'a> {
    pub(crate) organisation: &'a OrganisationFile,
    pub(crate) releases: &'a Releases,
    pub(crate) person: &'a str,
    pub(crate) on: Date,
}

impl Inbox<'_> {
    /// Returns the open tasks that reach the person: in their own right, standing in for others, assigned, to be
    /// prepared or signed, or copied. In the order of their ids.
    pub(crate) fn tasks(
        &self,
        reader: &dyn Reader,
        filter: &TaskFilter,
        paging: &Paging,
    ) -> Result<Page<TaskView>, QueryError> {
        let mut ids = BTreeSet::new();
        for prefix in self.prefixes(keys::offers, keys::offers_of_role, true) {
            let keys = all_keys(reader, &Range::prefix(&prefix))?;
            ids.extend(keys.iter().filter_map(|key| keys::read_offer(key)).map(|(_, id)| id));
        }
        let after =
            paging.key()?.map(String::from_utf8).transpose().map_err(|_| QueryError::Cursor)?;
        let mut liveness = Liveness::new(reader);
        let mut items: Vec<TaskView> = Vec::new();
        for id in ids {
            if after.as_ref().is_some_and(|after| id <= *after) {
                continue;
            }
            let Some((header, scope)) = liveness.task(&id)? else { continue };
            let Some(on_behalf) = self.reaches(reader, &header, &scope)? else { continue };
            let Some(task) = view(header, scope, on_behalf).filter(|task| filter.fits(task)) else {
                continue;
            };
            if items.len() == paging.limit() {
                let next = items.last().map(|task| mark(task.task.id.as_bytes()));
                return Ok(Page { items, next });
            }
            items.push(task);
        }
        Ok(Page { items, next: None })
    }

    /// Returns the beginnings of the keys of what reaches the person.
    pub(crate) fn prefixes(
        &self,
        of: fn(&Reach) -> Vec<u8>,
        of_role: fn(&str) -> Vec<u8>,
        standing_in: bool,
    ) -> BTreeSet<Vec<u8>> {
        let substitutes = self.organisation.substitutes.iter().filter(|away| {
            standing_in && away.by == self.person && away.from <= self.on && self.on <= away.to
        });
        let people =
            std::iter::once(self.person).chain(substitutes.map(|away| away.person.as_str()));
        let mut prefixes = BTreeSet::from([of(&Reach::Assigned(self.person.to_owned()))]);
        for person in people {
            prefixes.insert(of(&Reach::Person(person.to_owned())));
            if let Some(record) = people::record_of(self.organisation, person) {
                prefixes.insert(of(&Reach::Own(record.kind, record.id)));
            }
            for held in people::roles(self.organisation, person, self.on) {
                let Some(unit) = held.unit else {
                    prefixes.insert(of_role(&held.role));
                    continue;
                };
                prefixes.insert(of(&Reach::Role(held.role.clone(), String::new())));
                let below = self.organisation.units.keys();
                for below in below
                    .filter(|below| people::reaches(self.organisation, Some(&unit), Some(below)))
                {
                    prefixes.insert(of(&Reach::Role(held.role.clone(), below.clone())));
                }
            }
        }
        prefixes
    }

    /// Returns whether a task reaches the person, and for whom they would act when for somebody else.
    fn reaches(
        &self,
        reader: &dyn Reader,
        header: &Instance,
        scope: &Scope,
    ) -> Result<Option<Option<String>>, QueryError> {
        let Some(task) = scope.task() else { return Ok(None) };
        let me = |person: &String| person == self.person;
        let signs =
            task.signers.iter().any(|signer| signer.outcome.is_none() && me(&signer.person));
        if task.assignee.as_ref().is_some_and(me) || task.delegate.as_ref().is_some_and(me) || signs
        {
            return Ok(Some(None));
        }
        if task.copies.iter().any(me) {
            return Ok(Some(None));
        }
        let subject = scope.subject.as_ref().or(header.subject.as_ref());
        let own = subject.is_some()
            && people::record_of(self.organisation, self.person).as_ref() == subject;
        let open_to_oneself = task.offer.own.is_some() || task.offer.person.is_some();
        if task.assignee.is_some() || (own && !open_to_oneself) {
            return Ok(None);
        }
        let substitutes = match self.releases.get(reader, &header.release) {
            Ok(release) => {
                release.is_none_or(|release| !forbids_substitutes(&release, header, scope))
            }
            // Whether it forbids them nobody can tell; one such case keeps no other from being listed.
            Err(ReleaseError::Unreadable { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        let right = people::right(
            self.organisation,
            self.person,
            &task.offer,
            &header.process,
            substitutes,
            self.on,
        );
        Ok(right.map(|right| match right {
            Right::Own => None,
            Right::For(person) => Some(person),
        }))
    }
}

fn forbids_substitutes(release: &Release, header: &Instance, scope: &Scope) -> bool {
    let Some(process) = release.process(&header.process) else { return false };
    let step = scope.at.as_ref().and_then(|at| process.step(at));
    process.forbid.contains(&Act::Substitute)
        || step.is_some_and(|step| step.forbid.contains(&Act::Substitute))
}

/// Returns every key of a range.
pub(crate) fn all_keys(reader: &dyn Reader, range: &Range) -> Result<Vec<Vec<u8>>, QueryError> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    loop {
        let after = keys.last().map(Vec::as_slice);
        let page = reader.scan(range, after, SCAN_LIMIT, Direction::Ascending)?;
        let full = page.len() == SCAN_LIMIT;
        keys.extend(page.into_iter().map(|(key, _)| key));
        if !full {
            return Ok(keys);
        }
    }
}
