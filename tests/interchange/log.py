"""Opens the event logs of the played sample in PM4Py, and aligns every trace with the net of its scope: fitness 1.0.

Usage: log.py XUEJI FOLDER (the nets in its `nets/`); one line a claim: `ok NAME` or `not ok NAME: why`.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
# PM4Py greets on stdout; only claims belong there.
claims = os.dup(1)
os.dup2(2, 1)
import pm4py  # noqa: E402

xueji, nets = sys.argv[1], Path(sys.argv[2]) / "nets"
# The sample takes a minute on two busy processors; nobody waits longer than this.
PATIENCE = 300


def claim(name, fault):
    os.write(claims, (f"ok {name}\n" if fault is None else f"not ok {name}: {fault}\n").encode())


def play_sample(data):
    """Serves the sample until it is loaded, and stops."""
    log = open(data / "serve.log", "w+")
    serve = [xueji, "serve", "--sample", "--data", str(data), "--port", "0"]
    server = subprocess.Popen(serve, stdout=log, stderr=subprocess.STDOUT)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        if (data / "sample-tokens.json").exists():
            break
        time.sleep(0.5)
    server.send_signal(signal.SIGTERM)
    server.wait(60)
    if not (data / "sample-tokens.json").exists():
        log.seek(0)
        raise RuntimeError(f"the sample was not loaded: {log.read()[-500:]}")


def export(data, format, out):
    subprocess.run([xueji, "export", "--format", format, "--data", str(data), "--out", str(out)], check=True)


def attribute(trace, name):
    return trace.attributes.get(name)


def aligned(file):
    """Returns what is wrong with a log, and how many of its traces came to their end."""
    log = pm4py.read_xes(str(file), return_legacy_log_object=True)
    if attribute_of_log(log) != file.stem:
        return f"the log is called {attribute_of_log(log)}", 0
    if any(attribute(trace, "net") != file.stem for trace in log):
        return "a trace is a run of another net", 0
    net = nets / f"{file.stem}.pnml"
    if not net.exists():
        return f"there is no net {net.name}", 0
    model = pm4py.read_pnml(str(net))
    found = pm4py.conformance_diagnostics_alignments(log, *model)
    for trace, result in zip(log, found):
        if result is None or result["fitness"] != 1.0:
            events = [event["concept:name"] for event in trace]
            return f"{attribute(trace, 'concept:name')} {events}: {result and result['fitness']}", 0
    return None, sum(attribute(trace, "state") == "finished" for trace in log)


def attribute_of_log(log):
    return log.attributes.get("concept:name")


def personal_words(data):
    """Returns ids and names of people of the sample that must stand in no log; what a role, unit or step is called, too, may."""
    people = json.loads((data / "sample-tokens.json").read_text())
    offices = {role[key] for one in people for role in one["roles"] for key in ("role", "unit")}
    steps = {found for file in nets.glob("*.pnml") for found in re.findall(r"<text>([\w-]+):", file.read_text())}
    words = {word for one in people for word in (one["person"], one["name"])}
    numbers = {person.split(":")[1] for person in words if ":" in person}
    return {f'"{word}"' for word in words - offices - steps if len(word) > 2} | {n for n in numbers if len(n) > 6}


def check(folder):
    data = folder / "data"
    data.mkdir()
    play_sample(data)
    logs, ocel = folder / "logs", folder / "log.json"
    export(data, "xes", logs)
    export(data, "ocel2-json", ocel)
    finished = 0
    for file in sorted(logs.glob("*.xes")):
        if file.stem == "acts":
            acts = pm4py.read_xes(str(file), return_legacy_log_object=True)
            claim("acts beside the nets are read", None if len(acts) > 0 else "there are none")
            continue
        fault, count = aligned(file)
        claim(f"aligned {file.name}", fault)
        finished += count
    claim("finished scopes are among those aligned", None if finished > 20 else f"only {finished}")
    read = pm4py.read_ocel2_json(str(ocel))
    kinds = set(read.objects["ocel:type"])
    owed = {"case", "scope", "task", "release"} - kinds
    claim("objects of every kind are read", f"none of {sorted(owed)}" if owed else None)
    written = json.loads(ocel.read_text())
    lost = len(written["events"]) - len(read.events)
    claim("every event is read", f"{lost} are lost" if lost else None)
    ids = {one["id"] for one in written["objects"]}
    named = {r["objectId"] for one in written["events"] + written["objects"] for r in one["relationships"]}
    claim("every object named is there", f"{sorted(named - ids)[:3]} are not" if named - ids else None)
    texts = ocel.read_text() + "".join(file.read_text() for file in logs.glob("*.xes"))
    told = sorted(word for word in personal_words(data) if word in texts)
    claim("nobody is named", f"{told[:3]} are" if told else None)


with tempfile.TemporaryDirectory() as folder:
    try:
        check(Path(folder))
    except Exception as error:
        claim("logs", repr(error))
