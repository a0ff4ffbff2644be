//! The checks, each in a file of its own, and the one list of them.
//!
//! Invariant: a check that is not in the list does not run, and its codes are not documented.

mod branch_answers;
mod calendar;
mod calendar_meets;
mod call_circles;
mod classes_shown;
mod code_lists;
mod conditions;
mod expressions;
mod field_shapes;
mod fields_in_time;
mod form_conflicts;
mod gateway_choices;
mod leading_nowhere;
mod literals;
mod negative_counts;
mod never_ending;
mod numbering;
mod outcomes;
mod papers;
mod parameter_gaps;
mod parameter_order;
mod parameters;
mod public_papers;
mod release_signatures;
mod role_holders;
mod rule_constancy;
mod rule_places;
mod rules_contradict;
mod separation;
mod spinning_loops;
mod stories;
mod stuck_runs;
mod subjects;
mod template_words;
mod unheard_messages;
mod unit_circles;
mod unit_holders;
mod unknown_effects;
mod unknown_fields;
mod unknown_names;
mod unknown_steps;
mod unlikely_years;
mod unreachable;
mod unused;

use crate::Check;

/// Every check, in the order in which it runs.
pub const CHECKS: &[Check] = &[
    unknown_names::CHECK,
    unknown_fields::CHECK,
    unknown_steps::CHECK,
    unknown_effects::CHECK,
    outcomes::CHECK,
    leading_nowhere::CHECK,
    branch_answers::CHECK,
    unreachable::CHECK,
    never_ending::CHECK,
    spinning_loops::CHECK,
    stuck_runs::CHECK,
    separation::CHECK,
    unit_holders::CHECK,
    classes_shown::CHECK,
    public_papers::CHECK,
    fields_in_time::CHECK,
    parameter_gaps::CHECK,
    parameter_order::CHECK,
    calendar_meets::CHECK,
    call_circles::CHECK,
    rule_places::CHECK,
    subjects::CHECK,
    role_holders::CHECK,
    release_signatures::CHECK,
    unit_circles::CHECK,
    unlikely_years::CHECK,
    unheard_messages::CHECK,
    calendar::CHECK,
    numbering::CHECK,
    parameters::CHECK,
    literals::CHECK,
    negative_counts::CHECK,
    conditions::CHECK,
    code_lists::CHECK,
    papers::CHECK,
    template_words::CHECK,
    field_shapes::CHECK,
    form_conflicts::CHECK,
    expressions::CHECK,
    rule_constancy::CHECK,
    rules_contradict::CHECK,
    gateway_choices::CHECK,
    unused::CHECK,
    stories::CHECK,
];
