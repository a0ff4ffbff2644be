//! Opens what verbs work on: the folders of definitions, and the data folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use xueji_definition::finding::{Finding, Severity};
use xueji_definition::{ReadError, Sources, read_folder};
use xueji_engine::{Clock, Engine, LiveRelease, OpenError, Past, ReleaseBuilder, ReleaseError};
use xueji_store::{Format, SledStore, StoreError};

use super::args::Folders;
use super::{Exit, Trouble, system};

/// Whose data folder it is, and the format of what is kept in it.
pub(super) const FORMAT: Format = Format { application: "xueji", number: 1 };

/// Where in the data folder the store stands.
pub(super) const STORE: &str = "store";
/// Marks a data folder whose clock is not the real one.
const CLOCK: &str = "clock";

/// Reads the definitions.
pub(super) fn sources(folders: &Folders) -> Result<(Sources, Vec<Finding>), Trouble> {
    read_folder(&folders.workflows, &folders.rules).map_err(|error| match error {
        ReadError::NothingToRead { path } => {
            let path = path.display();
            Trouble::new(
                Exit::NothingToRead,
                format!("{path} 中没有定义"),
                format!("there are no definitions in {path}"),
            )
            .hint(
                "在项目目录中运行，或用 --workflows 指明文件夹",
                "run it in the project's folder, or name one with --workflows",
            )
        }
        ReadError::Io { path, source } => {
            let trouble = Trouble::unreadable(&path, &source);
            if !path.is_file() {
                return trouble;
            }
            trouble.hint(
                "--workflows、--rules 各指明一个文件夹",
                "--workflows and --rules each name a folder",
            )
        }
    })
}

/// Returns what makes releases of sources.
pub(super) fn builder() -> ReleaseBuilder {
    Arc::new(|sources: &Sources| {
        let checked = xueji_check::check(sources);
        checked.release.ok_or_else(|| {
            let errors = checked.findings.into_iter();
            errors.filter(|finding| finding.severity == Severity::Error).collect()
        })
    })
}

/// Which clock an engine is driven by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClockKind {
    /// What the data folder had before; the machine's own in a new one.
    AsBefore,
    /// The machine's own.
    Real,
    /// One that starts there, in a data folder where none has shown a later moment, and then runs.
    From(Timestamp),
}

/// Opens a data folder; the definitions seed one in which no release is live.
pub(super) fn open(
    data: &Path,
    seed: Option<Sources>,
    clock: ClockKind,
) -> Result<Engine, Trouble> {
    let is_new = !data.exists();
    fs::create_dir_all(data).map_err(|error| unwritable(data, &error))?;
    let opened = opened(data, seed, clock);
    if opened.is_err() && is_new {
        // A folder that nothing was begun in; why it was not is what is told.
        drop(fs::remove_dir_all(data));
    }
    opened
}

fn opened(data: &Path, seed: Option<Sources>, clock: ClockKind) -> Result<Engine, Trouble> {
    let store = SledStore::open(data.join(STORE), FORMAT).map_err(|error| refused(data, &error))?;
    let clock = chosen(data, clock)?;
    Engine::open(Arc::new(store), builder(), clock, seed).map_err(|error| unopened(&error))
}

/// Tells when a folder is no data folder, before anything would be begun in it.
pub(super) fn there(data: &Path) -> Result<(), Trouble> {
    if data.join(STORE).exists() {
        return Ok(());
    }
    let path = data.display();
    Err(Trouble::new(
        Exit::NothingToRead,
        format!("{path} 不是数据目录"),
        format!("{path} is no data folder"),
    )
    .hint(
        "用 --data 指明数据目录，或用 --server 指明运行中的服务",
        "name a data folder with --data, or a running server with --server",
    ))
}

