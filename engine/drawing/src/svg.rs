//! Pictures as SVG: for pages, print and the wall.
//!
//! Invariant: readable without colours, scripts and fonts of its own; on a dark page too, for it brings its ground along. The title
//! and description say for those who listen what is drawn.

use crate::chart::Chart;
use crate::layout::{Point, Rect};
use crate::measure::{width, wrap};
use crate::picture::{Figure, Line, Picture, Shape};
use crate::scene::{NOTE, NOTE_LINE, TITLE, baselines, lines};
use crate::xml::{Xml, number};

/// Fonts with Chinese characters of the usual systems, then whatever there is.
pub(crate) const FONTS: &str = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','Source Han Sans CN','PingFang SC','Microsoft YaHei',\
    'WenQuanYi Micro Hei','WenQuanYi Zen Hei',sans-serif";

const INK: &str = "#1f2937";
const FAINT: &str = "#4b5563";
const LINE: &str = "#475569";
const GROUND: &str = "#ffffff";

/// Each tells a role; white on it and it on white have a contrast of at least 4.5.
const ROLES: [&str; 10] = [
    "#1d4ed8", "#b45309", "#047857", "#7c3aed", "#be123c", "#0e7490", "#4d7c0f", "#a21caf",
    "#78350f", "#334155",
];

const MARGIN: f64 = 20.0;
/// From one entry of the legend to the next.
const ENTRY: f64 = 22.0;

/// Returns a process as SVG.
#[must_use]
pub fn svg(chart: &Chart<'_>) -> String {
    let picture = chart.picture();
    let mut page = Page { chart, xml: Xml::default() };
    let legend = page.legend_entries(&picture);
    let head = page.head(picture.size.width.max(560.0));
    let inner = picture.size.width.max(560.0);
    let (rows, columns) = legend_rows(&legend, inner);
    let top = head.1 + 14.0;
    let height = top + picture.size.height + 26.0 + rows * ENTRY + 8.0;
    let (w, h) = (inner + 2.0 * MARGIN, height + 2.0 * MARGIN);
    let title = chart.text(&chart.process.title).to_owned();
    page.open(w, h, &title, &picture);
    page.words(&head.0);
    let left = MARGIN + (inner - picture.size.width) / 2.0;
    page.xml.open(
        "g",
        &[("transform", &format!("translate({} {})", number(left), number(MARGIN + top)))],
    );
    page.picture(&picture);
    page.xml.close();
    page.legend(&legend, columns, MARGIN + top + picture.size.height + 26.0);
    page.xml.finish()
}

/// Returns the colour of a role.
pub(crate) fn colour(role: usize) -> &'static str {
    ROLES.get(role % ROLES.len()).copied().unwrap_or(INK)
}

fn legend_rows(legend: &[(Shape, String)], inner: f64) -> (f64, f64) {
    let widest = legend.iter().map(|(_, words)| width(words, NOTE)).fold(0.0, f64::max) + 58.0;
    let columns = (inner / widest).floor().max(1.0);
    ((lines_of(legend) / columns).ceil(), columns)
}

fn lines_of<T>(entries: &[T]) -> f64 {
    entries.iter().map(|_| 1.0).sum()
}

/// Words of the head: where, how large, how heavy, in which colour.
type Head = Vec<(f64, f64, &'static str, &'static str, String)>;

struct Page<'a, 'c> {
    chart: &'c Chart<'a>,
    xml: Xml,
}

impl Page<'_, '_> {
    fn head(&self, inner: f64) -> (Head, f64) {
        let mut y = 24.0;
        let mut head =
            vec![(y, 22.0, "bold", INK, self.chart.text(&self.chart.process.title).to_owned())];
        if let Some(about) = &self.chart.process.about {
            y += 8.0;
            for line in wrap(self.chart.text(about), 13.0, inner) {
                y += 19.0;
                head.push((y, 13.0, "normal", FAINT, line));
            }
        }
        (head, y)
    }

