//! What the answers that steps give are called.
//!
//! Invariant: an answer without a word of its own is called by its id.

use xueji_definition::Text;

/// The answers that the engine itself knows, and those that offices use everywhere.
const WORDS: &[(&str, &str, &str)] = &[
    ("approve", "同意", "approved"),
    ("return", "退回", "returned"),
    ("reject", "不同意", "rejected"),
    ("submit", "提交", "submitted"),
    ("elapsed", "期满", "time over"),
    ("done", "完成", "done"),
    ("held", "暂缓", "held"),
    ("short", "未达要求", "short of what is needed"),
    ("deadline", "到期", "deadline passed"),
    ("started", "已启动", "started"),
    ("withdrawn", "撤回", "withdrawn"),
    ("terminated", "终止", "ended from outside"),
    ("lapsed", "逾期失效", "lapsed"),
];

/// Returns an answer in words.
pub(super) fn words(outcome: &str) -> Text {
    match WORDS.iter().find(|(id, ..)| *id == outcome) {
        Some((id, zh, en)) => Text::new(format!("{zh}（{id}）"), format!("{en} ({id})")),
        None => Text::new(outcome, outcome),
    }
}
