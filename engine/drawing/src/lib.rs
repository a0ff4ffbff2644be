//! Pictures of processes for people (SVG, PNG, Mermaid, DOT) and models for other tools (BPMN 2.0, PNML).
//!
//! Invariant: every step and every way out of a step that the resolved process has stands in every format. Drawing is pure:
//! the same definitions give the same bytes. Only [`png`] looks at the machine, for fonts.
//! Must not know: HTTP, cases, the clock. Start reading at [`Chart`] and [`layout`].

pub mod bpmn;
mod chart;
pub mod dot;
pub mod layout;
mod measure;
pub mod mermaid;
pub mod net;
pub mod picture;
pub mod png;
pub mod pnml;
mod scene;
pub mod svg;
mod ways;
mod words;
mod xml;

pub use chart::{Chart, Language};
pub use ways::{Target, Way, Word};
