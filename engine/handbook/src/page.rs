//! The pages around the processes: head, index, and the block that is signed.
//!
//! Invariant: a page is whole by itself; it names the release that it describes, so that what was signed can be told.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use xueji_definition::model::Process;
use xueji_rules::Certainty;

use crate::{Book, Language};

/// How the pages look, on the screen and in print.
const STYLE: &str = include_str!("style.css");

/// Returns the first page of the site.
pub(crate) fn index(book: &Book<'_>) -> String {
    let body = html! {
        (heading(book))
        ol { @for process in book.definitions.processes.values() {
            li {
                a href={ (process.id) ".html" } { (book.text(&process.title)) }
                @if let Some(about) = &process.about { p.small { (book.text(about)) } }
            }
        } }
        (signatures(book))
    };
    page(book, book.text(&book.definitions.organisation.title), &body)
}

/// Returns the page of a process.
pub(crate) fn of_process(book: &Book<'_>, process: &Process) -> String {
    let body = html! {
        nav { a href="index.html" { (book.say("← 全部流程", "← All processes")) } }
        h1 { (book.text(&process.title)) }
        (book.process(process))
        (signatures(book))
    };
    page(book, book.text(&process.title), &body)
}

/// Returns all of it as one page.
pub(crate) fn whole(book: &Book<'_>) -> String {
    let body = html! {
        (heading(book))
        @for process in book.definitions.processes.values() {
            section id=(process.id) {
                h2 { (book.text(&process.title)) }
                (book.process(process))
            }
        }
        (signatures(book))
    };
    page(book, book.text(&book.definitions.organisation.title), &body)
}

fn heading(book: &Book<'_>) -> Markup {
    html! {
        h1 { (book.text(&book.definitions.organisation.title)) (book.say(" 办事流程手册", ": handbook of processes")) }
        p { (book.say(
            "本手册由流程定义自动生成：谁在什么期限内、依据哪一条、办哪一步。与系统实际执行的完全一致。",
            "Made from the definitions themselves: who does which step, by when, on which ground. It says what the system does.",
        )) }
    }
}

/// What the letters mean by which sources are told.
fn grounds(book: &Book<'_>) -> Markup {
    let letters = Certainty::ALL.iter().map(|(letter, ground)| {
        let words = ground.words();
        format!("{letter} {}", book.text(&words))
    });
    let letters = letters.collect::<Vec<_>>().join(book.say("；", "; "));
    html! { p.source { (book.say("依据的记号：", "How grounds are marked: ")) (letters) (book.say("。", ".")) } }
}

/// Who signs, and what: the release is named by its content, so that not a word can change under a signature.
fn signatures(book: &Book<'_>) -> Markup {
    html! {
        (grounds(book))
        section.sign {
            h3 { (book.say("签批", "Signed off")) }
            p { (book.say("版本（内容哈希）：", "Release (content hash): ")) code { (book.hash) } }
            table { tbody { @for (zh, en) in [("拟定", "Drawn up"), ("审核", "Checked"), ("批准", "Approved")] {
                tr {
                    td { (book.say(zh, en)) }
                    td.line { (book.say("签字", "Signature")) }
                    td.line { (book.say("日期", "Date")) }
                }
            } } }
        }
    }
}

fn page(book: &Book<'_>, title: &str, body: &Markup) -> String {
    let lang = match book.language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    };
    let page = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    page.into_string()
}
