//! Fields of fields: of a group, and of the rows of a table.
//!
//! Invariant: what is offered stands under `fields` of the field that is written before, however deep.

use std::collections::BTreeSet;

use lsp_types::CompletionItemKind;
use xueji_definition::Text;
use xueji_definition::yaml::{Kind as Node_, Node};
use xueji_rules::functions::Takes;

use crate::complete::{Offer, field_owner, plain};
use crate::hover;
use crate::names::{Index, Kind, Owner};
use crate::workspace::Workspace;

impl Workspace {
    /// The fields below a path of fields. Of a table there are some only where its rows are meant.
    pub(crate) fn fields_below<S: AsRef<str>>(
        &self,
        index: &Index<'_>,
        (kind, owner): (Kind, &Owner),
        path: &[S],
        of_rows: bool,
    ) -> Vec<Offer> {
        let fields = self.fields_at(index, (kind, owner), path).into_iter().filter_map(|field| {
            let is_rows = field.get("type").and_then(hover::words) == Some("table");
            field.get("fields").filter(|_| of_rows || !is_rows)
        });
        let mut offers: Vec<Offer> = Vec::new();
        for (name, field) in fields.flat_map(entries) {
            if !offers.iter().any(|offer| offer.name == *name) {
                let title = field.get("title").and_then(hover::both).unwrap_or_default();
                let said = self.language.say(&title).to_owned();
                let more = more(&title);
                offers.push(Offer { more, ..plain(name, CompletionItemKind::FIELD, &said) });
            }
        }
        offers
    }

    /// Where the field that a path leads to is written: in each file that has one.
    fn fields_at<S: AsRef<str>>(
        &self,
        index: &Index<'_>,
        (kind, owner): (Kind, &Owner),
        path: &[S],
    ) -> Vec<&Node> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let owners = index.candidates(kind, owner);
        let known = index.known(kind, &owners).into_iter();
        let known = known.filter(|(_, mention)| mention.name == first.as_ref());
        let fields = known.filter_map(|(file, mention)| {
            let tree = self.names_of(file)?.places.tree(file)?;
            let field = hover::node(tree, mention.route.as_ref()?)?;
            rest.iter().try_fold(field, |field, name| field.get("fields")?.get(name.as_ref()))
        });
        fields.collect()
    }

    /// What functions take the value of a path, as far as the files say of what type it is.
    pub(crate) fn taken_by(
        &self,
        index: &Index<'_>,
        parts: &[&str],
        here: &Owner,
    ) -> Option<&'static [Takes]> {
        let field = match parts {
            ["today"] => return Some(&[Takes::Date]),
            ["param", name @ ..] => {
                let owners = BTreeSet::from([String::new()]);
                let name = name.join(".");
                let mut known = index.known(Kind::Parameter, &owners).into_iter();
                let (file, mention) = known.find(|(_, mention)| mention.name == name)?;
                hover::node(self.names_of(file)?.places.tree(file)?, mention.route.as_ref()?)?
            }
            [root, path @ ..] => {
                let (kind, owner) = field_owner(root, here)?;
                let fields = self.fields_at(index, (kind, &owner), path);
                let (first, others) = fields.split_first()?;
                let same = |other: &&Node| takes(other) == takes(first);
                others.iter().all(same).then_some(*first)?
            }
            [] => return None,
        };
        takes(field)
    }
}

/// What functions take the values of a field.
fn takes(field: &Node) -> Option<&'static [Takes]> {
    if field.get("many").and_then(hover::words) == Some("true") {
        return Some(&[Takes::List]);
    }
    Some(match field.get("type").and_then(hover::words)? {
        "text" | "long-text" | "code" | "record" | "file" => &[Takes::Text],
        "number" => &[Takes::Int, Takes::Number],
        "decimal" | "money" => &[Takes::Number],
        "date" => &[Takes::Date],
        "flag" => &[],
        "table" => &[Takes::List],
        "group" => &[Takes::Group],
        _ => return None,
    })
}

fn entries(fields: &Node) -> impl Iterator<Item = (&String, &Node)> {
    let entries = match &fields.kind {
        Node_::Mapping(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(key, value)| (&key.scalar.text, value))
}

fn more(title: &Text) -> Option<String> {
    (!title.zh.is_empty()).then(|| format!("{} · {}", title.zh, title.en))
}

/// Returns the list whose element a function calls by that name: of `form.rows.all(|row| row.`, `form.rows`.
pub(crate) fn list_of<'t>(before: &'t str, element: &str) -> Option<&'t str> {
    let (list, _) = before.rsplit_once(&format!("(|{element}|"))?;
    let (list, _) = list.rsplit_once('.')?;
    let start = list.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    list.get(
        start.map_or(0, |at| {
            at + list.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8)
        })..,
    )
}

#[cfg(test)]
mod tests {
    use super::list_of;

    #[test]
    fn an_element_is_of_the_list_before_the_function() {
        assert_eq!(list_of("x && form.rows.all(|row| row.", "row"), Some("form.rows"));
        assert_eq!(list_of("（form.a.b.sum(|r| r.", "r"), Some("form.a.b"));
        assert_eq!(list_of("form.rows.all(|row| row.", "other"), None);
    }
}
