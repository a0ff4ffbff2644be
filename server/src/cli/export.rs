//! `xueji export`: event logs for process mining.
//!
//! Invariant: without `--personal`, no id, no name and no words of anybody are in what is written; the salt of the pseudonyms
//! is made for this one export and kept nowhere. An export that fails leaves nothing, and what stood there before.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::Value as Json;
use xueji_engine::export::{CaseLog, Ocel, Persons, Span, Xes, page};
use xueji_engine::queries::Paging;
use xueji_runtime::people;

use super::args::{DataFolder, Lang, Server};
use super::house;
use super::known;
use super::remote::Remote;
use super::system::named;
use super::{Exit, Io, Trouble};
use crate::api::logs::NAMING;
use crate::api::secret;

/// Cases asked for at a time.
const STRIDE: usize = 100;

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// XES 2.0, a folder with a file a net; or OCEL 2.0 as JSON, one file
    #[arg(long, value_enum)]
    pub format: LogFormat,
    /// Only cases of this process
    #[arg(long, value_name = "PROCESS")]
    pub process: Option<String>,
    /// First day on which the cases started
    #[arg(long, value_name = "DATE")]
    pub since: Option<Date>,
    /// Last day on which they started
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Folder (xes) or file (ocel2-json) to write to
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Leave ids, names and what was entered in; on a server for administrators only
    #[arg(long)]
    pub personal: bool,
    /// Print Chinese or English
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
    /// The server.
    #[command(flatten)]
    pub server: Server,
    /// The data folder.
    #[command(flatten)]
    pub data: DataFolder,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// XES 2.0 (IEEE 1849).
    Xes,
    /// OCEL 2.0 as JSON.
    Ocel2Json,
}

/// Opens the file of a net.
type Opener = Box<dyn FnMut(&str) -> io::Result<BufWriter<File>>>;

/// Where cases go.
struct Sink {
    logs: Logs,
    parts: Parts,
}

enum Logs {
    Xes(Xes<BufWriter<File>, Opener>),
    Ocel(Ocel<BufWriter<File>, Spool>),
}

/// Files that are being written, each under another name until all are whole.
#[derive(Clone, Default)]
struct Parts(Rc<RefCell<Vec<Part>>>);

/// A file that is being written; it goes unless it is kept.
struct Part {
    path: PathBuf,
    part: PathBuf,
}

impl Parts {
    fn create(&self, path: &Path) -> io::Result<BufWriter<File>> {
        // What is no file, such as a pipe, is written as it is.
        if path.exists() && !path.is_file() {
            return File::create(path).map(BufWriter::new).map_err(|error| named(path, error));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|error| named(path, error))?;
        self.0.borrow_mut().push(Part { path: path.to_owned(), part });
        Ok(BufWriter::new(file))
    }

    fn keep(&self) -> io::Result<()> {
        let parts = self.0.borrow();
        parts.iter().try_for_each(|Part { path, part }| {
            fs::rename(part, path).map_err(|error| named(path, error))
        })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // One that was kept is no longer there.
        drop(fs::remove_file(&self.part));
    }
}

/// Events that wait for the end of the log, in a file that goes with it.
struct Spool {
    file: File,
    path: PathBuf,
}

impl Spool {
    fn beside(out: &Path) -> io::Result<Self> {
        let path = out.with_extension("events.tmp");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        Ok(Self { file: file.map_err(|error| named(&path, error))?, path })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // A spool that cannot be removed harms nobody but the folder's tidiness.
        drop(fs::remove_file(&self.path));
    }
}

impl Read for Spool {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Sink {
    fn new(args: &ExportArgs) -> io::Result<Self> {
        let parts = Parts::default();
        let logs = match args.format {
            LogFormat::Xes => {
                let folder = args.out.clone();
                fs::create_dir_all(&folder).map_err(|error| named(&folder, error))?;
                let of_net = parts.clone();
                let open = move |name: &str| of_net.create(&folder.join(format!("{name}.xes")));
                Logs::Xes(Xes::new(Box::new(open), args.personal))
            }
            LogFormat::Ocel2Json => {
                let out = parts.create(&args.out)?;
                let spool = Spool::beside(&args.out)?;
                Logs::Ocel(Ocel::new(out, spool, args.personal)?)
            }
        };
        Ok(Self { logs, parts })
    }

    fn case(&mut self, case: &CaseLog) -> io::Result<()> {
        match &mut self.logs {
            Logs::Xes(xes) => xes.case(case),
            Logs::Ocel(ocel) => ocel.case(case),
        }
    }

