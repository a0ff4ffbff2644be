//! The names in rule files, in expressions, and in templates of papers.
//!
//! Invariant: works on tokens, so that what cannot be compiled yet has its names all the same.

use xueji_definition::Place;
use xueji_rules::ROOTS;
use xueji_rules::layout::{Token, TokenKind, tokens};

use super::kind::Kind;
use super::{FileNames, Mention, Owner, Within};

/// A path from a root, as it is written: `form.day`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain<'t> {
    pub(crate) root: &'t str,
    /// What follows the root, each with line and column in the text that was given.
    pub(crate) parts: Vec<Part<'t>>,
    /// The text that the value is compared with, without quotes.
    pub(crate) compared: Vec<Part<'t>>,
}

/// One word of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'t> {
    pub(crate) text: &'t str,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Returns the paths that a text names.
pub(crate) fn chains(text: &str) -> Vec<Chain<'_>> {
    let all = tokens(text);
    let mut found = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| all.get(at));
        let after_point = before.is_some_and(|token| token.is("."));
        if token.kind == TokenKind::Word && ROOTS.contains(&token.text) && !after_point {
            found.push(chain(token, all.get(at + 1..).unwrap_or_default()));
        }
    }
    found
}

fn chain<'t>(root: &Token<'t>, rest: &[Token<'t>]) -> Chain<'t> {
    let mut chain = Chain { root: root.text, parts: Vec::new(), compared: Vec::new() };
    let mut rest = rest;
    while let [point, word, after @ ..] = rest {
        if !point.is(".") || word.kind != TokenKind::Word {
            break;
        }
        if after.first().is_some_and(|token| token.is("(")) {
            // `form.has("day")` names the field as well as `form.day`.
            if let ("has", Some(said)) = (word.text, after.get(1).and_then(literal)) {
                chain.parts.extend(dotted(said));
            }
            return chain;
        }
        chain.parts.push(Part { text: word.text, line: word.line, column: word.column });
        rest = after;
    }
    chain.compared = match rest {
        [sign, said, ..] if sign.is("==") || sign.is("!=") => literal(said).into_iter().collect(),
        [word, open, items @ ..] if word.is("in") && open.is("[") => {
            items.iter().take_while(|token| !token.is("]")).filter_map(literal).collect()
        }
        _ => Vec::new(),
    };
    chain
}

fn literal<'t>(token: &Token<'t>) -> Option<Part<'t>> {
    let quoted = |quote| token.text.strip_prefix(quote)?.strip_suffix(quote);
    let inner = quoted('"').or_else(|| quoted('\''))?;
    Some(Part { text: inner, line: token.line, column: token.column + 1 })
}

fn dotted(part: Part<'_>) -> impl Iterator<Item = Part<'_>> {
    part.text.split('.').scan(part.column, move |column, text| {
        let own = Part { text, line: part.line, column: *column };
        *column += u32::try_from(text.chars().count()).unwrap_or(0) + 1;
        Some(own)
    })
}

/// Turns line, column and word of a text into a place of the file.
type Placed<'p> = &'p dyn Fn(u32, u32, &str) -> Option<Place>;

/// Returns the mentions in an expression or script.
pub(crate) fn mentions(text: &str, within: &Within, place: Placed<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    if matches!(within.0, Kind::Template | Kind::Notice) {
        found = calls(text, within, place);
    }
    let here = Owner::Of(within.0, within.1.clone());
    for chain in chains(text) {
        let mut add = |kind: Kind, part: Part<'_>, owner: Owner| {
            if let Some(place) = place(part.line, part.column, part.text) {
                let name = part.text.to_owned();
                found.push(Mention {
                    kind,
                    name,
                    place,
                    owner,
                    within: within.clone(),
                    defines: false,
                    route: None,
                });
            }
        };
        let field = match (chain.root, chain.parts.as_slice()) {
            ("form", [papers, paper, ..]) if papers.text == "materials" => {
                add(Kind::Paper, *paper, here.clone());
                None
            }
            ("form", [field, ..]) => Some((Kind::FormField, *field, here.clone())),
            ("subject", [field, ..]) => {
                Some((Kind::RecordField, *field, Owner::Subject(Box::new(here.clone()))))
            }
            ("item", [field, ..]) => {
                Some((Kind::RecordField, *field, Owner::Item(Box::new(here.clone()))))
            }
            ("fact", [fact, ..]) => {
                add(Kind::Fact, *fact, Owner::Global);
                None
            }
            ("param", [first, rest @ ..]) => {
                let name = rest
                    .iter()
                    .fold(first.text.to_owned(), |name, part| format!("{name}.{}", part.text));
                add(Kind::Parameter, Part { text: &name, ..*first }, Owner::Global);
                None
            }
            _ => None,
        };
        if let Some((kind, part, owner)) = field {
            for code in &chain.compared {
                let owner = Owner::Field(kind, part.text.to_owned(), Box::new(owner.clone()));
                add(Kind::Code, *code, owner);
            }
            add(kind, part, owner);
        }
    }
    found
}

