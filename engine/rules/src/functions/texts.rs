//! Functions of text. Positions count characters from 0.

use rhai::{Dynamic, ImmutableString};

use super::{Function, Gives, Takes, int, row, text};

pub(super) const TABLE: &[Function] = &[
    row(
        "len",
        &[Takes::Text],
        Gives::Int,
        "文字的字数",
        "the number of characters",
        |_, a| Ok(count(text(a, 0)?.chars().count())),
    ),
    row(
        "contains",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        "文字中是否含有另一段文字",
        "whether a text holds another",
        |_, a| Ok(text(a, 0)?.contains(text(a, 1)?.as_str()).into()),
    ),
    row(
        "starts_with",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        "是否以某段文字开头",
        "whether a text starts with another",
        |_, a| Ok(text(a, 0)?.starts_with(text(a, 1)?.as_str()).into()),
    ),
    row(
        "ends_with",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        "是否以某段文字结尾",
        "whether a text ends with another",
        |_, a| Ok(text(a, 0)?.ends_with(text(a, 1)?.as_str()).into()),
    ),
    row(
        "sub",
        &[Takes::Text, Takes::Int, Takes::Int],
        Gives::Text,
        "从某位（从 0 数）起取若干字，不足则取到末尾",
        "so many characters from a position (from 0), or as many as there are",
        |_, a| {
            let (skip, take) = (int(a, 1)?, int(a, 2)?);
            let (Ok(skip), Ok(take)) = (usize::try_from(skip), usize::try_from(take)) else {
                return Err("`sub` needs positions of 0 or more".into());
            };
            Ok(written(text(a, 0)?.chars().skip(skip).take(take).collect()))
        },
    ),
    row("upper", &[Takes::Text], Gives::Text, "转为大写", "in capital letters", |_, a| {
        Ok(written(text(a, 0)?.to_uppercase()))
    }),
    row("lower", &[Takes::Text], Gives::Text, "转为小写", "in small letters", |_, a| {
        Ok(written(text(a, 0)?.to_lowercase()))
    }),
    row(
        "trim",
        &[Takes::Text],
        Gives::Text,
        "去掉两端空白",
        "without blanks at the ends",
        |_, a| Ok(written(text(a, 0)?.trim().to_owned())),
    ),
    row(
        "is_digits",
        &[Takes::Text],
        Gives::Bool,
        "是否全为数字（至少一位）",
        "whether a text is made of digits alone, at least one",
        |_, a| {
            let text = text(a, 0)?;
            Ok((!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).into())
        },
    ),
    row(
        "to_int",
        &[Takes::Text],
        Gives::Int,
        "读成整数；先用 is_digits 判断",
        "read as a whole number; ask is_digits first",
        |_, a| {
            let text = text(a, 0)?;
            match text.trim().parse::<i64>() {
                Ok(n) => Ok(Dynamic::from(n)),
                Err(_) => Err("the text is no whole number".into()),
            }
        },
    ),
    row(
        "checksum_mod11_2",
        &[Takes::Text],
        Gives::Bool,
        "末位校验码是否正确（ISO 7064 MOD 11-2，GB 11643 所用）",
        "whether the last character is the right check digit (ISO 7064 MOD 11-2, as in GB 11643)",
        |_, a| Ok(checksum_mod11_2(&text(a, 0)?).into()),
    ),
];

/// Tells whether the last character checks the digits before it, by ISO 7064 MOD 11-2. `X` is ten, at the end only.
fn checksum_mod11_2(text: &str) -> bool {
    let last = text.chars().count().checked_sub(1);
    let sum = text.chars().enumerate().try_fold(0, |sum, (at, c)| {
        let digit = match c {
            'X' if Some(at) == last => 10,
            _ => c.to_digit(10)?,
        };
        Some((sum * 2 + digit) % 11)
    });
    last.is_some_and(|last| last > 0) && sum == Some(1)
}

fn written(text: String) -> Dynamic {
    Dynamic::from(ImmutableString::from(text))
}

pub(super) fn count(count: usize) -> Dynamic {
    Dynamic::from(i64::try_from(count).unwrap_or(i64::MAX))
}
