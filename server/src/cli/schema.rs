//! `xueji schema`: the JSON Schemas of the kinds of file.

use std::fs;

use xueji_definition::schemas;

use super::args::SchemaArgs;
use super::{Exit, Io, Trouble};

pub(super) fn run(args: &SchemaArgs, io: &mut Io<'_>) -> Result<Exit, Trouble> {
    fs::create_dir_all(&args.out).map_err(|error| Trouble::unwritable(&args.out, &error))?;
    for (name, schema) in schemas() {
        let path = args.out.join(name);
        let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        fs::write(&path, format!("{text}\n"))
            .map_err(|error| Trouble::unwritable(&path, &error))?;
        writeln!(io.out, "{}", path.display())?;
    }
    Ok(Exit::Good)
}
