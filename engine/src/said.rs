//! Words of errors that hold both languages in one message.
//!
//! Invariant: `中文 | English` is cut here and nowhere else; a message of one language stands for both.

use xueji_definition::Text;

/// Cuts a message that has both languages in one (`中文 | English`) in two.
#[must_use]
pub fn both(message: &str) -> Text {
    let (zh, en) = message.split_once(" | ").unwrap_or((message, message));
    Text::new(zh, en)
}
