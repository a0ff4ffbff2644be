//! `xueji test --watch`: plays again what a change can touch, and ends well.

use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Command, Stdio};

use crate::hall::folder;

/// Returns what is told until the next change is waited for.
fn told(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let mut told = String::new();
    for line in lines {
        let line = line.unwrap();
        if line.contains("waiting for changes") {
            return told;
        }
        told.push_str(&line);
        told.push('\n');
    }
    panic!("it ended: {told}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_change_is_played_at_once_and_ctrl_c_ends_well() {
    let place = tempfile::tempdir().unwrap();
    copy(&folder(), place.path());
    let mut watching = Command::new(env!("CARGO_BIN_EXE_xueji"))
        .current_dir(place.path())
        .args(["test", "--watch", "--lang", "en"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let first = told(&mut lines);
    assert!(first.contains("0 failed"), "{first}");
    let scenarios = place.path().join("workflows/scenarios/booking.yaml");
    let text = std::fs::read_to_string(&scenarios).unwrap();
    std::fs::write(&scenarios, text.replace("tasks: [], notices", "tasks: [own-head], notices"))
        .unwrap();
    let second = told(&mut lines);
    assert!(second.contains("1 failed"), "{second}");
    assert!(second.contains("workflows/scenarios/booking.yaml:"), "{second}");
    // A file that cannot be read is told, and mended again.
    std::fs::write(&scenarios, "scenarios: [").unwrap();
    let third = told(&mut lines);
    assert!(third.contains("booking.yaml"), "{third}");
    std::fs::write(&scenarios, &text).unwrap();
    assert!(told(&mut lines).contains("0 failed"));
    let interrupt = Command::new("kill").args(["-INT", &watching.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    // Its last words are still listened to.
    assert_eq!(watching.wait().unwrap().code(), Some(0));
    drop(lines);
}
