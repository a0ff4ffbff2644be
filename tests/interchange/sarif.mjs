// Holds SARIF logs against the schema of the standard, as the package @microsoft/jest-sarif carries it.
// Usage: node sarif.mjs NODE_MODULES FILE… ; one line a claim: `ok NAME` or `not ok NAME: why`.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createRequire } from 'node:module';

const [modules, ...files] = process.argv.slice(2);
const schema = JSON.parse(readFileSync(join(modules, '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')));
const require = createRequire(join(modules, '@microsoft/jest-sarif/x.js'));
const Ajv = require('ajv');

const checker = new Ajv({ allErrors: true, schemaId: 'auto', unknownFormats: 'ignore' });
checker.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
const valid = checker.compile(schema);
let bad = 0;
for (const file of files) {
  const good = valid(JSON.parse(readFileSync(file, 'utf8')));
  const faults = good ? [] : valid.errors.map((fault) => `${fault.dataPath} ${fault.message}`);
  bad += good ? 0 : 1;
  console.log(good ? `ok sarif ${basename(file)}` : `not ok sarif ${basename(file)}: ${faults.slice(0, 8).join('; ')}`);
}
process.exitCode = bad === 0 ? 0 : 1;
