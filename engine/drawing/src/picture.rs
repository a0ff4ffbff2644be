//! A process as boxes, frames and lines on a plane.
//!
//! Invariant: every step is a box or a group with its id, and every way a line with the ids of its ends.

use crate::layout::{Point, Rect, Size};

/// What a box is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Where a case begins: the applicant's own task.
    Start,
    /// Where a scope begins.
    Entry,
    /// Somebody does something; which role, by its place among the picture's roles.
    Task(usize),
    /// The engine does something.
    Service,
    /// A choice by rule.
    Choice,
    /// Waiting.
    Wait,
    /// Another process.
    Call,
    /// The scope or the case ends.
    End,
    /// Out of the branch, back to the applicant.
    Back,
    /// A step that opens scopes: a frame with a title.
    Group,
    /// One scope of such a step; the flag tells whether its border is drawn.
    Scope(bool),
}

/// A box.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The step's id; for what is no step, what it stands for.
    pub id: String,
    /// What it is.
    pub shape: Shape,
    /// Where it stands.
    pub area: Rect,
    /// What it says, in bold.
    pub title: Vec<String>,
    /// What it says below.
    pub notes: Vec<String>,
    /// How deep it lies in frames, from 0.
    pub depth: usize,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The step it leaves.
    pub from: String,
    /// The step it reaches; `start` for the applicant.
    pub to: String,
    /// Its corners.
    pub points: Vec<Point>,
    /// The words on it.
    pub words: Vec<String>,
    /// Where they stand.
    pub label: Option<Rect>,
    /// A message ends the step before its time.
    pub message: bool,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// How large it is.
    pub size: Size,
    /// The boxes; a frame comes before what is in it.
    pub figures: Vec<Figure>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The titles of the roles that do something, in the order of the steps.
    pub roles: Vec<String>,
}
