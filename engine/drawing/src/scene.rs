//! From a process to a picture: what each box says, how large it is, and what leads where.
//!
//! Invariant: what is drawn comes from [`Chart::ways`] alone.

use xueji_definition::file::Expr;
use xueji_definition::model::{Kind, Period, Step, Wait};

use crate::chart::{Chart, Language, START};
use crate::layout::{Arranged, Edge, Frame, Item, Point, Size, arrange};
use crate::measure::{width, wrap};
use crate::picture::{Figure, Line, Picture, Shape};
use crate::ways::{Target, Word};

/// The size of titles.
pub(crate) const TITLE: f64 = 14.0;
/// The size of all other words in boxes.
pub(crate) const NOTE: f64 = 12.0;
/// From line to line of titles.
pub(crate) const TITLE_LINE: f64 = 19.0;
/// From line to line of other words.
pub(crate) const NOTE_LINE: f64 = 16.0;
/// Above and below the words of a box.
pub(crate) const PAD: f64 = 9.0;
/// The widest that words in a box get.
const BOX: f64 = 168.0;
/// The widest that words on a line get.
const LABEL: f64 = 118.0;

/// What is drawn of a box, before it has a place.
struct Drawn {
    id: String,
    shape: Shape,
    title: Vec<String>,
    notes: Vec<String>,
    inside: Vec<Scene>,
}

/// A scope, ready to be placed.
struct Scene {
    id: String,
    border: bool,
    frame: Frame,
    drawn: Vec<Drawn>,
    /// For each line: where from, where to, its words, and whether it is a message's.
    lines: Vec<(String, String, Vec<String>, bool)>,
}

/// Returns the picture of a process.
#[must_use]
pub(crate) fn picture(chart: &Chart<'_>) -> Picture {
    let mut draft = Draft { chart, roles: Vec::new() };
    let steps = chart.steps(None);
    let scene = draft.scope("", &chart.process.entry, &steps, true);
    let placed = arrange(&scene.frame);
    let size = Size { width: placed.area.width, height: placed.area.height };
    let mut picture = Picture { size, roles: draft.roles, ..Picture::default() };
    put(scene, placed, 0, &mut picture);
    picture
}

fn put(scene: Scene, placed: Arranged, depth: usize, picture: &mut Picture) {
    let items = scene.drawn.into_iter().zip(placed.items).zip(placed.inside);
    for ((drawn, area), inside) in items {
        let Drawn { id, shape, title, notes, inside: scenes } = drawn;
        picture.figures.push(Figure { id, shape, area, title, notes, depth });
        for (scene, placed) in scenes.into_iter().zip(inside) {
            picture.figures.push(Figure {
                id: scene.id.clone(),
                shape: Shape::Scope(scene.border),
                area: placed.area,
                title: Vec::new(),
                notes: Vec::new(),
                depth: depth + 1,
            });
            put(scene, placed, depth + 2, picture);
        }
    }
    for ((from, to, words, message), route) in scene.lines.into_iter().zip(placed.edges) {
        let (points, label) = (route.points, route.label);
        picture.lines.push(Line { from, to, points, words, label, message });
    }
}

struct Draft<'a, 'c> {
    chart: &'c Chart<'a>,
    roles: Vec<String>,
}

