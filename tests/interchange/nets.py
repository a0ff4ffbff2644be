"""Opens every net in PM4Py and proves it sound: a workflow net with the option to complete, proper completion and no dead transition.

Usage: nets.py FOLDER (one document a process in it, one a net in its `nets/`); one line a claim: `ok NAME` or `not ok NAME: why`.
"""

import os
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
# PM4Py greets on stdout; only claims belong there.
claims = os.dup(1)
os.dup2(2, 1)
import pm4py  # noqa: E402

folder = Path(sys.argv[1])


def claim(name, fault):
    os.write(claims, (f"ok {name}\n" if fault is None else f"not ok {name}: {fault}\n").encode())


def fault_of(file):
    net, start, end = pm4py.read_pnml(str(file))
    labels = [t.label for t in net.transitions if t.label]
    if list(start.values()) != [1] or list(end.values()) != [1]:
        return f"it begins at {start} and ends at {end}"
    if not labels:
        return "it has no activity"
    sound, told = pm4py.check_soundness(net, start, end, print_diagnostics=False)
    return None if sound else f"not sound: {told}"


for file in sorted((folder / "nets").glob("*.pnml")):
    try:
        claim(f"sound {file.name}", fault_of(file))
    except Exception as error:
        claim(f"sound {file.name}", repr(error))
for file in sorted(folder.glob("*.pnml")):
    # A document of several nets opens as the case's own.
    both = [pm4py.read_pnml(str(path)) for path in (file, folder / "nets" / file.name)]
    names = [sorted(t.label or "" for t in net.transitions) for net, _, _ in both]
    claim(f"opens {file.name}", None if names[0] == names[1] else "it is another net than the case's own")
