//! Findings silenced in place, each with its reason: `# xueji: allow CODE — reason` in YAML, `// xueji: allow …` in
//! rules, at the end of the finding's line or on lines of their own above it.
//!
//! Why: an office may know better than a warning, and has to say why, where the next one reads it. Invariant: only a
//! warning is silenced, and only with a reason; a silencing that silences nothing is a finding itself.

use std::collections::HashMap;

use xueji_definition::finding::{Change, Finding, Fix, Severity, Severity::Warning, Spot};
use xueji_definition::{Place, Places, Sources, Text, only_near};

use crate::CodeDoc;

/// The codes of this room.
pub(crate) const CODES: &[CodeDoc] = &[
    ("silence-error", Warning, "错误不能用注释免除", "An error cannot be silenced."),
    ("silence-idle", Warning, "这条免除没有作用", "The comment silences nothing."),
    (
        "silence-unknown",
        Warning,
        "没有这个编号或写法，免除不了",
        "There is no such code, or no such word, to silence with.",
    ),
    (
        "silence-without-reason",
        Warning,
        "免除没有写理由",
        "The comment gives no reason for silencing.",
    ),
];

/// A finding that is not told, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// The finding.
    pub finding: Finding,
    /// The reason.
    pub reason: String,
    /// Where the reason stands.
    pub by: By,
}

/// What silences a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A comment beside it.
    Comment,
    /// A baseline.
    Baseline,
}

/// One code that a comment allows.
struct Allowed<'t> {
    file: &'t str,
    line: u32,
    /// Where the code stands, in characters from 1.
    column: u32,
    code: &'t str,
    reason: &'t str,
    /// The whole comment, with the line if nothing else stands on it.
    comment: Place,
    /// Whether the comment allows nothing else.
    alone: bool,
    /// The line that it speaks of; 0 for the file as a whole.
    about: u32,
    used: bool,
}

impl Allowed<'_> {
    /// Returns where the code stands.
    fn place(&self) -> Place {
        let long = u32::try_from(self.code.chars().count()).unwrap_or(u32::MAX);
        let end_column = self.column.saturating_add(long);
        Place { line: self.line, column: self.column, end_line: self.line, end_column }
    }
}

/// Takes the findings out that are silenced in place, and tells what is wrong with the silencing.
pub(crate) fn apply(
    findings: &mut Vec<Finding>,
    sources: &Sources,
    places: &Places,
    known: &[CodeDoc],
) -> Vec<Silenced> {
    let mut allowed: Vec<Allowed<'_>> = Vec::new();
    for (file, text) in &sources.files {
        let sign = if file.ends_with(".rhai") { "//" } else { "#" };
        if text.contains("xueji") && (file.ends_with(".yaml") || file.ends_with(".rhai")) {
            allowed.extend(within(file, sign, places));
            findings.extend(strangers(file, sign, places));
        }
    }
    if allowed.is_empty() {
        return Vec::new();
    }
    let mut by_place: HashMap<(&str, &str, u32), Vec<usize>> = HashMap::new();
    for (at, one) in allowed.iter().enumerate().filter(|(_, one)| !one.reason.is_empty()) {
        by_place.entry((one.file, one.code, one.about)).or_default().push(at);
    }
    let mut silenced = Vec::new();
    let mut kept = Vec::new();
    for finding in findings.drain(..) {
        let line = if finding.spot == Spot::File { 0 } else { places.place(&finding).line };
        let by = by_place.get(&(finding.file.as_str(), finding.code, line));
        let by = by.filter(|_| finding.severity == Warning).and_then(|by| by.first());
        match by.and_then(|at| allowed.get_mut(*at)) {
            Some(one) => {
                one.used = true;
                let reason = one.reason.to_owned();
                silenced.push(Silenced { finding, reason, by: By::Comment });
            }
            None => kept.push(finding),
        }
    }
    *findings = kept;
    findings.extend(allowed.iter().filter_map(|one| fault(one, known)));
    silenced
}

/// Returns what the comments of a file allow.
fn within<'t>(file: &'t str, sign: &str, places: &'t Places) -> Vec<Allowed<'t>> {
    let mut found: Vec<Allowed<'t>> = Vec::new();
    let mut above = 0;
    let mut begun = false;
    for line in 1_u32.. {
        let Some(text) = places.line_text(file, line) else { break };
        let bare = text.trim_start();
        let only_comment = bare.starts_with(sign) && !bare.starts_with("///");
        let own = parse(file, line, text, sign, only_comment);
        if only_comment {
            // What stands above the first word of a file may speak of the file as a whole, too.
            found.extend(own);
            continue;
        }
        if bare.is_empty() {
            continue;
        }
        for one in found.iter_mut().skip(above) {
            one.about = line;
        }
        if !begun {
            whole_file(&mut found);
        }
        begun = true;
        found.extend(own.into_iter().map(|one| Allowed { about: line, ..one }));
        above = found.len();
    }
    found
}

