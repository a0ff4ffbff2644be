//! The pictures in `docs/processes/` are those of the shipped processes.
//!
//! After a change of processes or of drawing: `UPDATE_DRAWINGS=1 cargo test -p xueji-drawing shipped`.

use std::fs;
use std::path::Path;

use xueji_definition::read_folder;
use xueji_drawing::{Chart, Language, svg};

use crate::example::Read;

#[test]
fn the_shipped_pictures_are_of_today() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (sources, _) = read_folder(&root.join("workflows"), &root.join("rules")).unwrap();
    let read = Read::new(&sources);
    let mut files: Vec<(String, String)> = Vec::new();
    let mut index = HEAD.to_owned();
    for (id, process) in &read.definitions.processes {
        let language = Language::Zh;
        let chart = Chart { process, definitions: &read.definitions, rules: &read.rules, language };
        files.push((format!("{id}.svg"), svg::svg(&chart)));
        let (title, steps) = (&process.title, process.steps.len());
        index.push_str(&format!(
            "| [{}]({id}.svg)<br>{} | `{id}` | {steps} |\n",
            title.zh, title.en
        ));
    }
    index.push_str(TAIL);
    files.push(("README.md".to_owned(), index));
    let folder = root.join("docs/processes");
    let update = std::env::var_os("UPDATE_DRAWINGS").is_some();
    for (name, text) in &files {
        let path = folder.join(name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, text).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == *text, "{name} is not of today; see this test's first lines");
    }
    for file in fs::read_dir(&folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let known = files.iter().any(|(known, _)| *known == name);
        assert!(known, "{name} is the picture of no process");
    }
}

#[test]
fn a_chinese_picture_says_everything_in_chinese() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (sources, _) = read_folder(&root.join("workflows"), &root.join("rules")).unwrap();
    let read = Read::new(&sources);
    for (id, process) in &read.definitions.processes {
        let language = Language::Zh;
        let chart = Chart { process, definitions: &read.definitions, rules: &read.rules, language };
        let picture = svg::svg(&chart);
        let texts =
            picture.split('>').filter_map(|after| after.split_once('<')).map(|(text, _)| text);
        // Capital letters are abbreviations that Chinese has, too.
        let english =
            |text: &str| text.split(|c: char| !c.is_ascii_lowercase()).any(|word| word.len() > 1);
        let found: Vec<&str> = texts.filter(|text| english(text)).collect();
        assert!(found.is_empty(), "{id}: {found:?}");
    }
}

const HEAD: &str = "# 流程图 · The processes, drawn

每图一个流程，从上到下：黑色是发起，彩色左边条是谁来办（见图下图例），灰色双边框由系统自动办理，黄色六角是按规则选择，虚线蓝框在等时间或消息，深灰是结果；
大框里是同时进行的分支，或逐项重复的步骤；虚线箭头是消息提前结束了这一步。

One picture a process, from top to bottom: who does a step is told by its colour (see the legend below each picture).

| 流程 Process | 名称 id | 步数 Steps |
| --- | --- | --- |
";

const TAIL: &str = "
图由定义画出，不手工修改。改了流程后重画 (drawn from the definitions; draw again after a change):

```sh
UPDATE_DRAWINGS=1 cargo test -p xueji-drawing shipped   # 本页和各图 this page and the pictures
xueji graph <名称> --out 图.svg                         # 也可 .png .mmd .dot .bpmn .pnml，英文加 --lang en
```
";