/// Opens what is past of a data folder; nothing in it changes, and no clock runs.
pub(super) fn past(data: &Path) -> Result<Past, Trouble> {
    there(data)?;
    let store = SledStore::open(data.join(STORE), FORMAT).map_err(|error| refused(data, &error))?;
    Past::open(Arc::new(store), builder()).map_err(|error| unopened(&error))
}

/// Returns the release that was live last.
pub(super) fn live_of(past: &Past) -> Result<LiveRelease, Trouble> {
    let live = past.live().map_err(|error| Trouble::of(Exit::Io, &error))?;
    live.ok_or_else(|| unopened(&OpenError::NothingLive))
}

fn unwritable(data: &Path, error: &io::Error) -> Trouble {
    let path = data.display();
    Trouble::new(
        Exit::Io,
        format!("数据目录 {path} 无法写入：{}", system::in_chinese(error)),
        format!("the data folder {path} cannot be written: {error}"),
    )
}

fn refused(data: &Path, error: &StoreError) -> Trouble {
    let trouble = Trouble::of(Exit::Io, error);
    match error {
        StoreError::Io { source, .. } => {
            let shown = data.display();
            Trouble::new(
                Exit::Io,
                format!("数据目录 {shown} 无法打开：{}", system::in_chinese(source)),
                format!("the data folder {shown} cannot be opened: {source}"),
            )
        }
        StoreError::InUse { .. } => trouble.hint(
            format!("{} 已由另一个进程打开；服务运行时请用 --server 指明其地址", data.display()),
            format!(
                "another process has {}; while a server runs, name its address with --server",
                data.display()
            ),
        ),
        StoreError::Lost { .. } | StoreError::Damaged { .. } | StoreError::Unreadable { .. } => {
            trouble.hint(
                "数据目录保持原样未动；用 xueji recover --to 新目录 把完好的部分存到新目录",
                "the folder was left as it is; xueji recover --to NEW saves what is sound into a new one",
            )
        }
        _ => trouble,
    }
}

fn unopened(error: &OpenError) -> Trouble {
    match error {
        OpenError::NothingLive => Trouble::of(Exit::NothingToRead, error).hint(
            "用 --workflows 指明流程定义的文件夹",
            "name the folder of definitions with --workflows",
        ),
        OpenError::Release(ReleaseError::Unreadable { .. }) => Trouble::of(Exit::Io, error).hint(
            "数据没有改动：用原来那一版程序启动，上线一个新程序也能读的版本，再换程序",
            "nothing was touched: start the former program, deploy what the new one reads, then change over",
        ),
        OpenError::Release(ReleaseError::Broken(_)) => Trouble::of(Exit::Findings, error)
            .hint("运行 xueji validate 查看全部问题", "xueji validate tells all that is wrong"),
        _ => Trouble::of(Exit::Io, error),
    }
}

/// Returns the clock, and marks a data folder whose clock is not the real one, so that it is the same after a restart.
fn chosen(data: &Path, kind: ClockKind) -> Result<Clock, Trouble> {
    let mark: PathBuf = data.join(CLOCK);
    match kind {
        ClockKind::From(start) => {
            fs::write(&mark, format!("{start}\n")).map_err(|error| unwritable(data, &error))?;
            Ok(Clock::running(start))
        }
        ClockKind::Real if mark.exists() => Err(Trouble::new(
            Exit::Usage,
            "该数据目录使用的不是真实时间，不能改回",
            "this data folder has a clock that is not the real one, and cannot go back to it",
        )
        .hint("换一个数据目录：--data", "take another data folder: --data")),
        ClockKind::Real => Ok(Clock::real()),
        ClockKind::AsBefore => match fs::read_to_string(&mark) {
            Ok(start) => start.trim().parse().map(Clock::running).map_err(|_| {
                let path = mark.display();
                Trouble::new(
                    Exit::Io,
                    format!("{path} 的内容无法理解"),
                    format!("{path} is not understood"),
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Clock::real()),
            Err(error) => Err(error.into()),
        },
    }
}
