//! The outcomes that a step may answer.
//!
//! Invariant: a word that the engine knows means the same in every process, and is never renamed.

use lsp_types::CompletionItemKind;

use crate::complete::{Offer, plain};
use crate::names::{Index, Kind, Owner};
use crate::workspace::Workspace;

/// The words that the engine answers or looks for, where one may be chosen.
const OFFERED: [(&str, &str, &str); 8] = [
    ("approve", "通过", "approved"),
    ("return", "退回", "returned"),
    ("reject", "不通过", "rejected"),
    ("done", "完成", "done"),
    ("elapsed", "期满", "the time is over"),
    ("short", "未达", "a join was not met"),
    ("deadline", "到期", "the deadline came"),
    ("started", "已发起", "a case was started"),
];

/// The words by which the engine says what became of a case or a row.
const TOLD: [&str; 5] = ["submit", "held", "lapsed", "withdrawn", "terminated"];

/// Tells whether the engine knows a word among outcomes.
pub(crate) fn is_the_engines(word: &str) -> bool {
    OFFERED.iter().any(|(own, ..)| *own == word) || TOLD.contains(&word)
}

impl Workspace {
    /// The outcomes that an owner may answer: its own, those of what it is made from, and the engine's.
    pub(crate) fn outcomes(&self, index: &Index<'_>, owner: &Owner) -> Vec<Offer> {
        let owners = index.candidates(Kind::Outcome, owner);
        let own = self.language.of("本步骤的答复", "an outcome of this step");
        let known = index.known(Kind::Outcome, &owners).into_iter();
        let known = known.map(|(_, m)| plain(&m.name, CompletionItemKind::ENUM_MEMBER, own));
        let engines = OFFERED.iter().map(|(name, zh, en)| {
            plain(name, CompletionItemKind::ENUM_MEMBER, self.language.of(zh, en))
        });
        known.chain(engines).collect()
    }
}
