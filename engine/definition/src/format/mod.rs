//! How a YAML file of definitions is laid out: indentation, blanks, quotes, empty lines; what `xueji fmt` writes.
//!
//! Invariant: says the same as before, comments included, in the same order, or there is no answer; laying out twice gives
//! what laying out once gave.

mod source;
mod writer;

use crate::finding::Finding;
use crate::plain;
use crate::schema::FileKind;
use crate::yaml::{self, Kind, Node, Scalar};
use source::Source;
use writer::Writer;

/// The beginning of the comment that names a schema.
const SCHEMA: &str = "# yaml-language-server:";

/// Why a file was not laid out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// It cannot be read as YAML.
    #[error("the file cannot be read as YAML")]
    Unreadable(Vec<Finding>),
    /// It would not say the same any more; it is left as it is.
    #[error("the file would not say the same, so it is left as it is")]
    NotTheSame,
}

/// Returns the text of a file as it should be laid out. By its path (`workflows/forms/x.yaml`) it is known which schema its
/// first line names; a path of no kind keeps what it has.
///
/// # Errors
/// [`FormatError`]; nothing is to be written then.
pub fn format(path: &str, text: &str) -> Result<String, FormatError> {
    let text =
        text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let tree = tree(path, &text)?;
    let source = Source::new(&text);
    let mut comments = source.comments(&tree);
    let schema = FileKind::of(path).map(|(kind, _)| kind.schema_comment());
    if schema.is_some() {
        comments.retain(|comment| !(comment.own && comment.text.starts_with(SCHEMA)));
    }
    let before: Vec<String> = comments.iter().map(|comment| comment.text.clone()).collect();
    let mut writer = Writer::new(&source, comments);
    writer.root(&tree);
    let mut lines = schema.into_iter().collect::<Vec<String>>();
    let body = writer.out.into_iter().skip_while(String::is_empty);
    lines.extend(body);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let mut out = lines.join("\n");
    out.push('\n');
    let (after, again) = (self::tree(path, &out), Source::new(&out));
    let after = after.map_err(|_| FormatError::NotTheSame)?;
    let kept = again.comments(&after);
    let known = FileKind::of(path).is_some();
    let kept = kept.iter().filter(|c| !(known && c.own && c.text.starts_with(SCHEMA)));
    if same(&tree, &after) && kept.map(|comment| &comment.text).eq(before.iter()) {
        Ok(out)
    } else {
        Err(FormatError::NotTheSame)
    }
}

fn tree(path: &str, text: &str) -> Result<Node, FormatError> {
    match yaml::read(path, text) {
        (Some(tree), findings) if findings.is_empty() => Ok(tree),
        (_, findings) => Err(FormatError::Unreadable(findings)),
    }
}

/// Tells whether two trees say the same, wherever it stands and whatever quotes it is in.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => same_scalar(a, b),
        (Kind::Sequence(a), Kind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((ka, va), (kb, vb))| same_scalar(&ka.scalar, &kb.scalar) && same(va, vb))
        }
        _ => false,
    }
}

fn same_scalar(a: &Scalar, b: &Scalar) -> bool {
    a.text == b.text && plain::read(a) == plain::read(b)
}
