//! What the callers know: each case as it must be after the commands that were acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xueji_tests::house;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// At the two signatures; which of them are given.
    Signing { head: bool, watch: bool },
    /// At the keeper's check.
    Check,
    /// Back at the guest.
    Returned,
    /// Waiting for the deposit.
    Deposit,
    /// Ended: booked.
    Booked,
    /// Ended: refused by a signature.
    Refused,
    /// Ended: withdrawn by the guest.
    Withdrawn,
}

/// A case as its caller knows it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) guest: String,
    pub(crate) stage: Stage,
    pub(crate) held: bool,
    /// The marks of all commands that were acknowledged.
    pub(crate) marks: BTreeSet<String>,
}

/// What a command asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A new booking.
    Start,
    /// The head's signature, approving or not.
    Head(bool),
    /// The fire watch's signature, approving or not.
    Watch(bool),
    /// The keeper's check, approving or sending back.
    Check(bool),
    /// The guest's mended booking.
    Mend,
    /// The deposit has come.
    Pay,
    /// Hold the case.
    Hold,
    /// Let it go on.
    Resume,
    /// The guest gives the booking up.
    Withdraw,
}

/// A command as it is sent, and sent again.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) ask: Ask,
    /// Names the command; stands in what it brings about, too.
    pub(crate) mark: String,
    /// The case; the guest's id when it starts one.
    pub(crate) on: String,
    pub(crate) person: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Stage {
    /// Returns what stands open in a case, a step each.
    pub(crate) fn open(self) -> Vec<&'static str> {
        match self {
            Self::Signing { head, watch } => {
                let both = [(head, "head-signs"), (watch, "watch-signs")];
                both.into_iter().filter(|(given, _)| !given).map(|(_, step)| step).collect()
            }
            Self::Check => vec!["check"],
            Self::Returned => vec!["start"],
            Self::Deposit | Self::Booked | Self::Refused | Self::Withdrawn => Vec::new(),
        }
    }

    /// Returns how a case has ended.
    pub(crate) fn result(self) -> Option<&'static str> {
        match self {
            Self::Booked => Some("booked"),
            Self::Refused => Some("refused"),
            Self::Withdrawn => Some("withdrawn"),
            _ => None,
        }
    }

    /// Returns where a command leads.
    fn after(self, ask: Ask) -> Self {
        match (self, ask) {
            (Self::Signing { .. }, Ask::Head(false) | Ask::Watch(false)) => Self::Refused,
            (Self::Signing { watch: true, .. }, Ask::Head(true)) => Self::Check,
            (Self::Signing { head: true, .. }, Ask::Watch(true)) => Self::Check,
            (Self::Signing { watch, .. }, Ask::Head(true)) => Self::Signing { head: true, watch },
            (Self::Signing { head, .. }, Ask::Watch(true)) => Self::Signing { head, watch: true },
            (Self::Check, Ask::Check(true)) => Self::Deposit,
            (Self::Check, Ask::Check(false)) => Self::Returned,
            // The guest changes the form, on which both signatures rest.
            (Self::Returned, Ask::Mend) => Self::Signing { head: false, watch: false },
            (Self::Deposit, Ask::Pay) => Self::Booked,
            (_, Ask::Withdraw) => Self::Withdrawn,
            (stage, Ask::Hold | Ask::Resume) => stage,
            (stage, ask) => panic!("{ask:?} was asked at {stage:?}"),
        }
    }
}

impl Case {
    /// Returns a case that a command has just started.
    pub(crate) fn started(sent: &Sent, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            guest: sent.on.clone(),
            stage: Stage::Signing { head: false, watch: false },
            held: false,
            marks: BTreeSet::from([sent.mark.clone()]),
        }
    }

    /// Takes down what a command has brought about.
    pub(crate) fn acknowledged(&mut self, sent: &Sent) {
        self.held = sent.ask == Ask::Hold;
        self.stage = self.stage.after(sent.ask);
        self.marks.insert(sent.mark.clone());
    }

    /// Returns the step whose open task a command answers.
    pub(crate) fn step(ask: Ask) -> Option<&'static str> {
        match ask {
            Ask::Head(_) => Some("head-signs"),
            Ask::Watch(_) => Some("watch-signs"),
            Ask::Check(_) => Some("check"),
            Ask::Mend => Some("start"),
            _ => None,
        }
    }

    /// Returns a command on the case; `task` is the open task that it answers.
    pub(crate) fn command(&self, ask: Ask, mark: &str, seats: u32, task: Option<&str>) -> Sent {
        let opinion = |outcome: &str| json!({"outcome": outcome, "opinion": mark});
        let id = &self.id;
        let guest = format!("guest:{}", self.guest);
        let head =
            if guest_number(&self.guest).is_multiple_of(2) { "west-head" } else { "east-head" };
        let complete = || format!("/api/v1/tasks/{}/complete", task.unwrap_or_default());
        let act = |name: &str| format!("/api/v1/instances/{id}/{name}");
        let verdict = |good: bool| if good { "approve" } else { "reject" };
        let (person, path, body) = match ask {
            Ask::Start => panic!("a case is started once"),
            Ask::Head(good) => (head, complete(), opinion(verdict(good))),
            Ask::Watch(good) => ("watch", complete(), opinion(verdict(good))),
            Ask::Check(true) => ("keeper", complete(), opinion("approve")),
            Ask::Check(false) => {
                let body = json!({"outcome": "return", "opinion": mark, "defects": ["seats"]});
                ("keeper", complete(), body)
            }
            Ask::Mend => {
                let form = json!({"seats": seats, "mark": mark});
                let body = json!({"outcome": "submit", "opinion": mark, "form": form});
                (guest.as_str(), complete(), body)
            }
            Ask::Pay => {
                let form = json!({"deposit_mark": mark});
                let body =
                    json!({"name": "deposit-paid", "instance": id, "answer": "paid", "form": form});
                ("keeper", "/api/v1/messages".to_owned(), body)
            }
            Ask::Hold => ("keeper", act("hold"), json!({"reason": mark})),
            Ask::Resume => ("keeper", act("resume"), json!({"reason": mark})),
            Ask::Withdraw => (guest.as_str(), act("withdraw"), json!({"reason": mark})),
        };
        Sent { ask, mark: mark.to_owned(), on: id.clone(), person: person.to_owned(), path, body }
    }
}

/// Returns the command that starts a case.
pub(crate) fn start(guest: &str, mark: &str, seats: u32) -> Sent {
    Sent {
        ask: Ask::Start,
        mark: mark.to_owned(),
        on: guest.to_owned(),
        person: format!("guest:{guest}"),
        path: "/api/v1/instances".to_owned(),
        body: house::booking(guest, seats, mark),
    }
}

fn guest_number(guest: &str) -> u32 {
    guest.trim_start_matches('g').parse().expect("a guest is g and a number")
}

/// All that the callers know.
pub(crate) type Known = BTreeMap<String, Case>;
