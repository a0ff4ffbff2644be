//! An editor works with `xueji lsp` over standard input and output, as any client of the protocol would: what it types is
//! checked, completed, explained, found, renamed, mended, laid out and drawn.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use xueji_tests::command::binary;
use xueji_tests::tree;

const PROCESS: &str = "workflows/processes/hall-booking.yaml";
const RULES: &str = "rules/hall.rhai";

/// An editor with a folder of its own.
struct Editor {
    folder: tempfile::TempDir,
    server: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
    /// What came by itself.
    notes: Vec<Value>,
}

impl Editor {
    /// Copies the definitions that are sound, and greets the server there.
    fn begin(capabilities: &Value) -> (Self, Value) {
        let folder = tempfile::tempdir().unwrap();
        copy(&tree::root().join("engine/check/fixtures/ok"), folder.path());
        let mut server = Command::new(binary())
            .args(["lsp", "--stdio", "--lang", "en", "--docs", "https://docs.example/codes"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) =
            (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()));
        let mut editor = Self { folder, server, to, from, asked: 0, notes: Vec::new() };
        let root = format!("file://{}", editor.folder.path().display());
        let greeting = json!({"processId": null, "capabilities": capabilities, "workspaceFolders": [{"uri": root, "name": "house"}]});
        let answer = editor.ask("initialize", &greeting);
        editor.tell("initialized", &json!({}));
        (editor, answer)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.path(file).display())
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).unwrap(), 0, "the server ended");
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap()
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Asks, and returns the whole answer.
    fn answer(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.notes.push(message);
        }
    }

    /// Asks, and returns the result.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Waits for the next findings of a file.
    fn findings(&mut self, file: &str) -> Value {
        let uri = json!(self.uri(file));
        let is_it = |note: &Value| {
            note["method"] == "textDocument/publishDiagnostics" && note["params"]["uri"] == uri
        };
        loop {
            if let Some(at) = self.notes.iter().position(is_it) {
                return self.notes.remove(at)["params"]["diagnostics"].clone();
            }
            let message = self.receive();
            self.notes.push(message);
        }
    }

    fn open(&mut self, file: &str) {
        let (uri, text) = (self.uri(file), self.text(file));
        self.tell("textDocument/didOpen", &json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}));
    }

    fn change(&mut self, file: &str, version: i32, range: &Value, text: &str) {
        let uri = self.uri(file);
        let changes = json!([{"range": range, "text": text}]);
        self.tell(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
    }

    fn at(&self, file: &str, piece: &str) -> Value {
        let text = self.text(file);
        let plain = piece.replace('⌶', "");
        assert_eq!(text.matches(&plain).count(), 1, "`{plain}` stands once in {file}");
        let offset = text.find(&plain).unwrap() + piece.find('⌶').unwrap();
        let line = text[..offset].matches('\n').count();
        let column = text[..offset].rsplit('\n').next().unwrap().encode_utf16().count();
        json!({"textDocument": {"uri": self.uri(file)}, "position": {"line": line, "character": column}})
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; one that has ended already cannot be killed.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn range(line: u32, from: u32, to: u32) -> Value {
    json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}})
}

fn line_of(editor: &Editor, file: &str, piece: &str) -> u32 {
    let text = editor.text(file);
    text[..text.find(piece).unwrap()].matches('\n').count() as u32
}

#[test]
fn what_is_typed_is_checked_completed_and_mended() {
    let (mut editor, greeting) =
        Editor::begin(&json!({"general": {"positionEncodings": ["utf-16"]}}));
    assert_eq!(greeting["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(greeting["capabilities"]["textDocumentSync"]["change"], 2);
    editor.open(PROCESS);

    // `cleaning` loses a letter: the finding comes with its place, its help, its code and where that is explained.
    let line = line_of(&editor, PROCESS, "next: {done: cleaning}");
    editor.change(PROCESS, 2, &range(line, 24, 25), "");
    let found = editor.findings(PROCESS);
    let wrong = found
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["message"].as_str().unwrap().contains("cleanin"))
        .unwrap();
    assert_eq!((&wrong["range"], &wrong["severity"]), (&range(line, 17, 24), &json!(1)));
    let link = wrong["codeDescription"]["href"].as_str().unwrap();
    assert_eq!(link, format!("https://docs.example/codes#{}", wrong["code"].as_str().unwrap()));

    // The quick fix writes the letter again.
    let uri = editor.uri(PROCESS);
    let asked = json!({"textDocument": {"uri": uri}, "range": range(line, 20, 20), "context": {"diagnostics": [wrong]}});
    let actions = editor.ask("textDocument/codeAction", &asked);
    let edits = &actions[0]["edit"]["changes"][&uri];
    assert_eq!(edits[0]["newText"], "cleaning");
    assert_eq!(actions[0]["kind"], "quickfix");

    // Typing it by hand does the same: steps are offered, and the finding is taken back.
    let offers = editor.ask(
        "textDocument/completion",
        &json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": 24}}),
    );
    let labels: Vec<&str> = offers["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert!(labels.contains(&"cleaning") && labels.contains(&"start"), "{labels:?}");
    editor.change(PROCESS, 3, &range(line, 24, 24), "g");
    assert_eq!(editor.findings(PROCESS), json!([]));

    // What is closed without saving is forgotten; what changes on the disk is seen.
    editor.change(PROCESS, 4, &range(0, 0, 0), "nonsense: 1\n");
    assert_ne!(editor.findings(PROCESS), json!([]));
    editor.tell("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
    assert_eq!(editor.findings(PROCESS), json!([]));
    std::fs::remove_file(editor.path("workflows/forms/office.yaml")).unwrap();
    let gone = editor.uri("workflows/forms/office.yaml");
    editor.tell("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": gone, "type": 3}]}));
    assert_ne!(editor.findings(PROCESS), json!([]));

    assert_eq!(editor.ask("shutdown", &Value::Null), Value::Null);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.server.wait().unwrap().code(), Some(0));
}

