//! The codes of the findings that reading files can give.
//!
//! Invariant: a code is listed here before anything gives it, and never changes its meaning.

use crate::finding::Severity;
use Severity::{Error, Warning};

/// Code, weight, meaning in Chinese and in English.
pub type CodeDoc = (&'static str, Severity, &'static str, &'static str);

/// Every code of this room, in alphabetical order.
pub const CODES: &[CodeDoc] = &[
    (
        "file-outside",
        Error,
        "链接指向文件夹之外，不读取",
        "A link leads out of the folder and is not followed.",
    ),
    (
        "file-unknown",
        Warning,
        "没有哪一类定义使用这个文件",
        "No kind of definition uses this file.",
    ),
    ("file-unreadable", Error, "文件存在，但无法读取", "The file is there and cannot be read."),
    (
        "findings-cut",
        Error,
        "一个文件的问题太多，只显示前面的",
        "A file has too many findings; only the first are shown.",
    ),
    ("folder-link", Error, "链接指向一个文件夹，不读取", "A link to a folder is not followed."),
    ("folder-too-deep", Error, "文件夹嵌套太深", "Folders are nested too deeply."),
    ("id-file-name", Error, "编号与文件名不同", "The id differs from the file's name."),
    (
        "id-spelling",
        Error,
        "名称的写法不对：流程、步骤、文件用小写字母加 `-`，角色、记录、字段、代码表用小写字母加 `_`",
        "A name is misspelt: processes, steps and files are kebab-case; roles, record types, fields and code lists snake_case.",
    ),
    ("key-missing", Error, "缺少必须写的键", "A key that has to be written is missing."),
    (
        "key-unknown",
        Error,
        "这里没有这个键，多半是写错了",
        "There is no such key here; mostly a misspelling.",
    ),
    (
        "schema-comment-missing",
        Warning,
        "第一行没有写明 schema，编辑器无法检查和补全",
        "The first line names no schema, so editors can neither check nor complete.",
    ),
    (
        "too-many-files",
        Error,
        "文件太多或总量太大",
        "There are too many files, or they are too large together.",
    ),
    (
        "value-kind",
        Error,
        "值的种类不对，例如应当是列表而写了文字",
        "A value is of the wrong kind, such as text where a list is expected.",
    ),
    (
        "value-quote",
        Error,
        "不加引号会被读成别的值，例如 `1e3` 被读成 1000",
        "Without quotes it is read as something else, such as `1e3` as 1000.",
    ),
    ("value-word", Error, "只能写规定的几个词之一", "Only one of a few words may stand here."),
    ("yaml-anchor", Error, "不使用锚点和别名", "Anchors and aliases are not read."),
    (
        "yaml-control-character",
        Error,
        "文件里有不可见的控制字符",
        "There is a control character in the file that nobody sees.",
    ),
    ("yaml-duplicate-key", Error, "同一组里的键重复", "A key stands twice in one group."),
    ("yaml-empty", Error, "文件里没有内容", "There is nothing in the file."),
    ("yaml-encoding", Error, "文件不是 UTF-8 编码", "The file is not encoded in UTF-8."),
    ("yaml-merge-key", Error, "不使用合并键 `<<`", "The merge key `<<` is not read."),
    (
        "yaml-several-documents",
        Error,
        "一个文件里有几份内容",
        "There are several documents in one file.",
    ),
    ("yaml-syntax", Error, "YAML 写法不对", "The text is not YAML."),
    ("yaml-tag", Error, "不使用标签", "Tags are not read."),
    ("yaml-too-deep", Error, "内容嵌套太深", "Lists and groups are nested too deeply."),
    ("yaml-too-large", Error, "文件或内容太大", "The file, or what it holds, is too large."),
];
