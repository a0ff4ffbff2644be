"""Holds BPMN files against the official schema, and finds every XML file well-formed.

Usage: schema.py BPMN20.xsd FOLDER; one line a claim: `ok NAME` or `not ok NAME: why`.
"""

import sys
from pathlib import Path

from lxml import etree

schema = etree.XMLSchema(etree.parse(sys.argv[1]))
folder = Path(sys.argv[2])
for file in sorted([*folder.glob("*.bpmn"), *folder.glob("*.svg"), *folder.glob("*.pnml")]):
    try:
        tree = etree.parse(file)
    except etree.XMLSyntaxError as error:
        print(f"not ok well-formed {file.name}: {error}")
        continue
    print(f"ok well-formed {file.name}")
    if file.suffix == ".bpmn":
        good = schema.validate(tree)
        print(f"ok schema {file.name}" if good else f"not ok schema {file.name}: {schema.error_log.last_error}")
