//! `xueji deploy`: the definitions put live on a running server.

use serde_json::json;
use xueji_check::render;

use super::args::DeployArgs;
use super::remote::Remote;
use super::{Exit, Io, Trouble, house};

pub(super) fn run(args: &DeployArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    let remote = Remote::new(&args.server, args.token.as_deref())?;
    let (sources, found) = house::sources(&args.folders)?;
    // Checked here first: what is wrong is shown with the words of the files, and nothing is sent.
    let checked = xueji_check::check_with(&sources, found);
    if !checked.findings.is_empty() {
        write!(
            io.err,
            "{}",
            render::text(&checked.findings, &checked.places, args.lang.into(), false)
        )?;
    }
    if checked.has_errors() {
        return Err(Trouble::new(
            Exit::Findings,
            "定义有误，未上线",
            "the definitions have errors and did not go live",
        ));
    }
    let body = json!({ "files": sources.files }).to_string();
    let answer =
        remote.send("POST", "/api/v1/releases", "application/json", body.as_bytes())?.good(io)?;
    let text = |name: &str| answer.get(name).map(ToString::to_string).unwrap_or_default();
    writeln!(io.out, "已上线 live: {} (#{})", text("hash").trim_matches('"'), text("number"))?;
    Ok(Exit::Good)
}
