//! Who holds which role, where, on a date, and what that lets them do.
//!
//! Invariant: pure functions over the organisation and a date; the same answer is used when work is offered, when it is
//! signed, and when it is shown.

use jiff::civil::Date;
use xueji_definition::file::{Holder, OrganisationFile};

use crate::command::person_record;
use crate::record::RecordId;
use crate::state::Offer;

/// A role that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRole {
    /// The role.
    pub role: String,
    /// The unit; everywhere when not said.
    pub unit: Option<String>,
}

/// In whose right somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// In their own.
    Own,
    /// In that of the person they stand in for.
    For(String),
}

/// Returns the roles that a person holds on a date, standing in for others not counted.
#[must_use]
pub fn roles(organisation: &OrganisationFile, person: &str, on: Date) -> Vec<HeldRole> {
    let held = organisation
        .holders
        .iter()
        .filter(|holder| holder.person == person && is_in_force(holder, on));
    let mut roles: Vec<HeldRole> = held
        .map(|holder| HeldRole { role: holder.role.clone(), unit: holder.unit.clone() })
        .collect();
    if let Some(record) = record_of(organisation, person) {
        let by_record = organisation
            .roles
            .iter()
            .filter(|(_, role)| role.held_by.as_deref() == Some(&record.kind));
        roles.extend(by_record.map(|(name, _)| HeldRole { role: name.clone(), unit: None }));
    }
    roles.sort();
    roles.dedup();
    roles
}

/// Returns the record that is this person.
#[must_use]
pub fn record_of(organisation: &OrganisationFile, person: &str) -> Option<RecordId> {
    match organisation.people.get(person) {
        Some(known) => known.record.as_ref().map(|r| RecordId::new(&r.record_type, &r.id)),
        None => person_record(person),
    }
}

/// Returns a person's name, if the organisation knows it.
#[must_use]
pub fn name<'a>(organisation: &'a OrganisationFile, person: &str) -> Option<&'a str> {
    organisation.people.get(person).map(|known| known.name.as_str())
}

/// Returns whether a role held in one unit reaches to another: the same, one below it, or any when none is named.
#[must_use]
pub fn reaches(organisation: &OrganisationFile, held: Option<&str>, wanted: Option<&str>) -> bool {
    let (Some(held), Some(wanted)) = (held, wanted) else { return true };
    let mut unit = Some(wanted);
    // As many steps up as there are units: a circle among parents, which the check finds, ends here.
    for _ in 0..=organisation.units.len() {
        let Some(at) = unit else { return false };
        if at == held {
            return true;
        }
        unit = organisation.units.get(at).and_then(|known| known.parent.as_deref());
    }
    false
}

/// Returns whether a person holds a role that reaches to a unit.
#[must_use]
pub fn holds(
    organisation: &OrganisationFile,
    person: &str,
    role: &str,
    unit: Option<&str>,
    on: Date,
) -> bool {
    let mut held = organisation.holders.iter();
    held.any(|holder| holder.person == person && gives(organisation, holder, role, unit, on))
        || held_by(organisation, role).is_some_and(|kind| {
            record_of(organisation, person).is_some_and(|record| record.kind == kind)
        })
}

/// Returns whether an entry among the holders gives a role that reaches to a unit.
fn gives(
    organisation: &OrganisationFile,
    holder: &Holder,
    role: &str,
    unit: Option<&str>,
    on: Date,
) -> bool {
    holder.role == role
        && is_in_force(holder, on)
        && reaches(organisation, holder.unit.as_deref(), unit)
}

/// Returns whether an entry among the holders counts on a date.
fn is_in_force(holder: &Holder, on: Date) -> bool {
    holder.from.is_none_or(|from| from <= on) && holder.to.is_none_or(|to| on <= to)
}

/// Returns the type of records that hold a role by being there.
fn held_by<'o>(organisation: &'o OrganisationFile, role: &str) -> Option<&'o str> {
    organisation.roles.get(role)?.held_by.as_deref()
}

/// Returns in whose right a person may take up an offer, if they may: their own first, then that of somebody whom they
/// stand in for on that date in that process.
#[must_use]
pub fn right(
    organisation: &OrganisationFile,
    person: &str,
    offer: &Offer,
    process: &str,
    substitutes: bool,
    on: Date,
) -> Option<Right> {
    if takes(organisation, person, offer, on) {
        return Some(Right::Own);
    }
    if !substitutes {
        return None;
    }
    organisation
        .substitutes
        .iter()
        .filter(|away| away.by == person && away.from <= on && on <= away.to)
        .filter(|away| away.roles.is_empty() || away.roles.contains(&offer.role))
        .filter(|away| away.processes.is_empty() || away.processes.iter().any(|p| p == process))
        .find(|away| takes(organisation, &away.person, offer, on))
        .map(|away| Right::For(away.person.clone()))
}

