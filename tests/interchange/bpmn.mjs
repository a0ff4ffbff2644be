// Opens BPMN files with bpmn-moddle (no warning may come) and bpmnlint (its recommended rules; no finding may come).
// Usage: node bpmn.mjs NODE_MODULES FILE… ; one line a claim: `ok NAME` or `not ok NAME: why`.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(join(modules, 'x.js'));
const load = async (name) => {
  try {
    return require(name);
  } catch {
    const at = JSON.parse(readFileSync(join(modules, name, 'package.json')));
    const main = at.exports?.['.']?.import ?? at.exports?.['.'] ?? at.module ?? at.main;
    return import(pathToFileURL(join(modules, name, main)));
  }
};
const opened = await load('bpmn-moddle');
const BpmnModdle = opened.BpmnModdle ?? opened.default ?? opened;
const { Linter } = await load('bpmnlint');
const { default: NodeResolver } = await load('bpmnlint/lib/resolver/node-resolver.js').then((m) => (m.default ? m : { default: m }));

const moddle = new BpmnModdle();
// Rules remember what they saw: each file gets a linter of its own.
const lint = (root) =>
  new Linter({
    config: { extends: 'bpmnlint:recommended' },
    resolver: new NodeResolver({ require }),
  }).lint(root);

const tell = (name, faults) =>
  console.log(faults.length === 0 ? `ok ${name}` : `not ok ${name}: ${faults.slice(0, 8).join('; ')}`);

for (const file of files) {
  const { rootElement, warnings } = await moddle.fromXML(readFileSync(file, 'utf8'));
  tell(`bpmn-moddle ${basename(file)}`, warnings.map((warning) => warning.message));
  const found = await lint(rootElement);
  const faults = Object.entries(found).flatMap(([rule, all]) => all.map((one) => `${rule} ${one.id} ${one.message}`));
  tell(`bpmnlint ${basename(file)}`, faults);
}