/// Returns what the functions of papers and messages name: `code(list, code)` and `label(type, id)`.
fn calls(text: &str, within: &Within, place: Placed<'_>) -> Vec<Mention> {
    let all = tokens(text);
    let mut found = Vec::new();
    for (at, function) in all.iter().enumerate() {
        let kind = match function.text {
            "code" => Kind::Codes,
            "label" => Kind::Record,
            _ => continue,
        };
        let called = all.get(at + 1).is_some_and(|token| token.is("("));
        let Some(name) = all.get(at + 2).filter(|_| called).and_then(literal) else { continue };
        let mut add = |kind: Kind, part: Part<'_>, owner: Owner| {
            let place = place(part.line, part.column, part.text);
            found.extend(place.map(|place| Mention {
                kind,
                name: part.text.to_owned(),
                place,
                owner,
                within: within.clone(),
                defines: false,
                route: None,
            }));
        };
        add(kind, name, Owner::Global);
        let next = all.get(at + 3).is_some_and(|token| token.is(","));
        if let Some(code) =
            all.get(at + 4).filter(|_| next && kind == Kind::Codes).and_then(literal)
        {
            add(Kind::Code, code, Owner::Of(Kind::Codes, name.text.to_owned()));
        }
    }
    found
}

/// Returns what a text that is open at the end names, in a call of one of these functions.
pub(crate) fn call(before: &str) -> Option<(Kind, Owner)> {
    let all = tokens(before);
    match all.as_slice() {
        [.., function, open, _] if open.is("(") => match function.text {
            "code" => Some((Kind::Codes, Owner::Global)),
            "label" => Some((Kind::Record, Owner::Global)),
            _ => None,
        },
        [.., function, open, list, comma, _] if open.is("(") && comma.is(",") => {
            let list = literal(list).filter(|_| function.is("code"))?;
            Some((Kind::Code, Owner::Of(Kind::Codes, list.text.to_owned())))
        }
        _ => None,
    }
}

fn line_place(line: u32, column: u32, text: &str) -> Place {
    let end_column = column + u32::try_from(text.chars().count()).unwrap_or(0);
    Place { line, column, end_line: line, end_column }
}

/// Returns the names in a file of rules.
pub(crate) fn rule_file(path: &str, text: &str) -> FileNames {
    let mut file = FileNames::default();
    file.places.add(path, text, None);
    let all = tokens(text);
    let mut from = 0;
    let own: Within = (Kind::Function, path.to_owned());
    let mut starts: Vec<(usize, Within, Place)> = Vec::new();
    for pair in all.windows(3) {
        let [before, word, name] = pair else { continue };
        let first = word.start == 0 || (before.is("fn") && before.start == 0);
        let (private, name) = match (word.is("fn"), before.is("fn") && first) {
            (true, _) => (before.is("private"), name),
            (_, true) => (false, word),
            _ => continue,
        };
        let place = line_place(name.line, name.column, name.text);
        let within = if private { own.clone() } else { (Kind::Rule, kebab(name.text)) };
        starts.push((doc_start(text, name.start), within, place));
        let (kind, owner) = if private {
            (Kind::Function, Owner::Of(Kind::Function, path.to_owned()))
        } else {
            (Kind::Rule, Owner::Global)
        };
        let shown = if private { name.text.to_owned() } else { kebab(name.text) };
        file.mentions.push(Mention {
            kind,
            name: shown,
            place,
            owner,
            within: own.clone(),
            defines: true,
            route: None,
        });
    }
    let helpers: Vec<String> =
        file.mentions.iter().filter(|m| m.kind == Kind::Function).map(|m| m.name.clone()).collect();
    for pair in all.windows(3) {
        let [before, word, open] = pair else { continue };
        if open.is("(")
            && word.kind == TokenKind::Word
            && !before.is("fn")
            && !before.is(".")
            && helpers.iter().any(|name| name == word.text)
        {
            let place = line_place(word.line, word.column, word.text);
            let owner = Owner::Of(Kind::Function, path.to_owned());
            file.mentions.push(Mention {
                kind: Kind::Function,
                name: word.text.to_owned(),
                place,
                owner,
                within: own.clone(),
                defines: false,
                route: None,
            });
        }
    }
    let ends =
        starts.iter().skip(1).map(|(start, ..)| *start).chain([text.len()]).collect::<Vec<_>>();
    for ((start, within, _), end) in starts.iter().zip(ends) {
        from = from.max(*start);
        let Some(piece) = text.get(from..end) else { continue };
        let line = number(text.get(..from).unwrap_or_default().matches('\n').count());
        let at = |l: u32, c: u32, t: &str| Some(line_place(line + l, c, t));
        file.mentions.extend(mentions(&code_of(piece), within, &at));
        docs(piece, line, within, &mut file);
        from = end;
    }
    file
}

