//! Definitions to draw.

use xueji_definition::{Definitions, Sources, load};
use xueji_drawing::{Chart, Language};
use xueji_rules::RuleSet;

/// Definitions with their rules.
pub(crate) struct Read {
    pub(crate) definitions: Definitions,
    pub(crate) rules: RuleSet,
}

impl Read {
    pub(crate) fn new(sources: &Sources) -> Self {
        let definitions = load(sources).definitions;
        let (rules, _) = RuleSet::compile(definitions.rules.clone());
        Self { definitions, rules }
    }

    /// Returns the only process there is.
    pub(crate) fn chart(&self, language: Language) -> Chart<'_> {
        let process = self.definitions.processes.values().next().unwrap();
        Chart { process, definitions: &self.definitions, rules: &self.rules, language }
    }
}

const ORGANISATION: &str = "
title: {zh: 会馆, en: Hall}
units: {house: {title: {zh: 会馆, en: House}}}
roles:
  guest: {title: {zh: 客人, en: guest}}
  desk: {title: {zh: 前台, en: front desk}}
  head: {title: {zh: 负责人, en: head}}
";

/// Returns a process's steps as definitions.
pub(crate) fn process(steps: &str) -> Read {
    let process = format!(
        "process: booking\ntitle: {{zh: 预订大厅, en: Booking of the hall}}\nstart: {{by: {{role: guest}}}}\nsteps:\n{steps}"
    );
    Read::new(&Sources::from_pairs([
        ("workflows/organisation.yaml", ORGANISATION),
        ("workflows/processes/booking.yaml", process.as_str()),
        ("rules/booking.rhai", RULE),
    ]))
}

const RULE: &str = "/// 超过五十人
/// More than fifty people
/// @id H1
/// @effect route
/// @source P
fn many_people(form) { form.people > 50 }
";

/// Every kind of step once.
pub(crate) const EVERY_KIND: &str = "
  both:
    title: {zh: 两方意见, en: Both}
    parallel:
      own-head:
        title: {zh: 负责人意见, en: Opinion of the head}
        user-task: {candidates: {role: head}, outcomes: [approve, return, reject]}
        due: {working-days: 3}
      look:
        steps:
          check:
            title: {zh: 前台核对, en: Check at the desk}
            user-task: {candidates: {role: desk}, outcomes: [approve, hold]}
            next: {approve: fine, hold: start}
          fine: {end: approve}
    join: {when: all, counts: [approve], at-once: [reject, return]}
    next: {approve: size, return: start, reject: refused, short: refused}
  size:
    title: {zh: 人数是否很多, en: Are there many}
    gateway:
      choices: [{when: many-people, next: rooms}]
      else: paid
  rooms:
    title: {zh: 逐间准备, en: Prepare the rooms}
    for-each:
      items: rooms
      body:
        title: {zh: 准备一间, en: Prepare one}
        user-task: {candidates: {role: desk}, outcomes: [done]}
    join: {when: all, counts: [done]}
    next: {approve: clean, short: refused}
  clean:
    title: {zh: 预约保洁, en: Order the cleaning}
    call: {process: cleaning}
    next: {approved: paid}
  paid:
    title: {zh: 等候缴费, en: Wait for the payment}
    wait: {days: 7, message: payment, answers: [paid]}
    on: {objection: hear}
    next: {paid: written, elapsed: refused}
  hear:
    title: {zh: 听取异议, en: Hear the objection}
    user-task: {candidates: {role: head}, outcomes: [dismiss, uphold]}
    due: {days: 5, outcome: uphold}
    on: {withdrawn: paid}
    next: {dismiss: paid, uphold: refused}
  written:
    title: {zh: 出具确认书, en: Write the slip}
    service-task: []
    next: {done: booked}
  booked: {title: {zh: 已预订, en: Booked}, end: approved}
  refused: {title: {zh: 未预订, en: Not booked}, end: rejected}
";
