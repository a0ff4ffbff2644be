//! Whether a scalar is what its schema asks for, and whether it means what it looks like.
//!
//! Invariant: a scalar that could be read in two ways (`1e3` where text is expected, `yes` where true or false is) is
//! told, with the spelling that can be read in one.

use jiff::civil::Date;

use crate::Text;
use crate::finding::did_you_mean;
use crate::pattern::{Pattern, Types};
use crate::plain::{self, Read};
use crate::syntax::shown;
use crate::yaml::{Kind, Node, Scalar, Style};

/// What is wrong with a scalar; its place is the caller's.
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: Text,
    pub(crate) help: Option<Text>,
    /// The word that is written and the one that was meant for certain.
    pub(crate) meant: Option<(String, String)>,
}

impl Fault {
    fn new(code: &'static str, message: Text, help: Option<Text>) -> Self {
        Self { code, message, help, meant: None }
    }
}

/// Checks a scalar against a pattern with scalar types.
pub(crate) fn check(scalar: &Scalar, pattern: &Pattern) -> Option<Fault> {
    let types = &pattern.types;
    if let Some(words) = &pattern.words {
        return word(scalar, words);
    }
    if types.only("string") {
        return text(scalar, pattern.format);
    }
    if types.has("string") {
        return literal(scalar);
    }
    match plain::read(scalar) {
        Read::Null => Some(nothing(&types.words())),
        Read::Bool(_) if types.has("boolean") => None,
        Read::Int(number) if types.has("integer") || types.has("number") => {
            if let Some(fault) = odd_number(scalar) { Some(fault) } else { bounds(number, pattern) }
        }
        Read::Float if types.has("number") => odd_number(scalar),
        _ => Some(instead(scalar, types)),
    }
}

/// Checks that a scalar is one of the words.
pub(crate) fn word(scalar: &Scalar, words: &[&str]) -> Option<Fault> {
    if words.contains(&scalar.text.as_str()) {
        return None;
    }
    if plain::read(scalar) == Read::Null {
        return Some(nothing(&Text::new(format!(" {}", words.join("、")), words.join(", "))));
    }
    let told = shown(&scalar.text);
    let near = if scalar.text.len() <= 64 { scalar.text.as_str() } else { "" };
    let fault = Fault::new(
        "value-word",
        Text::new(format!("不认识 `{told}`"), format!("`{told}` is not known here")),
        did_you_mean(near, words.iter().copied()),
    );
    let meant = crate::only_near(near, words.iter().copied());
    Some(Fault { meant: meant.map(|meant| (near.to_owned(), meant.to_owned())), ..fault })
}

/// Checks a scalar of any kind: only spellings that readers disagree on are told.
pub(crate) fn literal(scalar: &Scalar) -> Option<Fault> {
    match plain::read(scalar) {
        Read::Null => Some(nothing(&Text::new("一个值", "a value"))),
        Read::Bool(_) | Read::Text => None,
        Read::Int(_) | Read::Float => odd_number(scalar),
    }
}

/// Checks a key whose name is free: `1` and `01` mean what they look like, `1e3`, `true` and `~` may not.
pub(crate) fn key(scalar: &Scalar) -> Option<Fault> {
    match plain::read(scalar) {
        Read::Text => None,
        Read::Int(_) if plain::is_clear_number(&scalar.text) => None,
        Read::Null if scalar.text.is_empty() => Some(Fault::new(
            "value-kind",
            Text::new("键是空的", "the key is empty"),
            Some(Text::new("写上键的名称", "write the key's name")),
        )),
        read => Some(quote(scalar, read)),
    }
}

/// Checks a key that is a whole number, such as a year.
pub(crate) fn number_key(scalar: &Scalar) -> Option<Fault> {
    match plain::read(scalar) {
        Read::Int(_) if plain::is_clear_number(&scalar.text) => None,
        _ => {
            let told = shown(&scalar.text);
            Some(Fault::new(
                "value-kind",
                Text::new(
                    format!("这里的键应当是整数，不是 `{told}`"),
                    format!("the key has to be a whole number, found `{told}`"),
                ),
                Some(Text::new(
                    "写成不加引号的整数，如 2026",
                    "write a whole number without quotes, such as 2026",
                )),
            ))
        }
    }
}

