//! What is wrong in the calendar: a window that never opens, days that contradict one another, and the like.
//!
//! Why: a deadline worked out from it would be wrong, or could not be worked out. Broken: `fixtures/broken/calendar`.
//! Mended: as each finding says.

use xueji_calendar::Calendar;
use xueji_definition::finding::{Finding, Key, Severity::Error};
use xueji_definition::{FileKind, Text};

use crate::Check;
use crate::site::{Said, Site};
use crate::world::World;

const FILE: &str = "workflows/calendars.yaml";

/// The keys under which lists stand, so that the next key is a position.
const LISTS: [&str; 8] =
    ["terms", "days-off", "make-up-days", "dates", "yearly", "months", "extra", "without"];

pub(super) const CHECK: Check = Check {
    codes: &[
        (
            "calendar-missing",
            Error,
            "没有日历，算不出任何期限",
            "There is no calendar, so no deadline can be worked out.",
        ),
        ("calendar-time-zone", Error, "时区要写成固定偏移", "The time zone is a fixed offset."),
        ("calendar-year-range", Error, "年份超出范围", "The year is out of range."),
        (
            "calendar-day-off-shape",
            Error,
            "放假日写法不对",
            "A day off is either one date or a range.",
        ),
        ("calendar-range-backwards", Error, "起止颠倒", "A range ends before it begins."),
        ("calendar-other-year", Error, "日期写在别的年份下", "A date stands under another year."),
        ("calendar-day-off-twice", Error, "放假日重复", "A day off is listed twice."),
        ("calendar-make-up-twice", Error, "调休上班日重复", "A make-up day is listed twice."),
        (
            "calendar-make-up-on-weekday",
            Error,
            "调休上班日本来就上班",
            "A make-up day is a working day anyway.",
        ),
        ("calendar-make-up-is-off", Error, "既放假又上班", "A make-up day is a day off, too."),
        ("calendar-term-twice", Error, "学期编号重复", "Two terms have one id."),
        ("calendar-term-start", Error, "学期不从星期一开始", "A term does not begin on a Monday."),
        (
            "calendar-term-size",
            Error,
            "学期序号或周数不对",
            "A term's number or its weeks are wrong.",
        ),
        ("calendar-terms-overlap", Error, "学期重叠", "Two terms overlap."),
        (
            "calendar-window-empty",
            Error,
            "窗口没有写开放时间",
            "A window does not say when it opens.",
        ),
        ("calendar-window-never-opens", Error, "窗口永远不会开放", "A window never opens."),
        (
            "calendar-weeks-beyond-term",
            Error,
            "学期没有这么多周",
            "A window names weeks that a term does not have.",
        ),
        ("calendar-number-range", Error, "数字超出范围", "A number is out of range."),
        ("calendar-day-never", Error, "这个日子永远不会来", "A named day never comes."),
        (
            "calendar-past-month-end-unused",
            Error,
            "past-month-end 用不上",
            "`past-month-end` does nothing here.",
        ),
        ("calendar-date-twice", Error, "日期重复", "A date is listed twice."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    if world.is_broken(FileKind::Calendars) {
        return Vec::new();
    }
    if world.places.tree(FILE).is_none() {
        let needed = !world.definitions.process_files.is_empty();
        let said = Said::error("calendar-missing", "没有日历文件", "there is no calendar file")
            .help(format!("写一个 {FILE}"), format!("write {FILE}"));
        return needed.then(|| Site::file(FILE).at_value(world.places, said)).into_iter().collect();
    }
    let Err(problems) = Calendar::new(world.definitions.calendars.clone()) else {
        return Vec::new();
    };
    let findings = problems.into_iter().map(|problem| {
        let Text { zh, en } = problem.fault.text();
        let said = Said::error(problem.fault.code(), zh, en);
        site(&problem.route).at_value(world.places, said)
    });
    findings.collect()
}

fn site(route: &[String]) -> Site {
    let mut site = Site::file(FILE);
    let mut in_list = false;
    for key in route {
        site = match key.parse::<usize>() {
            Ok(at) if in_list => site.then(Key::Index(at)),
            _ => site.then(key),
        };
        in_list = LISTS.contains(&key.as_str());
    }
    site
}