impl<'a> Draft<'a, '_> {
    fn scope(&mut self, id: &str, entry: &str, steps: &[&'a Step], own: bool) -> Scene {
        let mut scene = Scene {
            id: id.to_owned(),
            border: steps.len() > 1,
            frame: Frame::default(),
            drawn: Vec::new(),
            lines: Vec::new(),
        };
        if own {
            let title = wrap(self.chart.text(&self.chart.process.title), TITLE, BOX);
            let by = &self.chart.process.start.by;
            let by = std::iter::once(by).chain(&self.chart.process.start.or_by);
            let mut who: Vec<String> = by.map(|by| self.chart.who(by)).collect();
            who.dedup();
            let notes = wrap(&who.join(" / "), NOTE, BOX);
            self.add(&mut scene, START, Shape::Start, title, notes, false);
        } else if steps.len() > 1 {
            self.add(&mut scene, "", Shape::Entry, Vec::new(), Vec::new(), false);
        }
        for step in steps {
            self.step(&mut scene, step);
        }
        // Nothing leads to a step that is alone.
        let from = if own { START } else { "" };
        self.line(&mut scene, from, entry, Vec::new(), false, true);
        for step in steps {
            self.ways(&mut scene, step, own);
        }
        widen(&mut scene.frame);
        scene
    }

    fn add(
        &mut self,
        scene: &mut Scene,
        id: &str,
        shape: Shape,
        title: Vec<String>,
        notes: Vec<String>,
        last: bool,
    ) {
        let size = size(&shape, &title, &notes);
        scene.frame.items.push(Item { size, last, ..Item::default() });
        scene.drawn.push(Drawn { id: id.to_owned(), shape, title, notes, inside: Vec::new() });
    }

    fn step(&mut self, scene: &mut Scene, step: &'a Step) {
        let chart = self.chart;
        let title = wrap(&chart.title(step), TITLE, BOX);
        let mut notes: Vec<String> = Vec::new();
        let shape = match &step.kind {
            Kind::UserTask(task) => {
                let role = chart.role(&task.candidates.role);
                notes.extend(wrap(&chart.who(&task.candidates), NOTE, BOX));
                let known = self.roles.iter().position(|known| *known == role);
                Shape::Task(known.unwrap_or_else(|| {
                    self.roles.push(role);
                    self.roles.len() - 1
                }))
            }
            Kind::ServiceTask { .. } => Shape::Service,
            Kind::Gateway(_) => Shape::Choice,
            Kind::Wait(wait) => {
                notes.extend(self.waits_for(wait).iter().flat_map(|note| wrap(note, NOTE, BOX)));
                Shape::Wait
            }
            Kind::Call(call) => {
                let called = format!("→ {}", chart.called(&call.process));
                notes.extend(wrap(&called, NOTE, BOX));
                Shape::Call
            }
            Kind::End { .. } => {
                notes.extend(chart.result(step).iter().flat_map(|result| wrap(result, NOTE, BOX)));
                Shape::End
            }
            Kind::Parallel { .. } | Kind::ForEach(_) => return self.group(scene, step),
        };
        if let Some(due) = self.due(step) {
            notes.extend(wrap(&due, NOTE, BOX));
        }
        notes.extend(self.answers(step));
        self.add(scene, &step.id, shape, title, notes, matches!(step.kind, Kind::End { .. }));
    }

    /// Returns the answers that leave the branch from a step that is alone in it.
    fn answers(&self, step: &'a Step) -> Vec<String> {
        let answers: Vec<String> = self
            .chart
            .ways(step)
            .iter()
            .filter_map(|way| match way.to {
                Target::Answer(answer) => Some(self.chart.outcome(answer)),
                _ => None,
            })
            .collect();
        if answers.is_empty() {
            return answers;
        }
        wrap(&format!("⇥ {}", answers.join(" / ")), NOTE, BOX)
    }

    fn group(&mut self, scene: &mut Scene, step: &'a Step) {
        let chart = self.chart;
        let how = match &step.kind {
            Kind::ForEach(each) if each.in_turn => chart.say("逐项依次", "for each in turn"),
            Kind::ForEach(_) => chart.say("逐项", "for each"),
            _ => chart.say("并行", "parallel"),
        };
        let mut note = how.to_owned();
        if let Some(join) = chart.join(step) {
            note.push_str(chart.say("：", ": "));
            note.push_str(&join);
        }
        let inside: Vec<Scene> = chart
            .opened(step)
            .iter()
            .map(|(branch, entry, steps)| self.scope(branch, entry, steps, false))
            .collect();
        let title = wrap(chart.text(&step.title), TITLE, 320.0);
        let mut notes = wrap(&note, NOTE, 320.0);
        notes.extend(self.answers(step));
        let words = size(&Shape::Group, &title, &notes);
        scene.frame.items.push(Item {
            size: words,
            last: false,
            inside: inside.iter().map(|scene| scene.frame.clone()).collect(),
            title: words.height,
            ports: None,
        });
        let (id, shape) = (step.id.clone(), Shape::Group);
        scene.drawn.push(Drawn { id, shape, title, notes, inside });
    }

    fn ways(&mut self, scene: &mut Scene, step: &'a Step, own: bool) {
        for (place, (to, ways)) in self.chart.grouped(step).into_iter().enumerate() {
            let message = ways.iter().any(|way| matches!(way.word, Word::Message(_)));
            let to = match to {
                Target::Step(next) => next.to_owned(),
                Target::Start => {
                    let there = scene.drawn.iter().any(|drawn| drawn.id == START);
                    if !own && !there {
                        let title =
                            wrap(self.chart.say("↩ 退回申请人", "↩ to the applicant"), NOTE, BOX);
                        self.add(scene, START, Shape::Back, Vec::new(), title, true);
                    }
                    START.to_owned()
                }
                Target::Answer(_) => continue,
            };
            let label = self.chart.shown(step, &ways);
            let words = if label.is_empty() { Vec::new() } else { wrap(&label, NOTE, LABEL) };
            self.line(scene, &step.id, &to, words, message, place == 0);
        }
        if own && crate::net::returns_below(self.chart, step) {
            let there = scene.lines.iter().any(|line| line.0 == step.id && line.1 == START);
            if !there {
                let words = vec![self.chart.say("退回", "return").to_owned()];
                self.line(scene, &step.id, START, words, false, false);
            }
        }
    }

    fn line(
        &self,
        scene: &mut Scene,
        from: &str,
        to: &str,
        words: Vec<String>,
        message: bool,
        main: bool,
    ) {
        let index = |id: &str| scene.drawn.iter().position(|drawn| drawn.id == id);
        let (Some(start), Some(end)) = (index(from), index(to)) else { return };
        let label = (!words.is_empty()).then(|| Size {
            width: widest(&words, NOTE) + 8.0,
            height: NOTE_LINE * lines(&words) + 2.0,
        });
        scene.frame.edges.push(Edge { from: start, to: end, label, main });
        scene.lines.push((from.to_owned(), to.to_owned(), words, message));
    }

    fn due(&self, step: &Step) -> Option<String> {
        let due = step.due.as_ref()?;
        let chart = self.chart;
        let limit = if let Some(days) = &due.working_days {
            let days = self.amount(days)?;
            format!("{days} {}", chart.say("个工作日", "working days"))
        } else if let Some(days) = &due.days {
            format!("{} {}", self.amount(days)?, chart.say("天", "days"))
        } else {
            return None;
        };
        let said = format!("{}{limit}", chart.say("限 ", "due in "));
        match &due.outcome {
            None => Some(said),
            Some(outcome) => {
                let outcome = chart.outcome(outcome);
                Some(format!("{said}{}{outcome}", chart.say("，逾期即", ", then ")))
            }
        }
    }

    fn waits_for(&self, wait: &Wait) -> Vec<String> {
        let chart = self.chart;
        let mut notes = Vec::new();
        let calendars = &self.chart.definitions.calendars;
        let window = |name: &str| {
            let known = calendars.windows.get(name);
            known.map_or_else(|| name.to_owned(), |window| chart.text(&window.title).to_owned())
        };
        match &wait.period {
            Some(Period::WorkingDays(days)) => notes.extend(
                self.amount(days).map(|n| format!("{n} {}", chart.say("个工作日", "working days"))),
            ),
            Some(Period::Days(days)) => {
                notes.extend(self.amount(days).map(|n| format!("{n} {}", chart.say("天", "days"))));
            }
            Some(Period::Until(_)) => {
                notes.push(chart.say("至表单所定日期", "until a date of the form").to_owned())
            }
            Some(Period::Window(name)) => {
                notes.push(format!("{}{}", chart.say("至开放：", "until open: "), window(name)));
            }
            Some(Period::WindowEnd(name)) => {
                notes.push(format!("{}{}", chart.say("至结束：", "until over: "), window(name)));
            }
            Some(Period::Day(name)) => {
                let known = calendars.days.get(name);
                let title = known.map_or(name.as_str(), |day| chart.text(&day.title));
                notes.push(format!("{}{title}", chart.say("至 ", "until ")));
            }
            None => {}
        }
        if let Some(message) = &wait.message {
            let said = chart.outcome(message);
            // A name that only files know says nothing in Chinese.
            notes.push(match chart.language {
                Language::Zh if said == *message => "等候外来消息".to_owned(),
                _ => format!("{}{said}", chart.say("等消息：", "message: ")),
            });
        }
        notes
    }

    /// Returns a number of days in words: the number, if it is always the same, or what the parameter is called.
    fn amount(&self, expr: &Expr) -> Option<String> {
        let text = expr.0.trim();
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
            return Some(text.to_owned());
        }
        let name = text.strip_prefix("param.")?;
        let known = self.chart.definitions.parameters.parameters.get(name)?;
        match known.values.as_slice() {
            [only] => Some(only.value.0.to_string()),
            _ => Some(self.chart.text(&known.title).to_owned()),
        }
    }
}