fn text(scalar: &Scalar, format: Option<&str>) -> Option<Fault> {
    match plain::read(scalar) {
        Read::Null => Some(nothing(&Text::new("文字", "text"))),
        Read::Text if format == Some("date") && !is_date(&scalar.text) => {
            let told = shown(&scalar.text);
            Some(Fault::new(
                "value-kind",
                Text::new(format!("`{told}` 不是日期"), format!("`{told}` is not a date")),
                Some(Text::new(
                    "写成 年-月-日，如 2026-09-01",
                    "write year-month-day, such as 2026-09-01",
                )),
            ))
        }
        Read::Text => None,
        read => Some(quote(scalar, read)),
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn quote(scalar: &Scalar, read: Read) -> Fault {
    let told = shown(&scalar.text);
    let (zh, en) = match read {
        Read::Bool(_) => ("真假值", "true or false"),
        Read::Null => ("空值", "nothing"),
        _ => ("数字", "a number"),
    };
    Fault::new(
        "value-quote",
        Text::new(
            format!("这里应当是文字，而不加引号的 `{told}` 会被读成{zh}"),
            format!("text is expected here, and `{told}` without quotes is read as {en}"),
        ),
        Some(Text::new(format!("写成 \"{told}\""), format!("write \"{told}\""))),
    )
}

fn odd_number(scalar: &Scalar) -> Option<Fault> {
    if plain::is_clear_number(&scalar.text) {
        return None;
    }
    let told = shown(&scalar.text);
    Some(Fault::new(
        "value-quote",
        Text::new(
            format!("数字 `{told}` 的写法可能被读成别的值"),
            format!("`{told}` is a number written in a way that readers take differently"),
        ),
        Some(Text::new(
            format!("写成普通数字，如 1000 或 12.5；若是文字或位数很多，写成 \"{told}\""),
            format!(
                "write it plainly, such as 1000 or 12.5; if it is text or has many digits, write \"{told}\""
            ),
        )),
    ))
}

fn nothing(expected: &Text) -> Fault {
    Fault::new(
        "value-kind",
        Text::new(
            format!("这里是空的，应当是{}", expected.zh),
            format!("nothing stands here; expected {}", expected.en),
        ),
        Some(Text::new("写上值，或去掉这个键", "write a value, or remove the key")),
    )
}

/// A scalar where another kind of scalar is expected.
fn instead(scalar: &Scalar, types: &Types) -> Fault {
    let (told, expected) = (shown(&scalar.text), types.words());
    let help = if scalar.style != Style::Plain && plain::plain(&scalar.text) != Read::Text {
        Some(Text::new("去掉引号", "remove the quotes"))
    } else if types.only("boolean") {
        let yes = ["yes", "y", "on", "是", "对"].contains(&scalar.text.to_lowercase().as_str());
        let no = ["no", "n", "off", "否", "不"].contains(&scalar.text.to_lowercase().as_str());
        let word = if yes {
            "true"
        } else if no {
            "false"
        } else {
            "true / false"
        };
        Some(Text::new(format!("写成 {word}"), format!("write {word}")))
    } else {
        None
    };
    Fault::new(
        "value-kind",
        Text::new(
            format!("这里应当是{}，不是 `{told}`", expected.zh),
            format!("expected {}, found `{told}`", expected.en),
        ),
        help,
    )
}

fn bounds(number: i128, pattern: &Pattern) -> Option<Fault> {
    let (low, high) = match pattern.format {
        Some("uint8") => (0, i128::from(u8::MAX)),
        Some("uint16") => (0, i128::from(u16::MAX)),
        Some("uint32") => (0, i128::from(u32::MAX)),
        Some("uint64" | "uint") => (0, i128::from(u64::MAX)),
        Some("int8") => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Some("int16") => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    let low = pattern.minimum.map_or(low, i128::from).max(low);
    let high = pattern.maximum.map_or(high, i128::from).min(high);
    (number < low || number > high).then(|| {
        Fault::new(
            "value-kind",
            Text::new(format!("{number} 超出范围"), format!("{number} is out of bounds")),
            Some(Text::new(format!("从 {low} 到 {high}"), format!("from {low} to {high}"))),
        )
    })
}

/// A list, a group or a scalar where another kind of node is expected.
pub(crate) fn wrong_kind(node: &Node, expected: &Text) -> Fault {
    let (zh, en) = match &node.kind {
        Kind::Scalar(scalar) if plain::read(scalar) == Read::Null => return nothing(expected),
        Kind::Scalar(scalar) => {
            let told = shown(&scalar.text);
            (format!(" `{told}`"), format!("`{told}`"))
        }
        Kind::Sequence(_) => ("列表".to_owned(), "a list".to_owned()),
        Kind::Mapping(_) | Kind::Refused => ("一组键".to_owned(), "a group of keys".to_owned()),
    };
    let help = match &node.kind {
        Kind::Scalar(scalar) if scalar.text.contains('：') => Some(Text::new(
            "全角冒号 `：` 要改成半角冒号加空格 `: `",
            "write the full-width colon as `: `",
        )),
        Kind::Mapping(_) | Kind::Sequence(_) => {
            Some(Text::new("若本是文字，请加引号", "put quotes around it if it is text"))
        }
        _ => None,
    };
    Fault::new(
        "value-kind",
        Text::new(
            format!("这里应当是{}，不是{zh}", expected.zh),
            format!("expected {}, found {en}", expected.en),
        ),
        help,
    )
}
