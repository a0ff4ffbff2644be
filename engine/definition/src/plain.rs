//! How the typed reading (serde_yaml 0.9) takes a scalar without quotes.
//!
//! Invariant: agrees with serde_yaml on every text; a property test holds the two together. `01`, `no`, `yes`,
//! `12:30:00` and dates are text for it.

use crate::yaml::{Scalar, Style};

/// What a scalar is for the typed reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A whole number beyond all bounds, or a number with a fraction or exponent, `.inf` and `.nan`.
    Float,
    /// Text.
    Text,
}

/// Returns how a scalar is read where any kind of value may stand.
#[must_use]
pub fn read(scalar: &Scalar) -> Read {
    if scalar.style == Style::Plain { plain(&scalar.text) } else { Read::Text }
}

/// Returns how text without quotes is read where any kind of value may stand.
#[must_use]
pub fn plain(text: &str) -> Read {
    match text.as_bytes().first() {
        None => Read::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        Some(_) => word(text),
    }
}

fn word(text: &str) -> Read {
    match text {
        "null" | "Null" | "NULL" | "~" => Read::Null,
        "true" | "True" | "TRUE" => Read::Bool(true),
        "false" | "False" | "FALSE" => Read::Bool(false),
        _ => Read::Text,
    }
}

fn number(text: &str) -> Read {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Read::Float;
        }
        ".nan" | ".NaN" | ".NAN" => return Read::Float,
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return Read::Text;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            if rest.starts_with(['+', '-']) {
                return Read::Text;
            }
            return match i128::from_str_radix(&format!("{sign}{rest}"), radix) {
                Ok(number) => Read::Int(number),
                Err(_) => Read::Text,
            };
        }
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Read::Text;
    }
    if let Ok(number) = format!("{sign}{digits}").parse::<i128>() {
        return Read::Int(number);
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Read::Float,
        _ => Read::Text,
    }
}

/// Tells whether a number is written so that every reader takes it for the same exact number: `-12`, `12.50`; not
/// `1e3`, `0x1F`, `+5`, `.5`, `.inf`, and no more digits than a reader of decimals keeps.
#[must_use]
pub fn is_clear_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let leads = whole.len() > 1 && whole.starts_with('0');
    let bounds =
        if digits.contains('.') { digits.len() <= 16 } else { text.parse::<i64>().is_ok() };
    all_digits(whole) && all_digits(fraction) && !leads && bounds
}
