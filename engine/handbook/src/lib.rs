//! The definitions as a book that people read and sign: for each process who does what, by when, on which article.
//!
//! Invariant: pure; every word comes from the definitions, so the book of a release says what that release does. A name
//! that nothing explains is shown as it is written. Must not know: files, HTTP, the clock. Start reading at [`Book`].

mod does;
mod expression;
mod page;
mod process;
mod value;
mod who;

use xueji_definition::{Definitions, Text};
pub use xueji_drawing::Language;
use xueji_rules::RuleSet;

/// A book of all processes of a release.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The rules.
    pub rules: &'a RuleSet,
    /// The content hash of the release, 64 hexadecimal digits.
    pub hash: &'a str,
    /// The language.
    pub language: Language,
}

/// One file of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name, such as `booking.html`; `index.html` is the first.
    pub name: String,
    /// Its HTML, whole: nothing is fetched from elsewhere.
    pub html: String,
}

impl<'a> Book<'a> {
    /// Returns the book as a site: an index, and a page for each process.
    #[must_use]
    pub fn site(&self) -> Vec<Page> {
        let mut pages = vec![Page { name: "index.html".to_owned(), html: page::index(self) }];
        pages.extend(self.definitions.processes.values().map(|process| Page {
            name: format!("{}.html", process.id),
            html: page::of_process(self, process),
        }));
        pages
    }

    /// Returns the whole book as one page, made to be printed and signed.
    #[must_use]
    pub fn one_page(&self) -> String {
        page::whole(self)
    }

    /// Returns a text in the book's language.
    pub(crate) fn text<'t>(&self, text: &'t Text) -> &'t str {
        self.say(&text.zh, &text.en)
    }

    /// Returns one of two words, by the book's language.
    pub(crate) fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}
