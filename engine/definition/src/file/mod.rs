//! The kinds of file an office edits, as serde reads them and as their JSON Schemas describe them.
//!
//! Invariant: these types say what may be written, nothing more. They hold no places and no resolved names; what they
//! mean together is [`crate::model`]'s, and whether names in them exist is for the check room.

mod codes;
mod effect;
mod expr;
mod facts;
mod form;
mod materials;
mod notices;
mod numbering;
mod organisation;
mod parameters;
mod process;
mod records;
mod scenario;
mod step;
mod types;

pub use codes::{CodeEntry, CodeList, CodesFile};
pub use effect::{
    CreateEffect, DocumentEffect, Effect, EffectState, NoticeEffect, NumberEffect, SendEffect,
    SetEffect, SettleEffect, SettledState, WebhookEffect,
};
pub use expr::{Expr, Literal};
pub use facts::{CalendarFact, Condition, Fact, FactsFile, Give, Query, RankBy, Source};
pub use form::{Field, FieldKind, FormFile};
pub use materials::{MaterialItem, MaterialKind, MaterialsFile};
pub use notices::{Notice, NoticesFile};
pub use numbering::{NumberingFile, Series};
pub use organisation::{
    Holder, NoteRule, OrganisationFile, Person, RecordRef, ReleaseRule, Role, Substitute, Unit,
};
pub use parameters::{DatedValue, Parameter, ParametersFile, TakenAt};
pub use process::{Act, Candidates, Case, Due, ProcessFile, Start};
pub use records::{DataClass, Mask, RecordType, RecordsFile};
pub use scenario::{
    CompleteAct, Example, ExampleWord, Expectation, ExpectedDocument, ExpectedVerdict, GivenRecord,
    InstanceAct, MessageAct, PutRecord, Scenario, ScenarioFile, ScenarioStep, StartAct, TaskAct,
    VerdictWord,
};
pub use step::{
    Call, Choice, ForEach, Gateway, Join, JoinWhen, SharedStepsFile, Step, UserTask, Wait,
};
