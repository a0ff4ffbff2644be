//! What keys that must be written are for, in Chinese: the schemas say it in English alone.
//!
//! Invariant: keyed by the English words, so that a changed meaning finds no stale translation; a test knows that none of
//! a required key lacks.

/// English, as the schema says it, and Chinese.
const WORDS: &[(&str, &str)] = &[
    ("How many days after the first day is the window's last day.", "窗口最后一天在第一天之后几天"),
    ("How many days before the first day the window opens.", "窗口在第一天之前几天开放"),
    ("How many weeks it has.", "共几周"),
    ("Its number in that year, from 1.", "在该年中的序号，从 1 起"),
    ("The Monday of its first week.", "第一周的星期一"),
    ("The choices, tried in order.", "各种选择，依次尝试"),
    ("The code lists, by name.", "各代码表，以名称为键"),
    ("The codes, each with its words.", "各代码及其文字"),
    ("The field that is the record's id.", "哪个字段是记录的编号"),
    ("The fields in the order in which they are asked for.", "各字段，按填写的次序"),
    (
        "The fields. Each value is kept with when it holds, when it became known, and its state.",
        "各字段；每个值都记下何时生效、何时得知、状态如何",
    ),
    ("The fields.", "各字段"),
    ("The first day of the month, from 1.", "当月的第一天，从 1 起"),
    ("The first day, month and day: `\"03-01\"`.", "第一天，写月和日：`\"03-01\"`"),
    ("The first day.", "第一天"),
    ("The first week, counted from 1.", "第一周，从 1 数起"),
    ("The form field that it is put into.", "写入表单的哪个字段"),
    (
        "The form of a number: `{part}` is filled in from `parts`, `{serial}` or `{serial:6}` is the running number,",
        "编号的样式：`{部分}` 取自 parts，`{serial}` 或 `{serial:6}` 是流水号",
    ),
    ("The form's id; the same as the file's name.", "表单的编号，与文件名相同"),
    ("The file's id; the same as its name.", "文件的编号，与文件名相同"),
    ("The heading.", "标题"),
    ("The last day, at most 31.", "最后一天，最多 31"),
    ("The last day, month and day: `\"03-31\"`.", "最后一天，写月和日：`\"03-31\"`"),
    ("The last day.", "最后一天"),
    ("The last week.", "最后一周"),
    ("The list's id; the same as the file's name.", "清单的编号，与文件名相同"),
    ("The message.", "消息"),
    ("The message; `{expression}` is filled in from the case.", "通知的话；`{表达式}` 由事项填入"),
    ("The notice (`notices.yaml`).", "哪个通知（`notices.yaml`）"),
    (
        "The notice that ordered the days, or what the assumption rests on.",
        "规定这些日子的通知，或推测的依据",
    ),
    (
        "The notices, by name. `reminder` and `escalation` are what the engine sends of itself.",
        "各通知，以名称为键；`reminder` 和 `escalation` 由引擎自己发",
    ),
    (
        "The offset from UTC that all dates are meant in, for example `\"+08:00\"`.",
        "全部日期所在的时区，例如 `\"+08:00\"`",
    ),
    ("The outcome.", "结果"),
    ("The outcomes that count.", "哪些结果算数"),
    ("The paper's name in forms and rules.", "材料在表单和规则里的名称"),
    (
        "The papers. One that is handed in stands in the form as `materials.<id>`.",
        "各份材料；交上来的在表单里是 `materials.<编号>`",
    ),
    ("The parameter that holds the address.", "存放地址的参数"),
    (
        "The parameters, by dotted name (`publicity.days`); rules read them as `param.publicity.days`.",
        "各参数，名称用点分层（`publicity.days`）；规则里写 `param.publicity.days`",
    ),
    ("The person who is away.", "不在的人"),
    ("The person who stands in.", "代办的人"),
    ("The person's id.", "人员的编号"),
    ("The person's name.", "姓名"),
    ("The process's id; the same as the file's name.", "流程的编号，与文件名相同"),
    ("The process.", "流程"),
    (
        "The query (`facts.yaml`, `queries`) that finds the items.",
        "找出各项的查询（`facts.yaml` 的 queries）",
    ),
    ("The record type.", "记录的种类"),
    ("The record types, by name.", "各种记录，以名称为键"),
    ("The record's id.", "记录的编号"),
    ("The role.", "角色"),
    ("The roles, by name.", "各角色，以名称为键"),
    ("The row's field.", "行的字段"),
    ("The rule.", "规则"),
    ("The series (`numbering.yaml`).", "编号系列（`numbering.yaml`）"),
    ("The series, by name.", "各编号系列，以名称为键"),
    (
        "The shared steps, by name. Those without kind of scope: no `parallel`, `for-each` or `steps`.",
        "各共用步骤，以名称为键；不能是 parallel、for-each 或 steps",
    ),
    ("The step.", "步骤"),
    ("The step; `start` for the applicant's own task.", "步骤；申请人自己的写 `start`"),
    ("The steps; a case begins at the first.", "各步骤；事项从第一个开始"),
    ("The template (`documents/<template>.html`).", "文书模板（`documents/<名称>.html`）"),
    ("The template.", "文书模板"),
    ("The term's id, for example `2026-2027-1`.", "学期的编号，例如 `2026-2027-1`"),
    ("The units, by id.", "各单位，以编号为键"),
    ("The value.", "值"),
    (
        "The values; the last one that holds for the date and cohort is taken.",
        "各个值；取适用于该日期和批次的最后一个",
    ),
    ("The words in Chinese.", "中文"),
    ("The words in English.", "英文"),
    (
        "The year of terms that it belongs to, for example `2026-2027`.",
        "所属的年度，例如 `2026-2027`",
    ),
    ("What becomes of them.", "它们变成什么状态"),
    ("What happens, in a few words.", "发生什么，几个字即可"),
    ("What happens, in order of time.", "按时间先后发生的事"),
    ("What is done for each item: one step, or `steps`.", "对每一项做什么：一个步骤，或 steps"),
    ("What it may answer; the first is the one that goes on.", "可以怎样答复；第一个是往下走的"),
    (
        "What it sees: `subject`, `form`, `item`, `param`, `fact`, `case`, `person`, `today`.",
        "它看到什么：`subject`、`form`、`item`、`param`、`fact`、`case`、`person`、`today`",
    ),
    ("What kind of value it holds.", "存放哪种值"),
    ("What such a record is called.", "这种记录叫什么"),
    ("What the class is called.", "这一类叫什么"),
    ("What the day is called.", "这个日子叫什么"),
    ("What the fact says.", "事实说的是什么"),
    ("What the field is called.", "字段叫什么"),
    ("What the form is called.", "表单叫什么"),
    ("What the holiday is called.", "假日叫什么"),
    ("What the list is called.", "清单叫什么"),
    ("What the number is for.", "为什么取号"),
    ("What the numbers are.", "是什么编号"),
    ("What the organisation is called.", "机构叫什么"),
    ("What the paper is called.", "材料叫什么"),
    ("What the parameter is called.", "参数叫什么"),
    ("What the process is called.", "流程叫什么"),
    ("What the role is called.", "角色叫什么"),
    ("What the rows are.", "是些什么行"),
    ("What the stories are about.", "场景说的是什么"),
    ("What the unit is called.", "单位叫什么"),
    ("What the window is called.", "窗口叫什么"),
    ("What this case has there.", "本事项在那里的值"),
    ("What those see who may not see the value.", "不该看的人看到什么"),
    ("When they apply.", "什么时候适用"),
    ("Where the value comes from: an article, a notice, a practice.", "值的出处：条文、通知或惯例"),
    ("Where they come from.", "从哪里来"),
    ("Where to go when it is satisfied.", "符合时去哪里"),
    ("Where to go when none is satisfied.", "都不符合时去哪里"),
    (
        "Whether the days have been announced; `false` marks an assumption, and every answer that rests on it says so.",
        "日子是否已经公布；`false` 表示推测，由它得出的答案都会注明",
    ),
    ("Who is told.", "通知谁"),
    ("Who may do it.", "谁可以办理"),
    ("Who may start it.", "谁可以发起"),
    (
        "Who starts a case, with what, and when it may not be started.",
        "谁发起，带什么，什么时候不能发起",
    ),
    (
        "Days off and make-up working days, by year. A year that is not here cannot be asked about.",
        "各年的放假和调休；没有写的年份不能问",
    ),
    (
        "claim, release, delegate, transfer, add-signer, recall, remind or copy.",
        "写 claim、release、delegate、transfer、add-signer、recall、remind 或 copy",
    ),
    ("satisfied, not-satisfied or not-judged.", "写 satisfied、not-satisfied 或 not-judged"),
    (
        "satisfied, not-satisfied, not-judged or overridden.",
        "写 satisfied、not-satisfied、not-judged 或 overridden",
    ),
    (
        "withdraw, hold, resume, terminate, reopen or add-item.",
        "写 withdraw、hold、resume、terminate、reopen 或 add-item",
    ),
];

