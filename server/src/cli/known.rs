//! Names that somebody wrote and nothing has: told with the near ones, so that a misspelt name never passes for "none".
//!
//! Invariant: it only tells; what there is, is handed in.

use serde_json::Value as Json;
use xueji_definition::nearest;

use super::remote::Remote;
use super::{Exit, Io, Trouble};

/// The most names that are listed when none is near.
const LISTED: usize = 20;

/// Returns that there is no such thing, and which name was meant, or which there are.
pub(super) fn missing<'a>(
    (zh, en): (&str, &str),
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Trouble {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let trouble =
        Trouble::new(Exit::Usage, format!("没有{zh} {name}"), format!("there is no {en} `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => trouble.hint(format!("是否想写 {near}？"), format!("did you mean `{near}`?")),
        None if (1..=LISTED).contains(&known.len()) => {
            let all = known.join(", ");
            trouble.hint(format!("有：{all}"), format!("there are: {all}"))
        }
        None => trouble,
    }
}

/// Returns that there is no such process.
pub(super) fn no_process<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Trouble {
    missing(("流程", "process"), name, known)
}

/// Returns the ids of the processes that a server has.
pub(super) fn processes(remote: &Remote, io: &mut Io<'_>) -> Result<Vec<String>, Trouble> {
    let answer = remote.send("GET", "/api/v1/processes", "application/json", &[])?.good(io)?;
    Ok(ids(answer.get("items")))
}

/// Returns the ids of the steps of a server's process.
pub(super) fn steps(
    remote: &Remote,
    process: &str,
    io: &mut Io<'_>,
) -> Result<Vec<String>, Trouble> {
    let path = format!("/api/v1/processes/{process}");
    let answer = remote.send("GET", &path, "application/json", &[])?.good(io)?;
    Ok(ids(answer.get("steps")))
}

fn ids(items: Option<&Json>) -> Vec<String> {
    let items = items.and_then(Json::as_array).into_iter().flatten();
    items.filter_map(|item| Some(item.get("id")?.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_with_the_near_one_and_a_far_one_with_all_there_are() {
        let hint = |name| no_process(name, ["hall-booking", "round"]).hint.unwrap().zh;
        assert_eq!(hint("hall-boking"), "是否想写 hall-booking？");
        assert_eq!(hint("x"), "有：hall-booking, round");
        assert_eq!(no_process("x", []).exit, Exit::Usage);
    }
}