/// Returns the text with its comments as blanks.
fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for token in tokens(text).iter().filter(|token| token.kind == TokenKind::Comment) {
        out.push_str(text.get(done..token.start).unwrap_or_default());
        out.extend(token.text.chars().map(|c| if c == '\n' { c } else { ' ' }));
        done = token.start + token.text.len();
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Returns where the doc comment of a function begins.
fn doc_start(text: &str, name: usize) -> usize {
    let before = text.get(..name).unwrap_or_default();
    let mut start = before.rfind('\n').map_or(0, |at| at + 1);
    while let Some(above) = start.checked_sub(1).and_then(|end| text.get(..end)) {
        let line = above.rfind('\n').map_or(0, |at| at + 1);
        if !above.get(line..).unwrap_or_default().trim_start().starts_with("///") {
            break;
        }
        start = line;
    }
    start
}

/// The names in doc comments: roles, switches, and what stands in braces.
fn docs(piece: &str, line: u32, within: &Within, file: &mut FileNames) {
    for (number, raw) in (line + 1..).zip(piece.lines()) {
        let Some(doc) = raw.trim_start().strip_prefix("///") else { continue };
        let before = self::number(raw.chars().count() - doc.chars().count());
        if let Some(role) = doc.trim_start().strip_prefix("@override-role ") {
            let column = before + self::number(doc.chars().count() - role.chars().count()) + 1;
            let (role, blanks) =
                (role.trim(), self::number(role.chars().take_while(|c| *c == ' ').count()));
            let place = line_place(number, column + blanks, role);
            file.mentions.push(Mention {
                kind: Kind::Role,
                name: role.to_owned(),
                place,
                owner: Owner::Global,
                within: within.clone(),
                defines: false,
                route: None,
            });
        } else if let Some(switch) = doc.trim_start().strip_prefix("@off-by ") {
            let column = before + self::number(doc.chars().count() - switch.chars().count());
            let at = |_, c: u32, t: &str| Some(line_place(number, column + c, t));
            file.mentions.extend(mentions(switch, within, &at));
        } else {
            for (column, inside) in braces(doc) {
                let at = |_, c: u32, t: &str| Some(line_place(number, before + column + c, t));
                file.mentions.extend(mentions(inside, within, &at));
            }
        }
    }
}

/// Returns what stands in braces in a line, each with how many characters stand before it.
pub(crate) fn braces(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let mut done = 0;
    while let Some(open) = text.get(done..).and_then(|rest| rest.find('{')).map(|at| done + at + 1)
    {
        let Some(close) = text.get(open..).and_then(|rest| rest.find('}')).map(|at| open + at)
        else {
            break;
        };
        let before = text.get(..open).unwrap_or_default().chars().count();
        found.push((number(before), text.get(open..close).unwrap_or_default()));
        done = close + 1;
    }
    found
}

/// Returns the names in a template of a paper.
pub(crate) fn template(path: &str, id: &str, text: &str) -> FileNames {
    let mut file = FileNames::default();
    file.places.add(path, text, None);
    let within: Within = (Kind::Template, id.to_owned());
    let place = Place { line: 1, column: 1, end_line: 1, end_column: 1 };
    file.mentions.push(Mention {
        kind: Kind::Template,
        name: id.to_owned(),
        place,
        owner: Owner::Global,
        within: within.clone(),
        defines: true,
        route: None,
    });
    for (line, raw) in (1_u32..).zip(text.lines()) {
        let mut done = 0;
        while let Some(rest) = raw.get(done..) {
            let Some(open) = rest.find("{{").into_iter().chain(rest.find("{%")).min() else {
                break;
            };
            let start = done + open + 2;
            let inner = raw.get(start..).unwrap_or_default();
            let long =
                inner.find("}}").into_iter().chain(inner.find("%}")).min().unwrap_or(inner.len());
            let column = number(raw.get(..start).unwrap_or_default().chars().count());
            let at = |_, c: u32, t: &str| Some(line_place(line, column + c, t));
            file.mentions.extend(mentions(inner.get(..long).unwrap_or_default(), &within, &at));
            done = start + long;
        }
    }
    file
}

pub(crate) fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_with_what_they_are_compared_with() {
        let found = chains(
            "form.kind == \"old\" && subject.state in [\"a\", \"b\"] && form.has(\"materials.plan\") && x.form",
        );
        let shown: Vec<String> = found
            .iter()
            .map(|c| {
                let words =
                    |parts: &[Part<'_>]| parts.iter().map(|p| p.text).collect::<Vec<_>>().join(".");
                format!("{}:{}={}", c.root, words(&c.parts), words(&c.compared))
            })
            .collect();
        assert_eq!(shown, ["form:kind=old", "subject:state=a.b", "form:materials.plan="]);
    }

    #[test]
    fn a_rule_file_names_rules_helpers_roles_and_what_reasons_read() {
        let text = "private fn half(x) { x / 2 }\n/// 标题\n/// @reason zh 共{fact.n}次\n/// @override-role head\nfn few_of(fact) { half(fact.n) < 3 }\n";
        let file = rule_file("rules/a.rhai", text);
        let shown: Vec<String> = file
            .mentions
            .iter()
            .map(|m| {
                format!("{:?} {} {}:{} {}", m.kind, m.name, m.place.line, m.place.column, m.defines)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Function half 1:12 true",
                "Rule few-of 5:4 true",
                "Function half 5:19 false",
                "Fact n 5:29 false",
                "Fact n 3:23 false",
                "Role head 4:20 false"
            ]
        );
    }
}