fn takes(organisation: &OrganisationFile, person: &str, offer: &Offer, on: Date) -> bool {
    let only = offer.person.as_ref().is_none_or(|only| only == person);
    let own =
        offer.own.as_ref().is_none_or(|own| record_of(organisation, person).as_ref() == Some(own));
    only && own && holds(organisation, person, &offer.role, offer.unit.as_deref(), on)
}

/// Returns everybody who may take up an offer in their own right, by id. Records that hold a role are told only where
/// the offer names one.
#[must_use]
pub fn candidates(organisation: &OrganisationFile, offer: &Offer, on: Date) -> Vec<String> {
    let by_record = held_by(organisation, &offer.role).is_some();
    let mut people: Vec<String> = organisation
        .holders
        .iter()
        .filter(|it| by_record || gives(organisation, it, &offer.role, offer.unit.as_deref(), on))
        .map(|holder| holder.person.clone())
        .chain(offer.own.as_ref().map(|own| format!("{}:{}", own.kind, own.id)))
        .chain(offer.person.clone())
        .filter(|person| takes(organisation, person, offer, on))
        .collect();
    people.sort();
    people.dedup();
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use xueji_definition::file::{Role, Substitute, Unit};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn organisation() -> OrganisationFile {
        let unit = |parent: Option<&str>| Unit {
            title: xueji_definition::Text::new("单位", "unit"),
            parent: parent.map(str::to_owned),
            aliases: Vec::new(),
        };
        let role = |held_by: Option<&str>| Role {
            title: xueji_definition::Text::new("角色", "role"),
            held_by: held_by.map(str::to_owned),
            sees: Vec::new(),
            reads: false,
            manages: false,
            administers: false,
        };
        let mut organisation = OrganisationFile::default();
        organisation.units.insert("house".into(), unit(None));
        organisation.units.insert("hall".into(), unit(Some("house")));
        organisation.units.insert("yard".into(), unit(Some("house")));
        organisation.roles.insert("head".into(), role(None));
        organisation.roles.insert("guest".into(), role(Some("guest")));
        organisation.holders.push(Holder {
            person: "ann".into(),
            role: "head".into(),
            unit: Some("hall".into()),
            from: None,
            to: Some(date("2026-12-31")),
        });
        organisation.substitutes.push(Substitute {
            person: "ann".into(),
            by: "bob".into(),
            roles: vec![],
            processes: vec!["booking".into()],
            from: date("2026-10-01"),
            to: date("2026-10-07"),
        });
        organisation
    }

    fn offer(unit: &str) -> Offer {
        Offer { role: "head".into(), unit: Some(unit.into()), own: None, person: None }
    }

    #[test]
    fn a_role_holds_in_its_unit_below_it_and_until_its_last_day() {
        let organisation = organisation();
        assert!(takes(&organisation, "ann", &offer("hall"), date("2026-12-31")));
        assert!(!takes(&organisation, "ann", &offer("hall"), date("2027-01-01")));
        assert!(!takes(&organisation, "ann", &offer("yard"), date("2026-10-01")));
        assert!(reaches(&organisation, Some("house"), Some("hall")));
        assert!(!reaches(&organisation, Some("hall"), Some("house")));
    }

    #[test]
    fn a_substitute_acts_for_the_absent_in_the_named_process_and_time_only() {
        let organisation = organisation();
        let for_ann = Some(Right::For("ann".into()));
        assert_eq!(
            right(&organisation, "bob", &offer("hall"), "booking", true, date("2026-10-03")),
            for_ann
        );
        assert_eq!(
            right(&organisation, "bob", &offer("hall"), "booking", true, date("2026-10-08")),
            None
        );
        assert_eq!(
            right(&organisation, "bob", &offer("hall"), "other", true, date("2026-10-03")),
            None
        );
        assert_eq!(
            right(&organisation, "bob", &offer("hall"), "booking", false, date("2026-10-03")),
            None
        );
    }

    #[test]
    fn a_record_holds_the_role_of_its_type_for_itself() {
        let organisation = organisation();
        let own = RecordId::new("guest", "7");
        let offer = Offer { role: "guest".into(), unit: None, own: Some(own), person: None };
        assert_eq!(candidates(&organisation, &offer, date("2026-10-03")), vec!["guest:7"]);
        assert!(!takes(&organisation, "guest:8", &offer, date("2026-10-03")));
    }
}