/// The codes that are told of files as a whole are allowed above everything else in them.
fn whole_file(found: &mut [Allowed<'_>]) {
    for one in found.iter_mut().filter(|one| one.code.starts_with("file-")) {
        one.about = 0;
    }
}

/// Returns the codes that a line's comment allows.
fn parse<'t>(
    file: &'t str,
    line: u32,
    text: &'t str,
    sign: &str,
    only_comment: bool,
) -> Vec<Allowed<'t>> {
    let Some((start, rest)) = comment(text, sign) else { return Vec::new() };
    let end = rest.find(|c: char| !c.is_ascii_lowercase() && !"-,、 ".contains(c));
    let (codes, after) = rest.split_at(end.unwrap_or(rest.len()));
    // A hyphen between words ends the codes, as a dash does.
    let (codes, after) = match codes.find(" -") {
        Some(at) => (codes.get(..at).unwrap_or_default(), rest.get(at..).unwrap_or_default()),
        None => (codes, after),
    };
    let reason = after.trim_start_matches([' ', '-', '–', '—', ':', '：', '，', ',']).trim();
    let mut all = Vec::new();
    for code in codes.split([',', '、', ' ']).filter(|code| !code.is_empty()) {
        let before = text.len() - rest.len() + codes.find(code).unwrap_or(0);
        let column = characters(text.get(..before).unwrap_or_default());
        all.push(Allowed {
            file,
            line,
            column,
            code,
            reason,
            comment: whole(text, line, start, only_comment),
            alone: true,
            about: 0,
            used: false,
        });
    }
    let alone = all.len() == 1;
    all.iter_mut().for_each(|one| one.alone = alone);
    all
}

/// Returns where a line's comment begins, in bytes, and what follows `xueji: allow` in it.
fn comment<'t>(text: &'t str, sign: &str) -> Option<(usize, &'t str)> {
    let (start, word, rest) = said(text, sign)?;
    ALLOW.contains(&word).then_some((start, rest))
}

/// The words that silence, in either language.
const ALLOW: [&str; 2] = ["allow", "允许"];

/// Returns where the comment begins, in bytes, the word behind its `xueji:`, and what follows the word.
fn said<'t>(text: &'t str, sign: &str) -> Option<(usize, &'t str, &'t str)> {
    text.match_indices(sign).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let (word, rest) = word(text.get(at + sign.len()..)?)?;
        before.is_none_or(char::is_whitespace).then_some((at, word, rest))
    })
}

fn word(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_start().strip_prefix("xueji")?.trim_start();
    let rest = rest.strip_prefix([':', '：'])?.trim_start();
    // No space need follow a Chinese word.
    let end = match rest.strip_prefix("允许") {
        Some(after) => rest.len() - after.len(),
        None => {
            rest.find(|c: char| c.is_whitespace() || ":：,，—–".contains(c)).unwrap_or(rest.len())
        }
    };
    let (word, rest) = rest.split_at_checked(end)?;
    Some((word, rest.trim_start_matches([':', '：']).trim_start()))
}

/// Returns a finding for each comment that begins with `xueji:` and a word that is none, or allows nothing by name.
fn strangers<'t>(
    file: &'t str,
    sign: &'t str,
    places: &'t Places,
) -> impl Iterator<Item = Finding> + 't {
    (1_u32..)
        .map_while(move |line| Some((line, places.line_text(file, line)?)))
        .filter_map(move |(line, text)| stranger(file, line, text, sign))
}

