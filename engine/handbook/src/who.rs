//! Who does something, in words.
//!
//! Invariant: roles and units are told by their titles, never by a person's name: people change, the book stays.

use xueji_definition::file::Candidates;
use xueji_definition::model::Process;

use crate::Book;

impl Book<'_> {
    /// Returns who may do something: the role, and where it is held.
    pub(crate) fn who(&self, process: &Process, candidates: &Candidates) -> String {
        let roles = &self.definitions.organisation.roles;
        let role = roles
            .get(&candidates.role)
            .map_or(candidates.role.as_str(), |role| self.text(&role.title));
        if candidates.own {
            return format!("{role}{}", self.say("（本人）", " (own case)"));
        }
        if candidates.applicant {
            return format!("{role}{}", self.say("（申请人）", " (who applied)"));
        }
        let Some(unit) = &candidates.unit else { return role.to_owned() };
        let written = unit.0.trim().trim_matches('"');
        let there = match self.definitions.organisation.units.get(written) {
            Some(known) => self.text(&known.title).to_owned(),
            None => self.expression(process, unit),
        };
        format!("{role}{}{there}{}", self.say("（", " ("), self.say("）", ")"))
    }

    /// Returns a role's title.
    pub(crate) fn role<'t>(&'t self, role: &'t str) -> &'t str {
        let known = self.definitions.organisation.roles.get(role);
        known.map_or(role, |known| self.text(&known.title))
    }
}