    fn open(&mut self, w: f64, h: f64, title: &str, picture: &Picture) {
        let (w, h) = (number(w), number(h));
        self.xml.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("width", &w),
                ("height", &h),
                ("viewBox", &format!("0 0 {w} {h}")),
                ("role", "img"),
                ("aria-labelledby", "title desc"),
                ("lang", self.chart.say("zh-CN", "en")),
                ("font-family", FONTS),
            ],
        );
        let steps = self.chart.process.steps.len();
        let roles = picture.roles.join(self.chart.say("、", ", "));
        self.xml.text("title", &[("id", "title")], title);
        let desc = match self.chart.language {
            crate::Language::Zh => format!("流程图：{title}，共 {steps} 步，由{roles}办理。"),
            crate::Language::En => format!("Flow chart: {title}, {steps} steps, done by {roles}."),
        };
        self.xml.text("desc", &[("id", "desc")], &desc);
        self.xml.open("defs", &[]);
        self.xml.open(
            "marker",
            &[
                ("id", "arrow"),
                ("viewBox", "0 0 10 10"),
                ("refX", "9"),
                ("refY", "5"),
                ("markerWidth", "7"),
                ("markerHeight", "7"),
                ("orient", "auto"),
            ],
        );
        self.xml.empty("path", &[("d", "M0 1L9 5L0 9z"), ("fill", LINE)]);
        self.xml.close();
        self.xml.close();
        self.xml.empty("rect", &[("width", &w), ("height", &h), ("rx", "8"), ("fill", GROUND)]);
    }

    fn words(&mut self, head: &Head) {
        for (y, size, weight, fill, words) in head {
            let (x, y, size) = (number(MARGIN), number(MARGIN + y), number(*size));
            let at: [(&str, &str); 5] = [
                ("x", &x),
                ("y", &y),
                ("font-size", &size),
                ("font-weight", weight),
                ("fill", fill),
            ];
            self.xml.text("text", &at, words);
        }
    }

    fn picture(&mut self, picture: &Picture) {
        for figure in &picture.figures {
            let frame = matches!(figure.shape, Shape::Group | Shape::Scope(_));
            if frame {
                self.figure(figure);
            }
        }
        for line in &picture.lines {
            self.line(line);
        }
        for figure in &picture.figures {
            if !matches!(figure.shape, Shape::Group | Shape::Scope(_)) {
                self.figure(figure);
            }
        }
        for line in &picture.lines {
            self.label(line);
        }
    }

    fn figure(&mut self, figure: &Figure) {
        let id = if figure.id.is_empty() { "entry" } else { &figure.id };
        self.xml.open("g", &[("data-step", id)]);
        self.outline(&figure.shape, &figure.area, figure.depth);
        let (titles, notes) = baselines(figure);
        let anchor = if figure.shape == Shape::Group { "start" } else { "middle" };
        let ink = match figure.shape {
            Shape::End | Shape::Start => GROUND,
            _ => INK,
        };
        for (at, words) in titles.iter().zip(&figure.title) {
            self.text(at, TITLE, "bold", ink, anchor, words);
        }
        let faint = match figure.shape {
            Shape::End | Shape::Start => "#e5e7eb",
            Shape::Task(role) => colour(role),
            _ => FAINT,
        };
        for (at, words) in notes.iter().zip(&figure.notes) {
            self.text(at, NOTE, "normal", faint, anchor, words);
        }
        self.xml.close();
    }

    fn text(&mut self, at: &Point, size: f64, weight: &str, fill: &str, anchor: &str, words: &str) {
        // The middle of a line of Chinese lies about a third of its size above its base.
        let (x, y, size) = (number(at.x), number(at.y + size * 0.36), number(size));
        let mut attributes: Vec<(&str, &str)> =
            vec![("x", &x), ("y", &y), ("font-size", &size), ("fill", fill)];
        if weight != "normal" {
            attributes.push(("font-weight", weight));
        }
        if anchor != "start" {
            attributes.push(("text-anchor", anchor));
        }
        self.xml.text("text", &attributes, words);
    }

    fn outline(&mut self, shape: &Shape, area: &Rect, depth: usize) {
        match shape {
            Shape::Start => self.rect(area, area.height / 2.0, "#0f172a", "#0f172a", &[]),
            Shape::End => self.rect(area, area.height / 2.0, "#334155", "#334155", &[]),
            Shape::Entry => self.rect(area, area.height / 2.0, INK, INK, &[]),
            Shape::Task(role) => {
                let colour = colour(*role);
                self.rect(area, 6.0, "#ffffff", colour, &[("stroke-width", "1.5")]);
                let bar = Rect { width: 6.0, ..*area };
                self.rect(&bar, 3.0, colour, colour, &[]);
            }
            Shape::Service => {
                self.rect(area, 2.0, "#f1f5f9", "#94a3b8", &[]);
                for x in [area.x + 5.0, area.right() - 5.0] {
                    let d = format!("M{} {}V{}", number(x), number(area.y), number(area.bottom()));
                    self.xml.empty("path", &[("d", &d), ("stroke", "#94a3b8")]);
                }
            }
            Shape::Choice => {
                let cut = 16.0_f64.min(area.width / 4.0);
                self.polygon(
                    &[
                        (area.x + cut, area.y),
                        (area.right() - cut, area.y),
                        (area.right(), area.middle().y),
                        (area.right() - cut, area.bottom()),
                        (area.x + cut, area.bottom()),
                        (area.x, area.middle().y),
                    ],
                    "#fef9c3",
                    "#a16207",
                );
            }
            Shape::Wait => {
                self.rect(
                    area,
                    area.height / 2.0,
                    "#e0f2fe",
                    "#0369a1",
                    &[("stroke-dasharray", "5 3")],
                );
            }
            Shape::Call => self.polygon(
                &[
                    (area.x + 10.0, area.y),
                    (area.right(), area.y),
                    (area.right() - 10.0, area.bottom()),
                    (area.x, area.bottom()),
                ],
                "#f3e8ff",
                "#7e22ce",
            ),
            Shape::Back => self.rect(
                area,
                area.height / 2.0,
                "#ffffff",
                "#64748b",
                &[("stroke-dasharray", "2 2")],
            ),
            Shape::Group => {
                let fill = if (depth / 2).is_multiple_of(2) { "#f8fafc" } else { "#f1f5f9" };
                self.rect(area, 8.0, fill, "#94a3b8", &[]);
            }
            Shape::Scope(true) => {
                self.rect(area, 6.0, "#ffffff", "#cbd5e1", &[("stroke-dasharray", "6 4")]);
            }
            Shape::Scope(false) => {}
        }
    }

    fn rect(&mut self, area: &Rect, round: f64, fill: &str, stroke: &str, more: &[(&str, &str)]) {
        let round = round.min(area.width / 2.0).min(area.height / 2.0).min(18.0);
        let (x, y) = (number(area.x), number(area.y));
        let (w, h, r) = (number(area.width), number(area.height), number(round));
        let mut attributes: Vec<(&str, &str)> = vec![
            ("x", &x),
            ("y", &y),
            ("width", &w),
            ("height", &h),
            ("rx", &r),
            ("fill", fill),
            ("stroke", stroke),
        ];
        attributes.extend_from_slice(more);
        self.xml.empty("rect", &attributes);
    }

    fn polygon(&mut self, corners: &[(f64, f64)], fill: &str, stroke: &str) {
        let points: Vec<String> =
            corners.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let points = points.join(" ");
        let attributes: [(&str, &str); 4] =
            [("points", &points), ("fill", fill), ("stroke", stroke), ("stroke-linejoin", "round")];
        self.xml.empty("polygon", &attributes);
    }

    fn line(&mut self, line: &Line) {
        let d = path(&line.points);
        let mut attributes: Vec<(&str, &str)> = vec![
            ("d", &d),
            ("fill", "none"),
            ("stroke", LINE),
            ("stroke-width", "1.4"),
            ("marker-end", "url(#arrow)"),
            ("data-from", &line.from),
            ("data-to", &line.to),
        ];
        if line.message {
            attributes.push(("stroke-dasharray", "5 4"));
        }
        self.xml.empty("path", &attributes);
    }

    fn label(&mut self, line: &Line) {
        let Some(area) = &line.label else { return };
        let (x, y) = (number(area.x), number(area.y));
        let (w, h) = (number(area.width), number(area.height));
        self.xml.empty(
            "rect",
            &[
                ("x", &x),
                ("y", &y),
                ("width", &w),
                ("height", &h),
                ("rx", "3"),
                ("fill", GROUND),
                ("fill-opacity", "0.92"),
            ],
        );
        let mut at = Point {
            x: area.middle().x,
            y: area.middle().y - NOTE_LINE * (lines(&line.words) - 1.0) / 2.0,
        };
        for words in &line.words {
            self.text(&at, NOTE, "normal", INK, "middle", words);
            at.y += NOTE_LINE;
        }
    }

    fn legend_entries(&self, picture: &Picture) -> Vec<(Shape, String)> {
        let roles = picture.roles.iter().enumerate();
        let mut entries: Vec<(Shape, String)> =
            roles.map(|(role, title)| (Shape::Task(role), title.clone())).collect();
        let kinds = [
            (Shape::Service, "系统自动办理", "done by the engine"),
            (Shape::Choice, "按规则选择", "choice by rule"),
            (Shape::Wait, "等待时间或消息", "waits for a time or a message"),
            (Shape::Call, "调用另一流程", "another process"),
            (Shape::Back, "退回申请人", "back to the applicant"),
            (Shape::End, "结果", "result"),
        ];
        for (shape, zh, en) in kinds {
            if picture.figures.iter().any(|figure| figure.shape == shape) {
                entries.push((shape, self.chart.say(zh, en).to_owned()));
            }
        }
        entries
    }

    fn legend(&mut self, entries: &[(Shape, String)], columns: f64, top: f64) {
        let widest = entries.iter().map(|(_, words)| width(words, NOTE)).fold(0.0, f64::max) + 58.0;
        self.xml.open("g", &[("aria-label", self.chart.say("图例", "legend"))]);
        let (mut column, mut y) = (0.0, top);
        for (shape, words) in entries {
            let x = MARGIN + column * widest;
            let area = Rect { x, y, width: 28.0, height: 16.0 };
            self.outline(shape, &area, 0);
            let at = Point { x: x + 36.0, y: y + 8.0 };
            self.text(&at, NOTE, "normal", INK, "start", words);
            column += 1.0;
            if column >= columns {
                (column, y) = (0.0, y + ENTRY);
            }
        }
        self.xml.close();
    }
}

/// Returns a line with its corners rounded.
fn path(points: &[Point]) -> String {
    let mut d = String::new();
    for (index, point) in points.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| points.get(at));
        let after = points.get(index + 1);
        match (before, after) {
            (None, _) => d.push_str(&format!("M{} {}", number(point.x), number(point.y))),
            (Some(_), None) => d.push_str(&format!("L{} {}", number(point.x), number(point.y))),
            (Some(before), Some(after)) => {
                let (a, b) = (toward(point, before), toward(point, after));
                d.push_str(&format!(
                    "L{} {}Q{} {} {} {}",
                    number(a.x),
                    number(a.y),
                    number(point.x),
                    number(point.y),
                    number(b.x),
                    number(b.y)
                ));
            }
        }
    }
    d
}

/// Returns the point a little way from a corner to the next.
fn toward(from: &Point, to: &Point) -> Point {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy);
    if length < 0.01 {
        return *from;
    }
    let step = (length / 2.0).min(5.0) / length;
    Point { x: from.x + dx * step, y: from.y + dy * step }
}