#[test]
fn names_are_explained_found_renamed_and_drawn() {
    let can = json!({
        "general": {"positionEncodings": ["utf-16"]},
        "workspace": {
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["rename"]},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
        },
    });
    let (mut editor, _) = Editor::begin(&can);
    editor.open(PROCESS);

    let rule = editor.at(PROCESS, "rules: [not-in-the-past, few-boo⌶kings]");
    let told = editor.ask("textDocument/hover", &rule);
    let words = told["contents"]["value"].as_str().unwrap();
    assert!(words.contains("预订次数不多 · There are few bookings"), "{words}");
    let there = editor.ask("textDocument/definition", &rule);
    assert_eq!(there[0]["uri"], editor.uri(RULES));
    assert!(
        editor.notes.iter().any(|note| note["method"] == "client/registerCapability"),
        "it watches the folders"
    );

    let mut asked = editor.at(RULES, "fn few_boo⌶kings");
    asked["context"] = json!({"includeDeclaration": true});
    let places = editor.ask("textDocument/references", &asked);
    assert_eq!(places.as_array().unwrap().len(), 2);

    // A rule is renamed in both spellings; a name that is taken is refused with the reason.
    let ready = editor.ask("textDocument/prepareRename", &rule);
    assert_eq!(ready["placeholder"], "few-bookings");
    let mut asked = rule.clone();
    asked["newName"] = json!("not-many");
    let edit = editor.ask("textDocument/rename", &asked);
    let (process, rules) = (editor.uri(PROCESS), editor.uri(RULES));
    assert_eq!(edit["changes"][&process][0]["newText"], "not-many");
    assert_eq!(edit["changes"][&rules][0]["newText"], "not_many");
    asked["newName"] = json!("fee-known");
    let refused = editor.answer("textDocument/rename", &asked);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("there is a rule `fee-known` already"),
        "{refused}"
    );

    // A process takes its file along.
    let mut asked = editor.at(PROCESS, "call: {process: hall-cl⌶eaning");
    asked["newName"] = json!("hall-sweeping");
    let edit = editor.ask("textDocument/rename", &asked);
    let last = edit["documentChanges"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["newUri"]),
        (&json!("rename"), &json!(editor.uri("workflows/processes/hall-sweeping.yaml")))
    );

    // Laid out, in outline, and as a picture.
    let uri = json!({"uri": process});
    let options = json!({"tabSize": 2, "insertSpaces": true});
    assert_eq!(
        editor.ask("textDocument/formatting", &json!({"textDocument": uri, "options": options})),
        json!([])
    );
    editor.change(PROCESS, 2, &range(1, 8, 9), "    ");
    let edits =
        editor.ask("textDocument/formatting", &json!({"textDocument": uri, "options": options}));
    assert_eq!(edits[0]["newText"], editor.text(PROCESS));
    let outline = editor.ask("textDocument/documentSymbol", &json!({"textDocument": uri}));
    assert_eq!(
        (&outline[0]["name"], &outline[0]["detail"]),
        (&json!("hall-booking"), &json!("Booking of the hall"))
    );
    let picture = editor.ask(
        "workspace/executeCommand",
        &json!({"command": "xueji.graph", "arguments": [process]}),
    );
    assert!(
        picture.as_str().unwrap().starts_with("<svg")
            || picture.as_str().unwrap().contains("<svg "),
        "{picture}"
    );

    editor.ask("shutdown", &Value::Null);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.server.wait().unwrap().code(), Some(0));
}

#[test]
fn places_are_counted_in_bytes_for_an_editor_that_likes_them() {
    let (mut editor, greeting) =
        Editor::begin(&json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}}));
    assert_eq!(greeting["capabilities"]["positionEncoding"], "utf-8");
    editor.open(PROCESS);
    let line = line_of(&editor, PROCESS, "title: {zh: 预订礼堂");
    // Behind four Chinese characters of three bytes each.
    editor.change(PROCESS, 2, &range(line, 24, 24), "事项");
    let uri = json!({"uri": editor.uri(PROCESS)});
    let outline = editor.ask("textDocument/documentSymbol", &json!({"textDocument": uri}));
    assert_eq!(outline[0]["detail"], "Booking of the hall");
    let found = editor.ask("workspace/symbol", &json!({"query": "预订礼堂事项"}));
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    editor.ask("shutdown", &Value::Null);
    editor.tell("exit", &Value::Null);
}