fn stranger(file: &str, line: u32, text: &str, sign: &str) -> Option<Finding> {
    let (start, word, rest) = said(text, sign)?;
    let tell = |column, zh: String, en: String| {
        let spot = Spot::At(line, column);
        let finding = Finding::warning("silence-unknown", file, spot, Text::new(zh, en));
        finding.help(Text::new("写成 xueji: allow 编号 — 理由", "write `xueji: allow CODE — why`"))
    };
    if ALLOW.contains(&word) {
        let coded = rest.starts_with(|c: char| c.is_ascii_lowercase());
        let at = characters(text.get(..start)?);
        return (!coded).then(|| {
            let (zh, en) =
                ("没有写编号，这条免除没有作用", "no code is named, so this silences nothing");
            tell(at, zh.to_owned(), en.to_owned())
        });
    }
    let at = start + text.get(start..)?.find([':', '：'])?;
    let at = at + text.get(at..)?.find(word).filter(|_| !word.is_empty()).unwrap_or(0);
    let column = characters(text.get(..at)?);
    let finding = tell(
        column,
        format!("`xueji:` 之后没有 `{word}` 这种写法，这条注释没有作用"),
        format!("behind `xueji:` there is no word `{word}`, so this comment does nothing"),
    );
    let Some(meant) = only_near(word, ["allow"]) else { return Some(finding) };
    let end_column = column.saturating_add(characters(word) - 1);
    Some(finding.near(word, ["allow"]).fix(Fix {
        title: Text::new(format!("改为 `{meant}`"), format!("write `{meant}`")),
        changes: vec![Change::Write {
            file: file.to_owned(),
            place: Place { line, column, end_line: line, end_column },
            text: meant.to_owned(),
        }],
    }))
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX).saturating_add(1)
}

fn whole(text: &str, line: u32, start: usize, only_comment: bool) -> Place {
    if only_comment {
        return Place { line, column: 1, end_line: line.saturating_add(1), end_column: 1 };
    }
    let before = text.get(..start).unwrap_or_default().trim_end();
    Place { line, column: characters(before), end_line: line, end_column: characters(text) }
}

/// Returns what is wrong with a silencing, if anything is.
fn fault(one: &Allowed<'_>, known: &[CodeDoc]) -> Option<Finding> {
    let code = one.code;
    let tell = |name: &'static str, zh: String, en: String| {
        Finding::warning(name, one.file, Spot::At(one.line, one.column), Text::new(zh, en))
    };
    let Some(doc) = known.iter().find(|doc| doc.0 == code) else {
        let finding = tell(
            "silence-unknown",
            format!("没有编号 `{code}`，这条免除没有作用"),
            format!("there is no code `{code}`, so this silences nothing"),
        );
        let all = known.iter().filter(|doc| doc.1 == Warning).map(|doc| doc.0);
        let meant = only_near(code, all.clone());
        let mut finding = finding.near(code, all);
        finding.fix = meant.map(|meant| Fix {
            title: Text::new(format!("改为 `{meant}`"), format!("write `{meant}`")),
            changes: vec![Change::Write {
                file: one.file.to_owned(),
                place: one.place(),
                text: meant.to_owned(),
            }],
        });
        return Some(finding);
    };
    if doc.1 == Severity::Error {
        return Some(
            tell(
                "silence-error",
                format!("`{code}` 是错误，不能免除"),
                format!("`{code}` is an error and cannot be silenced"),
            )
            .help(Text::new("改正它，再删去这条注释", "mend it, then remove this comment")),
        );
    }
    if one.reason.is_empty() {
        return Some(
            tell(
                "silence-without-reason",
                format!("免除 `{code}` 没有写理由"),
                format!("`{code}` is silenced without a reason"),
            )
            .help(Text::new(
                format!("在编号之后写理由：xueji: allow {code} — 为什么"),
                format!("write the reason behind the code: xueji: allow {code} — why"),
            )),
        );
    }
    if one.used {
        return None;
    }
    let mut finding = tell(
        "silence-idle",
        format!("这里没有 `{code}`，这条免除没有作用"),
        format!("there is no `{code}` here, so this silences nothing"),
    )
    .help(Text::new("删去这条注释", "remove the comment"));
    if one.alone {
        finding = finding.fix(Fix {
            title: Text::new("删去这条注释", "remove the comment"),
            changes: vec![Change::Write {
                file: one.file.to_owned(),
                place: one.comment,
                text: String::new(),
            }],
        });
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn a_comment_is_read_in_either_language() {
        let read = |text| comment(text, "#").map(|(at, rest)| (at, rest.to_owned()));
        assert_eq!(read("# xueji: allow a-b — why"), Some((0, "a-b — why".to_owned())));
        assert_eq!(read("x: 1  # xueji：允许 a-b：因为"), Some((6, "a-b：因为".to_owned())));
        assert_eq!(read("x: \"a#xueji: allow a-b\""), None, "no comment begins within a word");
        assert_eq!(read("# yaml-language-server: $schema=x"), None);
        assert_eq!(read("# xueji: alow a-b — why"), None);
    }
}
