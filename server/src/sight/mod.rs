//! Who sees what: pure functions over the organisation, the definitions, a person and a date.
//!
//! A thing (a case, a row, a record, a paper) is seen openly by the person it is about and by those who may take up an
//! open task on it; masked by holders of a role with `reads` that reaches to its unit, by who applied, and by who has an
//! errand in it ([`errand`]); and by nobody else, who is not even told that it is there. What masking leaves of a value is [`mask`]'s to say.
//!
//! Invariant: nothing about a person or a case leaves the server but through [`Eyes`] and [`mask::Masks`].

pub mod mask;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use xueji_definition::Definitions;
use xueji_definition::file::{Act, FieldKind, OrganisationFile, RecordType, Role};
use xueji_definition::model::{Kind, Process};
use xueji_runtime::people::{self, HeldRole};
use xueji_runtime::state::Task;
use xueji_runtime::{Perspective, RecordId, record::Record};

/// How somebody sees a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Eyes {
    /// Not at all.
    Closed,
    /// With protected values masked, but for these classes of data.
    Masked(BTreeSet<String>),
    /// As it is.
    Open,
}

impl Eyes {
    /// Returns whether anything is seen.
    #[must_use]
    pub fn sees(&self) -> bool {
        *self != Self::Closed
    }

    /// Returns whether values of a class are seen as they are.
    #[must_use]
    pub fn sees_class(&self, class: &str) -> bool {
        match self {
            Self::Closed => false,
            Self::Masked(classes) => classes.contains(class),
            Self::Open => true,
        }
    }

    /// Returns the wider of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Closed, eyes) | (eyes, Self::Closed) => eyes,
            (Self::Masked(mut one), Self::Masked(other)) => {
                one.extend(other);
                Self::Masked(one)
            }
        }
    }
}

/// Where a thing belongs, which decides whose roles reach to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To the house as a whole.
    House,
    /// To a unit.
    Unit(String),
    /// To a unit that is not known: only roles held everywhere reach to it.
    Unknown,
}

/// A person with what they may do on a date.
#[derive(Debug, Clone)]
pub struct Viewer<'a> {
    organisation: &'a OrganisationFile,
    person: &'a str,
    record: Option<RecordId>,
    roles: Vec<HeldRole>,
}

impl<'a> Viewer<'a> {
    /// Returns a person as the organisation knows them on a date.
    #[must_use]
    pub fn new(organisation: &'a OrganisationFile, person: &'a str, on: Date) -> Self {
        let record = people::record_of(organisation, person);
        Self { organisation, person, record, roles: people::roles(organisation, person, on) }
    }

    /// Returns the person's id.
    #[must_use]
    pub fn person(&self) -> &str {
        self.person
    }

    /// Returns the record that is this person.
    #[must_use]
    pub fn record(&self) -> Option<&RecordId> {
        self.record.as_ref()
    }

    /// Returns the roles that the person holds.
    #[must_use]
    pub fn roles(&self) -> &[HeldRole] {
        &self.roles
    }

    /// Returns whether the person is this record.
    #[must_use]
    pub fn is(&self, record: &RecordId) -> bool {
        self.record.as_ref() == Some(record)
    }

    fn reaching<'s>(&'s self, place: &'s Place) -> impl Iterator<Item = &'a Role> + 's {
        let reaches = move |held: &&HeldRole| match place {
            Place::House => true,
            Place::Unit(unit) => {
                people::reaches(self.organisation, held.unit.as_deref(), Some(unit))
            }
            Place::Unknown => held.unit.is_none(),
        };
        self.roles.iter().filter(reaches).filter_map(|held| self.organisation.roles.get(&held.role))
    }

    /// Returns whether a role lets the person read what belongs there.
    #[must_use]
    pub fn reads(&self, place: &Place) -> bool {
        self.reaching(place).any(|role| role.reads)
    }

    /// Returns whether a role lets the person manage cases that belong there.
    #[must_use]
    pub fn manages(&self, place: &Place) -> bool {
        self.reaching(place).any(|role| role.manages)
    }

    /// Returns whether a role lets the person administer.
    #[must_use]
    pub fn administers(&self) -> bool {
        self.reaching(&Place::House).any(|role| role.administers)
    }

    /// Returns whether a role lets the person read anything at all.
    #[must_use]
    pub fn reads_somewhere(&self) -> bool {
        self.reaching(&Place::House).any(|role| role.reads)
    }

    fn classes(&self, place: &Place) -> BTreeSet<String> {
        self.reaching(place).flat_map(|role| role.sees.iter().cloned()).collect()
    }

    /// Returns how the person sees a thing.
    #[must_use]
    pub fn eyes(&self, thing: &Thing) -> Eyes {
        let own = thing.about.as_ref().is_some_and(|record| self.is(record));
        if own || thing.decides {
            return Eyes::Open;
        }
        let applied = thing.applicant.as_deref() == Some(self.person);
        if applied || self.reads(&thing.place) {
            return Eyes::Masked(self.classes(&thing.place));
        }
        Eyes::Closed
    }
}