    fn finish(self) -> io::Result<Vec<String>> {
        let names = match self.logs {
            Logs::Xes(xes) => xes.finish()?,
            Logs::Ocel(ocel) => ocel.finish().map(|()| Vec::new())?,
        };
        self.parts.keep()?;
        Ok(names)
    }
}

/// What was written.
#[derive(Default)]
struct Count {
    cases: u64,
    traces: u64,
    acts: u64,
}

impl Count {
    fn add(&mut self, case: &CaseLog) {
        let size = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.cases += 1;
        self.traces += size(case.scopes.iter().filter(|scope| scope.has_trace()).count());
        self.acts += size(case.acts.len());
    }
}

pub(super) fn run(args: &ExportArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    if let Some((since, until)) = args.since.zip(args.until).filter(|(since, until)| until < since)
    {
        return Err(Trouble::backwards(since, until));
    }
    // Nothing is written before there is a case: a misspelt name leaves no file.
    let mut sink = None;
    let mut count = Count::default();
    let mut take = |case: &CaseLog| {
        count.add(case);
        let sink = match &mut sink {
            Some(sink) => sink,
            none => none.insert(Sink::new(args)?),
        };
        sink.case(case).map_err(Trouble::from)
    };
    match Remote::chosen(&args.server, args.lang)? {
        Some(remote) => over_server(&remote, args, io, &mut take)?,
        None => in_folder(args, &mut take)?,
    }
    let Count { cases, traces, acts } = count;
    if let Some(name) = args.process.as_ref().filter(|_| cases == 0) {
        let known = processes(args, io)?;
        if !known.contains(name) {
            return Err(known::no_process(name, known.iter().map(String::as_str)));
        }
    }
    let sink = sink.map_or_else(|| Sink::new(args), Ok)?;
    let logs = sink.finish()?;
    let out = args.out.display();
    let zh = format!("{cases} 件事项、{traces} 条轨迹、{acts} 个网外操作写入 {out}");
    let en = format!("{cases} cases, {traces} traces and {acts} acts beside the nets are in {out}");
    writeln!(io.out, "{}", args.lang.pick(&zh, &en))?;
    for log in logs {
        writeln!(io.out, "  {log}.xes")?;
    }
    if args.personal {
        let warning =
            args.lang.pick("含个人信息，请妥善保管", "personal data is in it: keep it safe");
        writeln!(io.err, "{warning}")?;
    }
    Ok(Exit::Good)
}

/// Returns the processes that cases can be of.
fn processes(args: &ExportArgs, io: &mut Io<'_>) -> Result<Vec<String>, Trouble> {
    if let Some(remote) = Remote::chosen(&args.server, args.lang)? {
        return known::processes(&remote, io);
    }
    let live = house::live_of(&house::past(&args.data.data)?)?;
    Ok(live.release.definitions.processes.keys().cloned().collect())
}

fn salt() -> Result<String, Trouble> {
    secret::id().map_err(|error| {
        Trouble::new(
            Exit::Io,
            format!("没有随机数：{error}"),
            format!("no random numbers: {error}"),
        )
    })
}

fn over_server(
    remote: &Remote,
    args: &ExportArgs,
    io: &mut Io<'_>,
    take: &mut dyn FnMut(&CaseLog) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut query = format!("limit={STRIDE}&personal={}&salt={}", args.personal, salt()?);
    let process = args.process.as_ref().map(|process| ("process", process.clone()));
    let since = args.since.map(|since| ("since", since.to_string()));
    let until = args.until.map(|until| ("until", until.to_string()));
    for (name, value) in [process, since, until].into_iter().flatten() {
        query += &format!("&{name}={value}");
    }
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/event-logs?{query}{cursor}");
        let page = remote.send("GET", &path, "application/json", &[])?.good(io)?;
        for item in page.get("items").and_then(Json::as_array).into_iter().flatten() {
            let case: CaseLog = serde_json::from_value(item.clone())
                .map_err(|error| Trouble::of(Exit::Io, &error))?;
            take(&case)?;
        }
        match page.get("next").and_then(Json::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

fn in_folder(
    args: &ExportArgs,
    take: &mut dyn FnMut(&CaseLog) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let past = house::past(&args.data.data)?;
    let live = house::live_of(&past)?;
    let organisation = &live.release.definitions.organisation;
    let names = |person: &str| people::name(organisation, person).map(str::to_owned);
    let persons = if args.personal { Persons::open(&names) } else { Persons::hidden(&salt()?) };
    let span = Span { process: args.process.clone(), since: args.since, until: args.until };
    let mut paging = Paging { after: None, limit: Some(STRIDE) };
    loop {
        let found = page(&past, &span, &paging, NAMING, &persons)
            .map_err(|error| Trouble::of(Exit::Io, &error))?;
        found.items.iter().try_for_each(&mut *take)?;
        match found.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(()),
        }
    }
}