/// Makes boxes as wide as the words on the lines that leave them, so that these run straight down.
fn widen(frame: &mut Frame) {
    for (index, item) in frame.items.iter_mut().enumerate() {
        let leaving = frame.edges.iter().filter(|edge| edge.from == index);
        let words: Vec<f64> = leaving.map(|edge| edge.label.map_or(10.0, |l| l.width)).collect();
        let needed = words.iter().map(|width| width + 14.0).sum::<f64>() - 14.0;
        let ends = words.first().zip(words.last()).map_or(0.0, |(a, b)| (a + b) / 2.0 - 20.0);
        if item.inside.is_empty() && words.len() > 1 {
            item.size.width = item.size.width.max((needed - ends).min(BOX * 1.5));
        }
    }
}

fn widest(words: &[String], size: f64) -> f64 {
    words.iter().map(|line| width(line, size)).fold(0.0, f64::max)
}

/// Returns how many lines there are.
pub(crate) fn lines(words: &[String]) -> f64 {
    words.iter().map(|_| 1.0).sum()
}

fn size(shape: &Shape, title: &[String], notes: &[String]) -> Size {
    if *shape == Shape::Entry {
        return Size { width: 14.0, height: 14.0 };
    }
    // Bold is wider.
    let words = (widest(title, TITLE) * 1.06).max(widest(notes, NOTE));
    let beside = match shape {
        Shape::Choice => 44.0,
        Shape::Call | Shape::Wait | Shape::Start | Shape::End => 36.0,
        _ => 28.0,
    };
    let least = if *shape == Shape::Back { 0.0 } else { 84.0 };
    let height = TITLE_LINE * lines(title) + NOTE_LINE * lines(notes) + 2.0 * PAD;
    Size { width: (words + beside).max(least), height }
}

/// Returns where the lines of words of a box stand: the middle of each line.
pub(crate) fn baselines(figure: &Figure) -> (Vec<Point>, Vec<Point>) {
    let words = TITLE_LINE * lines(&figure.title) + NOTE_LINE * lines(&figure.notes);
    let group = figure.shape == Shape::Group;
    let x = if group { figure.area.x + 14.0 } else { figure.area.middle().x };
    let mut y = if group { figure.area.y + PAD } else { figure.area.middle().y - words / 2.0 };
    let mut stack = |line: f64, count: usize| -> Vec<Point> {
        (0..count)
            .map(|_| {
                let at = Point { x, y: y + line / 2.0 };
                y += line;
                at
            })
            .collect()
    };
    (stack(TITLE_LINE, figure.title.len()), stack(NOTE_LINE, figure.notes.len()))
}

impl Chart<'_> {
    /// Returns the process as boxes and lines on a plane.
    #[must_use]
    pub fn picture(&self) -> Picture {
        picture(self)
    }
}
