//! What people get wrong on the command line is told with what it is and what to do, ends as design says, and leaves
//! nothing behind.

use std::collections::BTreeSet;

use tempfile::TempDir;

use crate::hall;
use crate::validate::{code, copy, err, in_language, out};

/// A line, how it ends, and words of what is then said.
type Line<'a> = (&'a str, i32, &'a [&'a str]);

fn hall() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&hall::folder(), folder.path());
    folder
}

fn check(lines: &[Line<'_>]) {
    let folder = hall();
    let files = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let before = files();
    for (line, exit, words) in lines {
        let arguments: Vec<&str> = line.split(' ').collect();
        let told = in_language(&folder, &arguments, &[("XUEJI_LANG", "en")]);
        let said = err(&told);
        assert_eq!(code(&told), Some(*exit), "{line}: {said}{}", out(&told));
        for word in *words {
            assert!(said.contains(word), "{line}: {word}: {said}");
        }
        assert_eq!(files(), before, "{line} leaves something");
    }
}

#[test]
fn a_misspelt_name_is_told_with_the_near_one() {
    check(&[
        ("graph bookin", 2, &["`bookin`", "did you mean `booking`?"]),
        ("simulate bookin", 2, &["did you mean `booking`?"]),
        ("simulate booking --work own-hed=1m", 2, &["`own-hed`", "did you mean `own-head`?"]),
        ("explain step-unreachble", 2, &["did you mean `step-unreachable`?"]),
        ("rules diff rules rules --rule few-bokings", 2, &["did you mean `few-bookings`?"]),
        ("test --filter bokking", 3, &["--filter bokking", "did you mean `booking`?"]),
        ("validate --strct", 2, &["--strict"]),
        ("test --watch --format json", 2, &["--watch", "--format"]),
        ("validate --fix --baseline none.json", 3, &["none.json", "--write-baseline"]),
    ]);
}

#[test]
fn a_folder_that_is_not_the_one_meant_is_named() {
    check(&[
        ("validate --workflows rules", 3, &["no definitions in rules", "--workflows"]),
        (
            "validate --workflows workflows/codes.yaml",
            4,
            &["workflows/codes.yaml", "name a folder"],
        ),
        ("rules list --rules nowhere", 3, &["no rules in nowhere", "--rules"]),
        ("releases --data nowhere", 3, &["nowhere is no data folder", "--data"]),
        ("token list --data nowhere", 3, &["nowhere is no data folder"]),
        ("recover --data nowhere --to new", 3, &["nowhere is no data folder"]),
        ("token create keeper --data nowhere --workflows none", 3, &["--workflows"]),
        ("serve --data nowhere --workflows none", 3, &["--workflows"]),
        ("fmt rules", 4, &["rules cannot be read", "name files"]),
    ]);
}

#[test]
fn a_file_that_is_not_there_or_holds_something_else_is_named() {
    check(&[
        ("migrate none.json --instances all --reason x", 3, &["none.json", "xueji plan --out"]),
        (
            "migrate workflows/codes.yaml --instances all --reason x",
            2,
            &["workflows/codes.yaml is no plan\n", "xueji plan --out"],
        ),
        ("import guest none.csv", 3, &["none.csv cannot be read"]),
        ("graph booking --out picture.pdf", 2, &[".pdf", "--format"]),
        ("graph booking --out none/a.svg", 4, &["none/a.svg cannot be written"]),
        ("schema --out workflows/codes.yaml", 4, &["workflows/codes.yaml cannot be written"]),
        ("export --format xes --out logs --since 2026-02-01 --until 2026-01-01", 2, &["--until"]),
    ]);
}

#[test]
fn a_table_of_another_type_or_encoding_is_told_as_such() {
    let folder = hall();
    std::fs::write(folder.path().join("g.csv"), "number,name\n1,x\n").unwrap();
    std::fs::write(folder.path().join("gbk.csv"), b"number,name\n1,\xcd\xf5\n").unwrap();
    let told = |line: &[&str]| in_language(&folder, line, &[("XUEJI_LANG", "en")]);
    let misspelt = told(&["import", "gest", "g.csv"]);
    assert_eq!(code(&misspelt), Some(2), "{}", err(&misspelt));
    assert!(err(&misspelt).contains("did you mean `guest`?"), "{}", err(&misspelt));
    let foreign = told(&["import", "guest", "gbk.csv"]);
    assert_eq!(code(&foreign), Some(1));
    assert!(err(&foreign).contains("not UTF-8 from line 2 on"), "{}", err(&foreign));
    let late = told(&["token", "create", "keeper", "--expires", "2020-01-01T00:00:00Z"]);
    assert_eq!((code(&late), out(&late).as_str()), (Some(2), ""), "no secret is shown");
    assert!(err(&late).contains("expired already"), "{}", err(&late));
    let nobody = told(&["token", "create", "keepr"]);
    assert_eq!(code(&nobody), Some(2));
    assert!(err(&nobody).contains("did you mean `keeper`?"), "{}", err(&nobody));
}

#[test]
fn what_needs_a_server_or_would_be_there_twice_is_told_at_once() {
    check(&[
        ("releases approve abc", 2, &["a running server", "--server"]),
        ("new rule few-bookings", 2, &["rules/booking.rhai", "nothing was written"]),
        ("new process booking", 2, &["workflows/processes/booking.yaml"]),
    ]);
}

#[test]
fn what_cannot_be_written_whole_is_not_begun() {
    let folder = hall();
    // Where the second file of a new rule would go stands a file, so that its folder cannot be made.
    let scenarios = folder.path().join("workflows/scenarios");
    std::fs::remove_dir_all(&scenarios).unwrap();
    std::fs::write(&scenarios, "").unwrap();
    let told = in_language(&folder, &["new", "rule", "quiet-hours"], &[("XUEJI_LANG", "en")]);
    assert_eq!((code(&told), out(&told).as_str()), (Some(4), ""), "{}", err(&told));
    assert!(err(&told).contains("workflows/scenarios/quiet-hours.yaml cannot be written"));
    assert!(!folder.path().join("rules/quiet-hours.rhai").exists());
}
