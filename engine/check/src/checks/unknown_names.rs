//! A name that names nothing: a form, a role, a rule, a notice and so on that no file defines.
//!
//! Why: the case stops where the name is used, perhaps months after it began.
//! Broken: `fixtures/broken/names`. Mended: by the name that was meant, or by defining it.

use xueji_definition::finding::{Finding, Severity::Error};
use xueji_definition::nearest;

use crate::Check;
use crate::site::Said;
use crate::walk::NameKind;
use crate::world::World;

pub(super) const CHECK: Check = Check {
    codes: &[
        ("class-unknown", Error, "没有这类受保护数据", "There is no such class of protected data."),
        ("codes-unknown", Error, "没有这个代码表", "There is no such code list."),
        ("day-unknown", Error, "日历里没有这个日子", "The calendar has no such named day."),
        ("form-unknown", Error, "没有这个表单", "There is no such form."),
        ("materials-unknown", Error, "没有这份材料清单", "There is no such list of papers."),
        ("notice-unknown", Error, "没有这个通知", "There is no such notice."),
        ("parameter-unknown", Error, "没有这个参数", "There is no such parameter."),
        ("person-unknown", Error, "没有这个人", "There is no such person."),
        ("process-unknown", Error, "没有这个流程", "There is no such process."),
        ("query-unknown", Error, "没有这个查询", "There is no such query."),
        ("record-unknown", Error, "没有这种记录", "There is no such record type."),
        ("role-unknown", Error, "没有这个角色", "There is no such role."),
        ("rule-unknown", Error, "没有这条规则", "There is no such rule."),
        ("series-unknown", Error, "没有这个编号系列", "There is no such series of numbers."),
        ("template-unknown", Error, "没有这个文书模板", "There is no such template of a paper."),
        ("unit-unknown", Error, "没有这个单位", "There is no such unit."),
        ("window-unknown", Error, "日历里没有这个窗口", "The calendar has no such window."),
    ],
    run,
};

fn run(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for used in world.walk.names() {
        let (kind, name) = (used.kind, used.name);
        if world.knows(kind, name) || world.may_exist(kind, name) {
            continue;
        }
        // A record can be a person, too: `type:id`.
        if kind == NameKind::Person && name.contains(':') {
            continue;
        }
        // Nobody wrote this name: the engine sends the notice because the deadline says when.
        if kind == NameKind::Notice && used.site.is_key_of_deadline() {
            findings.push(used.site.at_key(world.places, own_notice(world, name)));
            continue;
        }
        let (code, zh, en, file) = words(kind);
        let said =
            Said::error(code, format!("没有{zh} `{name}`"), format!("there is no {en} `{name}`"))
                .help(format!("在 {file} 中定义它"), format!("define it in {file}"))
                .near(name, world.known(kind));
        findings.push(used.site.at_value(world.places, said));
    }
    findings
}

/// Says that a notice is missing which the engine sends of itself.
fn own_notice(world: &World<'_>, name: &str) -> Said {
    let said = Said::error(
        "notice-unknown",
        format!("到时要发通知 `{name}`，没有这个通知"),
        format!("notice `{name}` is sent then, and there is none"),
    );
    match nearest(name, world.known(NameKind::Notice)) {
        Some(near) => said.help(
            format!("workflows/notices.yaml 中的 `{near}` 是否应叫 `{name}`？"),
            format!("should `{near}` in workflows/notices.yaml be called `{name}`?"),
        ),
        None => said.help(
            format!("在 workflows/notices.yaml 的 notices 下写 `{name}:`，有 title 和 text；或去掉这个键"),
            format!("write `{name}:` with title and text under notices in workflows/notices.yaml, or remove this key"),
        ),
    }
}

/// Code, words in both languages, and the file in which such a thing is defined.
fn words(kind: NameKind) -> (&'static str, &'static str, &'static str, &'static str) {
    match kind {
        NameKind::Class => {
            ("class-unknown", "受保护数据类", "class of protected data", "workflows/records.yaml")
        }
        NameKind::Codes => ("codes-unknown", "代码表", "code list", "workflows/codes.yaml"),
        NameKind::Day => ("day-unknown", "命名日", "named day", "workflows/calendars.yaml"),
        NameKind::Form => ("form-unknown", "表单", "form", "workflows/forms/"),
        NameKind::Materials => {
            ("materials-unknown", "材料清单", "list of papers", "workflows/materials/")
        }
        NameKind::Notice => ("notice-unknown", "通知", "notice", "workflows/notices.yaml"),
        NameKind::Parameter => {
            ("parameter-unknown", "参数", "parameter", "workflows/parameters.yaml")
        }
        NameKind::Person => ("person-unknown", "人员", "person", "workflows/organisation.yaml"),
        NameKind::Process => ("process-unknown", "流程", "process", "workflows/processes/"),
        NameKind::Query => ("query-unknown", "查询", "query", "workflows/facts.yaml"),
        NameKind::Record => ("record-unknown", "记录类型", "record type", "workflows/records.yaml"),
        NameKind::Role => ("role-unknown", "角色", "role", "workflows/organisation.yaml"),
        NameKind::Rule => ("rule-unknown", "规则", "rule", "rules/*.rhai"),
        NameKind::Series => ("series-unknown", "编号系列", "series", "workflows/numbering.yaml"),
        NameKind::Template => ("template-unknown", "文书模板", "template", "workflows/documents/"),
        NameKind::Unit => ("unit-unknown", "单位", "unit", "workflows/organisation.yaml"),
        NameKind::Window => ("window-unknown", "窗口", "window", "workflows/calendars.yaml"),
    }
}
