//! The command line: what it prints, and how it exits.

use std::process::{Command, Output};

use crate::hall::folder;

fn xueji(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueji"));
    command
        .current_dir(folder())
        .args(arguments)
        .env_remove("XUEJI_TOKEN")
        .env_remove("XUEJI_SERVER");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn good_definitions_validate_and_pass_their_scenarios() {
    let validated = xueji(&["validate"]);
    assert_eq!(validated.status.code(), Some(0), "{}", out(&validated));
    let tested = xueji(&["test"]);
    assert_eq!(tested.status.code(), Some(0), "{}", out(&tested));
    assert_eq!(out(&tested).lines().last(), Some("通过 2 个，未通过 0 个"));
    let json = xueji(&["test", "--filter", "few-bookings", "--format", "json"]);
    let results: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 1);
}

#[test]
fn exit_codes_tell_findings_usage_nothing_and_trouble_apart() {
    let other = tempfile::tempdir().unwrap();
    let workflows = other.path().join("workflows");
    std::fs::create_dir(&workflows).unwrap();
    let path = workflows.to_str().unwrap();
    assert_eq!(xueji(&["validate", "--workflows", path]).status.code(), Some(3));
    std::fs::write(workflows.join("codes.yaml"), "lists: [").unwrap();
    let broken = xueji(&["validate", "--workflows", path, "--format", "json"]);
    assert_eq!(broken.status.code(), Some(1));
    let findings: serde_json::Value = serde_json::from_slice(&broken.stdout).unwrap();
    let of_codes = |finding: &serde_json::Value| finding["file"] == "workflows/codes.yaml";
    assert!(findings.as_array().unwrap().iter().any(of_codes), "{findings}");
    assert_eq!(xueji(&["validate", "--colour"]).status.code(), Some(2));
    assert_eq!(xueji(&["test", "--filter", "没有这个"]).status.code(), Some(3));
    let misspelt = xueji(&["simulate", "--process", "hall-boking"]);
    assert_eq!(misspelt.status.code(), Some(2), "{}", err(&misspelt));
    assert_eq!(xueji(&["deploy"]).status.code(), Some(2), "there is no token");
    let away = xueji(&["deploy", "--token", "x", "--server", "http://127.0.0.1:1"]);
    assert_eq!(away.status.code(), Some(4), "{}", err(&away));
    let clock =
        xueji(&["serve", "--clock", "noon", "--data", other.path().join("d").to_str().unwrap()]);
    assert_eq!(clock.status.code(), Some(2), "{}", err(&clock));
}

#[test]
fn a_process_is_drawn() {
    let drawn = xueji(&["graph", "booking"]);
    insta::assert_snapshot!(out(&drawn), @r###"
    flowchart TD
      start(["预订大厅"])
      subgraph s_both ["两方意见（并行）"]
        s_own_head["负责人意见<br/><small>负责人</small>"]
        s_desk_look["前台核对<br/><small>前台</small>"]
      end
      s_written[["出具确认书"]]
      s_paid{{"等候缴费"}}
      s_booked(["已预订<br/><small>booked</small>"])
      s_refused(["未预订<br/><small>未获准</small>"])
      start --> s_both
      s_both -->|"通过"| s_written
      s_both -->|"退回"| start
      s_both -->|"不同意"| s_refused
      s_written --> s_paid
      s_paid -->|"已缴费"| s_booked
      s_paid -->|"逾期失效"| s_refused
    "###);
    let place = tempfile::tempdir().unwrap();
    let (svg, nets) = (place.path().join("a.svg"), place.path().join("nets/"));
    let written = xueji(&["graph", "booking", "--out", svg.to_str().unwrap()]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    assert!(
        std::fs::read_to_string(svg).unwrap().starts_with("<svg"),
        "the ending says what is written"
    );
    let told = xueji(&["graph", "booking", "--format", "pnml", "--out", nets.to_str().unwrap()]);
    assert_eq!(out(&told).lines().count(), 3, "the case's own net and one a branch");
    let missing = xueji(&["graph", "bookin"]);
    assert_eq!(missing.status.code(), Some(2));
    let (before, pdf) = (err(&missing), place.path().join("a.pdf"));
    assert!(before.contains("是否想写 booking"), "{before}");
    let unknown = xueji(&["graph", "booking", "--out", pdf.to_str().unwrap()]);
    assert_eq!(unknown.status.code(), Some(2), "{}", err(&unknown));
    assert!(!pdf.exists(), "what is not known is not written");
    assert!(err(&missing).contains("booking"), "{}", err(&missing));
}

#[test]
fn a_data_folder_takes_tokens_and_tables_without_a_server() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let data = data.to_str().unwrap();
    let made = xueji(&["token", "create", "keeper", "--name", "desk", "--data", data]);
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    assert!(out(&made).starts_with("xj_"));
    let listed = out(&xueji(&["token", "list", "--data", data]));
    assert!(listed.contains("keeper") && !listed.contains(out(&made).trim()), "{listed}");
    let id = listed.split(' ').next().unwrap();
    assert_eq!(xueji(&["token", "revoke", id, "--data", data]).status.code(), Some(0));
    assert_eq!(xueji(&["token", "revoke", id, "--data", data]).status.code(), Some(2));
    let table = place.path().join("guests.csv");
    std::fs::write(&table, "no,name,extra\n1,甲,x\n").unwrap();
    let table = table.to_str().unwrap();
    let faulty = xueji(&["import", "guest", table, "--data", data]);
    assert_eq!(faulty.status.code(), Some(1), "{}", err(&faulty));
    let mapped =
        ["import", "guest", table, "--map", "no=number", "--map", "extra=", "--data", data];
    assert!(out(&xueji(&mapped)).contains("新增 1"));
    assert!(out(&xueji(&mapped)).contains("不变 1"));
    let releases = out(&xueji(&["releases", "--data", data]));
    assert!(releases.starts_with("* #0"), "{releases}");
}

#[test]
fn help_teaches_with_examples() {
    for verb in
        ["serve", "validate", "test", "deploy", "releases", "graph", "schema", "import", "token"]
    {
        let help = out(&xueji(&[verb, "--help"]));
        assert!(help.contains("Examples:"), "{verb}: {help}");
    }
}
