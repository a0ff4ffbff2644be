//! The texts that new files begin with.
//!
//! Invariant: laid out as `xueji fmt` would, and complete: each opens with what it is and where its ground is to be written.

use xueji_definition::file::Holder;

use super::{Files, Name};

/// A title in both languages, in quotes.
fn title(zh: &str, en: &str) -> String {
    format!("{{zh: \"{zh}\", en: \"{en}\"}}")
}

fn own_title(name: &Name) -> String {
    title(&name.zh, &name.en)
}

/// A process with one task, and the stories that play all of its ways.
pub(super) fn process(name: &Name, first: &Holder, second: &Holder, day: &str) -> Files {
    let (id, own, zh, en) = (&name.id, own_title(name), &name.zh, &name.en);
    let (starts, answers) = (&first.role, &second.role);
    let process = format!(
        r#"# yaml-language-server: $schema=../schema/process.json
#
# {zh}。依据：（写明文件和条文）。
# {en}. By: (name the regulation and the article).
#
# 走法：申请 → 审核 → 通过，或不通过；退回的改好再交。

process: {id}
title: {own}

# ── 申请 ──────────────────────────────────────────────────────────────────────
start:
  by: {{role: {starts}}}

# ── 步骤 ──────────────────────────────────────────────────────────────────────
steps:
  review:
    title: {{zh: 审核, en: Review}}
    user-task: {{candidates: {{role: {answers}}}, outcomes: [approve, return, reject]}}
    next: {{approve: approved, return: start, reject: rejected}}
  approved: {{title: {{zh: 通过, en: Approved}}, end: approved}}
  rejected: {{title: {{zh: 不通过, en: Rejected}}, end: rejected}}
"#
    );
    let (starter, answerer) = (&first.person, &second.person);
    let scenario = format!(
        r#"# yaml-language-server: $schema=../schema/scenario.json
#
# {zh}的故事：谁在什么时候做什么，结果如何。`xueji test --filter {id}` 来演。
# Stories of {en}: who does what, when, and what is then so.

scenarios: {id}
title: {own}
stories:
  - name: {{zh: 顺利通过, en: It is approved}}
    steps:
      - at: {day}
        by: {starter}
        start: {{process: {id}}}
        expect: {{state: open, tasks: [review]}}
      - by: {answerer}
        complete: {{step: review, outcome: approve}}
        expect: {{state: ended, result: approved}}
  - name: {{zh: 退回改好，仍不通过, en: "It is returned, handed in again, and rejected"}}
    steps:
      - at: {day}
        by: {starter}
        start: {{process: {id}}}
      - by: {answerer}
        complete: {{step: review, outcome: return, opinion: 请写清楚}}
        expect: {{state: open, tasks: [start]}}
      - by: {starter}
        complete: {{step: start, outcome: submit}}
        expect: {{tasks: [review]}}
      - by: {answerer}
        complete: {{step: review, outcome: reject, opinion: 不符合要求}}
        expect: {{state: ended, result: rejected}}
"#
    );
    Files::from([
        (format!("workflows/processes/{id}.yaml"), process),
        (format!("workflows/scenarios/{id}.yaml"), scenario),
    ])
}

/// A rule, and examples that try it both ways.
pub(super) fn rule(name: &Name) -> Files {
    let (id, zh, en) = (&name.id, &name.zh, &name.en);
    let (function, number, own) = (id.replace('-', "_"), id.to_uppercase(), own_title(name));
    let script = format!(
        r#"// {zh}。依据见 @source、@article；数字写在 parameters.yaml，不写在这里。
// {en}. What it rests on stands in @source and @article; numbers stand in parameters.yaml.

/// {zh}
/// {en}
/// @id {number}
/// @effect block
/// @source P
/// @reason zh {{today}}早于{{case.started}}
/// @reason en {{today}} is before {{case.started}}
fn {function}(case, today) {{ today >= case.started }}
"#
    );
    let scenario = format!(
        r#"# yaml-language-server: $schema=../schema/scenario.json
#
# 规则 {id} 的例子：满足的、不满足的、缺数据的。`xueji test --filter {id}` 来试。
# Examples of the rule {id}: satisfied, not satisfied, and with something missing.

scenarios: {id}
title: {own}
examples:
  - {{rule: {id}, given: {{case: {{started: 2026-03-02}}}}, today: 2026-03-02, says: satisfied}}
  - {{rule: {id}, given: {{case: {{started: 2026-03-02}}}}, today: 2026-03-01, says: not-satisfied, reason: 早于}}
  - {{rule: {id}, given: {{}}, today: 2026-03-02, says: not-judged}}
"#
    );
    Files::from([
        (format!("rules/{id}.rhai"), script),
        (format!("workflows/scenarios/{id}.yaml"), scenario),
    ])
}

/// A form with one field.
pub(super) fn form(name: &Name) -> Files {
    let (id, own, zh, en) = (&name.id, own_title(name), &name.zh, &name.en);
    let form = format!(
        r#"# yaml-language-server: $schema=../schema/form.json
#
# {zh}：办理时填写的内容。依据：（写明文件和条文）。
# {en}: what is filled in. By: (name the regulation and the article).

form: {id}
title: {own}
fields:
  statement: {{title: {{zh: 说明, en: Statement}}, type: long-text, required: true, max-length: 500}}
"#
    );
    Files::from([(format!("workflows/forms/{id}.yaml"), form)])
}

/// The files that a folder begins with.
pub(super) fn folder(year: i16) -> Files {
    let organisation = r#"# yaml-language-server: $schema=schema/organisation.json
#
# 单位、角色、人员和谁担任什么角色。sees 写能看到的数据类别，reads 表示能查阅，manages 表示能管理事项。
# Units, roles, people, and who holds which role.

title: {zh: 本单位, en: Our office}
units:
  office: {title: {zh: 办公室, en: Office}}
roles:
  clerk: {title: {zh: 经办人, en: Clerk}}
  head: {title: {zh: 负责人, en: Head}, reads: true, manages: true, administers: true}
people:
  clerk-1: {name: 经办人甲}
  head-1: {name: 负责人甲}
holders:
  - {person: clerk-1, role: clerk}
  - {person: head-1, role: head}
"#;
    let calendars = format!(
        r#"# yaml-language-server: $schema=schema/calendars.json
#
# 工作日、学期或周期、办理窗口。每年的放假和调休照通知写，注明文号。
# Working days, terms and windows. Days off of a year are written from the notice that ordered them.

time-zone: "+08:00"
years:
  {year:04}:
    certain: false
    notice: {{zh: 待写通知文号, en: The notice is yet to be named}}
    days-off: [{{date: {year:04}-01-01, name: {{zh: 元旦, en: New Year's Day}}}}]
    make-up-days: []
"#
    );
    Files::from([
        ("workflows/organisation.yaml".to_owned(), organisation.to_owned()),
        ("workflows/calendars.yaml".to_owned(), calendars),
    ])
}
