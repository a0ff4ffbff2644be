//! How an editor leaves: it says `shutdown`, hears an answer, and goes with `exit`.

use std::path::Path;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use xueji_editor::server::{Goodbye, Options, serve};

/// Talks with a server as an editor does, until the server has ended.
fn talk(greeting: Value, speak: impl FnOnce(&Connection)) -> Goodbye {
    let ok = Path::new(env!("CARGO_MANIFEST_DIR")).join("../check/fixtures/ok");
    let options = Options {
        workflows: ok.join("workflows"),
        rules: ok.join("rules"),
        language: None,
        pages: None,
        draw: |_| String::new(),
    };
    let (server, editor) = Connection::memory();
    let serving = std::thread::spawn(move || serve(&server, &options));
    ask(&editor, 1, "initialize", greeting);
    tell(&editor, "initialized");
    speak(&editor);
    serving.join().unwrap().unwrap()
}

fn tell(editor: &Connection, method: &str) {
    let notification = Notification::new(method.to_owned(), json!({}));
    editor.sender.send(Message::Notification(notification)).unwrap();
}

fn ask(editor: &Connection, id: i32, method: &str, params: Value) -> Response {
    let request = Request::new(RequestId::from(id), method.to_owned(), params);
    editor.sender.send(Message::Request(request)).unwrap();
    loop {
        if let Message::Response(response) = editor.receiver.recv().unwrap() {
            assert_eq!(response.id, RequestId::from(id));
            return response;
        }
    }
}

#[test]
fn what_is_asked_after_the_goodbye_is_refused_and_the_server_still_ends_well() {
    let left = talk(json!({"capabilities": {}}), |editor| {
        assert!(ask(editor, 2, "shutdown", Value::Null).response_result.is_ok());
        let late = ask(editor, 3, "workspace/symbol", json!({"query": "hall"}));
        assert_eq!(
            late.response_result.map_err(|error| error.code),
            Err(ErrorCode::InvalidRequest as i32)
        );
        tell(editor, "exit");
    });
    assert_eq!(left, Goodbye::Said);
}

#[test]
fn an_editor_that_just_leaves_is_told_apart() {
    let left = talk(json!({"capabilities": {}}), |editor| tell(editor, "exit"));
    assert_eq!(left, Goodbye::Abrupt);
}

#[test]
fn without_a_folder_a_file_that_is_opened_is_said_not_to_be_checked_just_once() {
    talk(json!({"capabilities": {}, "rootUri": null, "locale": "en"}), |editor| {
        for uri in ["file:///elsewhere/a.yaml", "file:///elsewhere/b.yaml"] {
            let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": "a: 1"});
            let opened = Notification::new(
                "textDocument/didOpen".to_owned(),
                json!({"textDocument": document}),
            );
            editor.sender.send(Message::Notification(opened)).unwrap();
        }
        tell(editor, "exit");
        let said: Vec<Value> = editor
            .receiver
            .iter()
            .filter_map(|message| match message {
                Message::Notification(n) if n.method == "window/showMessage" => Some(n.params),
                _ => None,
            })
            .collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0]["message"].as_str().unwrap().starts_with("this file is not checked"));
    });
}

#[test]
fn a_picture_that_cannot_be_drawn_says_what_is_missing() {
    talk(json!({"capabilities": {}, "locale": "en"}), |editor| {
        let refused = |id, arguments: Value| {
            let params = json!({"command": "xueji.graph", "arguments": arguments});
            let answer = ask(editor, id, "workspace/executeCommand", params);
            answer.response_result.unwrap_err().message
        };
        assert!(refused(2, json!([])).contains("give the id of a process"));
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../check/fixtures/ok/rules");
        let rules = format!("file://{}/hall.rhai", rules.display());
        assert!(refused(3, json!([rules])).contains("belongs to no one process"));
        assert!(refused(4, json!(["file:///elsewhere/a.yaml"])).contains("is not below"));
        tell(editor, "exit");
    });
}