/// What is to be known of a thing to say who sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// The record that it is about.
    pub about: Option<RecordId>,
    /// Where it belongs.
    pub place: Place,
    /// Who applied.
    pub applicant: Option<String>,
    /// The viewer may take up an open task on it.
    pub decides: bool,
}

/// Returns where a record belongs, by the field that its type names.
#[must_use]
pub fn place_of(definitions: &Definitions, record: Option<&Record>, kind: &str, on: Date) -> Place {
    let Some(field) = definitions.records.records.get(kind).and_then(|kind| kind.unit.as_deref())
    else {
        return Place::House;
    };
    let value = record.and_then(|record| record.value(field, on, None, Perspective::Local));
    match value.and_then(|value| value.as_text()) {
        Some(unit) => Place::Unit(unit.to_owned()),
        None => Place::Unknown,
    }
}

/// Whose data a type of record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership<'a> {
    /// The house's: everybody who has a token may read it.
    House,
    /// The unit's, or the person's that the record itself is.
    Itself,
    /// That of a person whom this field names.
    Named {
        /// The field.
        field: &'a str,
        /// The type of the person's record.
        kind: &'a str,
    },
}

/// Returns whose data a type of record holds.
///
/// A type whose records are people, or belong to units, is its own; a type that names such a person, even in a row of a
/// table, is that person's; and the rest (lists of programmes, of rooms) is the house's.
#[must_use]
pub fn ownership<'a>(definitions: &'a Definitions, kind: &str) -> Ownership<'a> {
    let Some(found) = definitions.records.records.get(kind) else { return Ownership::Itself };
    if is_person(definitions, kind) || found.unit.is_some() {
        return Ownership::Itself;
    }
    let named = found.fields.iter().find_map(|(name, field)| {
        let target = field.record.as_deref().filter(|_| field.kind == FieldKind::Record)?;
        (!field.many && is_person(definitions, target)).then_some((name.as_str(), target))
    });
    match named {
        Some((field, kind)) => Ownership::Named { field, kind },
        None if names_people(definitions, found) => Ownership::Itself,
        None => Ownership::House,
    }
}

fn is_person(definitions: &Definitions, kind: &str) -> bool {
    definitions.organisation.roles.values().any(|role| role.held_by.as_deref() == Some(kind))
}

fn names_people(definitions: &Definitions, kind: &RecordType) -> bool {
    let mut waiting: Vec<_> = kind.fields.values().collect();
    while let Some(field) = waiting.pop() {
        if field.class.is_some()
            || field.record.as_deref().is_some_and(|kind| is_person(definitions, kind))
        {
            return true;
        }
        waiting.extend(field.fields.values());
    }
    false
}

/// A task, as far as it says whom it reaches.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// The task.
    pub task: &'a Task,
    /// What the case or row is about.
    pub subject: Option<&'a RecordId>,
    /// The process.
    pub process: &'a str,
    /// Whether people may stand in for others.
    pub substitutes: bool,
}

impl Viewer<'_> {
    /// Returns whether the person may take a task up: it is theirs, or free and offered to them, and not their own case.
    #[must_use]
    pub fn takes_up(&self, offered: Offered<'_>, on: Date) -> bool {
        let task = offered.task;
        let me = |person: &String| person == self.person;
        let signs =
            task.signers.iter().any(|signer| signer.outcome.is_none() && me(&signer.person));
        if task.assignee.as_ref().is_some_and(me) || task.delegate.as_ref().is_some_and(me) || signs
        {
            return true;
        }
        let own = offered.subject.is_some_and(|subject| self.is(subject));
        let open_to_oneself = task.offer.own.is_some() || task.offer.person.is_some();
        if task.assignee.is_some() || (own && !open_to_oneself) {
            return false;
        }
        let right = people::right(
            self.organisation,
            self.person,
            &task.offer,
            offered.process,
            offered.substitutes,
            on,
        );
        right.is_some()
    }
}

/// Returns whether a step is an errand in a case: it stands in a row that is about nobody, such as a counter that has
/// to be cleared. Who runs an errand sees the case, but decides on nothing in it.
#[must_use]
pub fn errand(process: Option<&Process>, step: &str) -> bool {
    let Some(process) = process else { return false };
    let mut at = process.step(step);
    while let Some(within) = at.and_then(|step| step.within.as_ref()) {
        at = process.step(&within.step);
        if let Some(Kind::ForEach(rows)) = at.map(|step| &step.kind) {
            return !rows.subject;
        }
    }
    false
}

/// Returns whether people may stand in for others at a step.
#[must_use]
pub fn substitutes(process: Option<&Process>, step: &str) -> bool {
    let forbidden = |process: &Process| {
        let at = process.step(step);
        process.forbid.contains(&Act::Substitute)
            || at.is_some_and(|step| step.forbid.contains(&Act::Substitute))
    };
    !process.is_some_and(forbidden)
}
