//! How an editor leaves: it says `shutdown`, hears an answer, and goes with `exit`.

use std::path::Path;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use xueji_editor::server::{Options, serve};

/// Talks with a server as an editor does, until the server has ended.
fn talk(speak: impl FnOnce(&Connection)) {
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
    ask(&editor, 1, "initialize", json!({"capabilities": {}}));
    tell(&editor, "initialized");
    speak(&editor);
    serving.join().unwrap().unwrap();
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
    talk(|editor| {
        assert!(ask(editor, 2, "shutdown", Value::Null).response_result.is_ok());
        let late = ask(editor, 3, "workspace/symbol", json!({"query": "hall"}));
        assert_eq!(
            late.response_result.map_err(|error| error.code),
            Err(ErrorCode::InvalidRequest as i32)
        );
        tell(editor, "exit");
    });
}