/// Returns what an English description of a key is in Chinese.
#[must_use]
pub fn chinese(english: &str) -> Option<&'static str> {
    let same =
        |words: &&(&str, &str)| words.0.trim_end_matches('.') == english.trim_end_matches('.');
    WORDS.iter().find(same).map(|(_, zh)| *zh)
}

#[cfg(test)]
mod tests {
    use super::chinese;
    use serde_json::Value;

    fn missing(schema: &Value, root: &Value, found: &mut Vec<String>) {
        if let Some(required) = schema.get("required").and_then(Value::as_array) {
            for name in required.iter().filter_map(Value::as_str) {
                let of = schema.pointer(&format!("/properties/{name}"));
                let near = of.and_then(|of| of.get("description"));
                let there = of
                    .and_then(|of| of.get("$ref")?.as_str()?.strip_prefix('#'))
                    .and_then(|path| root.pointer(path)?.get("description"));
                let words = near.or(there).and_then(Value::as_str);
                if let Some(line) = words.and_then(|text| text.lines().next()) {
                    found.extend(chinese(line).is_none().then(|| format!("{name}: {line}")));
                }
            }
        }
        match schema {
            Value::Object(all) => all.values().for_each(|below| missing(below, root, found)),
            Value::Array(all) => all.iter().for_each(|below| missing(below, root, found)),
            _ => {}
        }
    }

    #[test]
    fn what_a_required_key_is_for_is_said_in_chinese_too() {
        let mut found = Vec::new();
        for (_, schema) in crate::schemas() {
            let schema = serde_json::to_value(schema).unwrap_or_default();
            missing(&schema, &schema, &mut found);
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "no Chinese for:\n{}", found.join("\n"));
    }
}
