//! Functions of civil dates. There is no clock: today is handed in.

use jiff::civil::Date;
use jiff::{Span, Unit};
use rhai::Dynamic;

use super::{Function, Gives, Takes, arg, int, row, text};
use crate::operand::{Operand, Refusal};

const fn property(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    act: super::Native,
) -> Function {
    Function { name, property: true, takes: &[Takes::Date], gives: Gives::Int, zh, en, act }
}

pub(super) const TABLE: &[Function] = &[
    row(
        "date",
        &[Takes::Text],
        Gives::Date,
        "日期，如 date(\"2026-09-01\")",
        "a date, as in date(\"2026-09-01\")",
        |_, a| {
            let text = text(a, 0)?;
            text.parse::<Date>()
                .map(Dynamic::from)
                .map_err(|_| "the text is no date (YYYY-MM-DD)".into())
        },
    ),
    row(
        "date",
        &[Takes::Int, Takes::Int, Takes::Int],
        Gives::Date,
        "由年、月、日得出的日期",
        "the date of a year, month and day",
        |_, a| {
            let part = |at| Ok::<_, Refusal>(i16::try_from(int(a, at)?).unwrap_or(i16::MAX));
            let small = |n| i8::try_from(n).unwrap_or(i8::MAX);
            Date::new(part(0)?, small(part(1)?), small(part(2)?))
                .map(Dynamic::from)
                .map_err(|_| "there is no such date".into())
        },
    ),
    row(
        "date_of_text",
        &[Takes::Text],
        Gives::Date,
        "由八位数字（20260901）得出的日期；先用 is_date_text 判断",
        "the date of eight digits (20260901); ask is_date_text first",
        |_, a| {
            let date = compact(&text(a, 0)?).ok_or("the text is no date (YYYYMMDD)")?;
            Ok(Dynamic::from(date))
        },
    ),
    row(
        "is_date_text",
        &[Takes::Text],
        Gives::Bool,
        "是否为八位数字的有效日期",
        "whether a text is eight digits that make a date",
        |_, a| Ok(compact(&text(a, 0)?).is_some().into()),
    ),
    property("year", "年", "the year", |_, a| Ok(Dynamic::from(i64::from(date(a, 0)?.year())))),
    property("month", "月", "the month", |_, a| Ok(Dynamic::from(i64::from(date(a, 0)?.month())))),
    property("day", "日", "the day of the month", |_, a| {
        Ok(Dynamic::from(i64::from(date(a, 0)?.day())))
    }),
    property(
        "weekday",
        "星期，一为 1、日为 7",
        "the day of the week, Monday 1 to Sunday 7",
        |_, a| Ok(Dynamic::from(i64::from(date(a, 0)?.weekday().to_monday_one_offset()))),
    ),
    row(
        "add_days",
        &[Takes::Date, Takes::Int],
        Gives::Date,
        "若干天后",
        "so many days later",
        |_, a| later(a, |n| Span::new().try_days(n)),
    ),
    row(
        "add_months",
        &[Takes::Date, Takes::Int],
        Gives::Date,
        "若干月后；无此日则为当月末日",
        "so many months later; the month's last day where it lacks the day",
        |_, a| later(a, |n| Span::new().try_months(n)),
    ),
    row(
        "add_years",
        &[Takes::Date, Takes::Int],
        Gives::Date,
        "若干年后",
        "so many years later",
        |_, a| later(a, |n| Span::new().try_years(n)),
    ),
    row(
        "days_between",
        &[Takes::Date, Takes::Date],
        Gives::Int,
        "从前一日期到后一日期的天数，可为负",
        "days from the first date to the second, negative backwards",
        |_, a| Ok(Dynamic::from(i64::from(between(a, Unit::Day)?.get_days()))),
    ),
    row(
        "months_between",
        &[Takes::Date, Takes::Date],
        Gives::Int,
        "满月数，可为负",
        "whole months from the first date to the second, negative backwards",
        |_, a| Ok(Dynamic::from(i64::from(between(a, Unit::Month)?.get_months()))),
    ),
    row(
        "years_between",
        &[Takes::Date, Takes::Date],
        Gives::Int,
        "满年数，可为负",
        "whole years from the first date to the second, negative backwards",
        |_, a| Ok(Dynamic::from(i64::from(between(a, Unit::Year)?.get_years()))),
    ),
];

fn date(args: &[Dynamic], at: usize) -> Result<Date, Refusal> {
    match Operand::of(arg(args, at)?)? {
        Operand::Date(date) => Ok(date),
        other => Err(format!("expected a date, found {}", other.kind()).into()),
    }
}

fn compact(text: &str) -> Option<Date> {
    let fits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<i16>().ok());
    let small = |n| i8::try_from(n).ok();
    let date = Date::new(number(0..4)?, small(number(4..6)?)?, small(number(6..8)?)?);
    date.ok().filter(|_| fits)
}

fn later(args: &[Dynamic], span: fn(i64) -> Result<Span, jiff::Error>) -> Result<Dynamic, Refusal> {
    let beyond = |_| Refusal::from("the date is out of range");
    let span = span(int(args, 1)?).map_err(beyond)?;
    date(args, 0)?.checked_add(span).map(Dynamic::from).map_err(beyond)
}

fn between(args: &[Dynamic], largest: Unit) -> Result<Span, Refusal> {
    date(args, 0)?
        .until((largest, date(args, 1)?))
        .map_err(|_| "the dates are too far apart".into())
}
