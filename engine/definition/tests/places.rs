//! A place inside a scalar's own text is found in the file, however the scalar is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use xueji_definition::finding::{Finding, Spot};
use xueji_definition::{Places, Text, route, yaml};

const FILE: &str = r#"plain: form.a > 1
quoted: 'it''s form.b'
double: "甲\t\u0041 form.c"
block: |
  first line
    second form.d

  last form.e
folded: >-
  one
  two form.f
many: one
  two form.g
kept: |

  after empty form.h
indicated: |2
    deep form.i
tabled: {list: [a, 'b form.j']}
empty:
last: x
"#;

fn place(spot: Spot) -> (u32, u32, u32, u32) {
    let mut places = Places::default();
    let (tree, findings) = yaml::read("f", FILE);
    assert_eq!(findings, []);
    places.add("f", FILE, tree);
    let at = places.place(&Finding::error("yaml-syntax", "f", spot, Text::new("", "")));
    (at.line, at.column, at.end_line, at.end_column)
}

/// The place in the scalar's own text where `form.` begins.
fn form_in(text: &str) -> (u32, u32) {
    for (line, text) in (1..).zip(text.split('\n')) {
        if let Some(at) = text.find("form.") {
            return (line, u32::try_from(text[..at].chars().count()).unwrap() + 1);
        }
    }
    panic!("no form in {text}");
}

#[test]
fn a_place_inside_a_scalar_is_found_in_every_style() {
    let tree = yaml::read("f", FILE).0.unwrap();
    let keys = ["plain", "quoted", "double", "folded", "many", "kept", "indicated"];
    let marks = ["form.a", "form.b", "form.c", "form.f", "form.g", "form.h", "form.i"];
    for (key, mark) in keys.iter().zip(marks) {
        let yaml::Kind::Scalar(scalar) = &tree.get(key).unwrap().kind else { panic!() };
        let (line, column) = form_in(&scalar.text);
        let (at_line, at_column, ..) = place(Spot::Inside(route![*key], line, column));
        assert_eq!(at(at_line, at_column), mark, "{key}");
    }
    let (line, column, ..) = place(Spot::Inside(route!["block"], 2, 10));
    assert_eq!(at(line, column), "form.d");
    let (line, column, ..) = place(Spot::Inside(route!["block"], 4, 6));
    assert_eq!(at(line, column), "form.e");
    let (line, column, ..) = place(Spot::Inside(route!["tabled", "list", 1], 1, 3));
    assert_eq!(at(line, column), "form.j");
}

fn at(line: u32, column: u32) -> String {
    let text = FILE.lines().nth(line as usize - 1).unwrap();
    text.chars().skip(column as usize - 1).take(6).collect()
}

#[test]
fn keys_and_values_are_told_whole() {
    assert_eq!(place(Spot::Key(route!["plain"])), (1, 1, 1, 6));
    assert_eq!(place(Spot::Value(route!["plain"])), (1, 8, 1, 18));
    assert_eq!(place(Spot::Value(route!["quoted"])), (2, 9, 2, 23));
    assert_eq!(place(Spot::Value(route!["block"])), (5, 3, 8, 14));
    assert_eq!(place(Spot::Value(route!["tabled", "list"])), (19, 16, 19, 31));
    assert_eq!(place(Spot::Value(route!["many"])), (12, 7, 13, 13));
}

#[test]
fn what_is_not_there_is_told_at_the_last_key_that_is() {
    assert_eq!(place(Spot::Value(route!["empty"])), (20, 1, 20, 6));
    assert_eq!(place(Spot::Value(route!["tabled", "none", "deeper"])), (19, 1, 19, 7));
    assert_eq!(place(Spot::Key(route!["nowhere"])), (1, 1, 1, 1));
    assert_eq!(place(Spot::Inside(route!["plain"], 9, 9)), (1, 8, 1, 18));
    assert_eq!(place(Spot::At(7, 3)), (7, 3, 7, 4));
}
