// Writes the generated documents: every scripts/src/generate-<name>.ts exports `render()`, whose answer becomes docs/<name>.md, and the gateway
// its own descriptions, docs/access.md and docs/openapi.json; of that the types of libs/client are made.
// With --check nothing is written: a document that differs from what its generator says is named, and the exit code is 1.
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import prettier from 'prettier';
import { runChild } from './run-child.mjs';

const root = resolve(import.meta.dirname, '..');
const checkOnly = process.argv.includes('--check');

const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
const { code } = await runChild(
  process.execPath,
  [nx, 'run-many', '-t', 'build', '-p', '@klevr/contracts', '@klevr/scripts', '@klevr/gateway', '--outputStyle=static'],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
if (code !== 0) {
  console.error('the documents were not generated: the build of contracts, scripts or gateway failed');
  process.exit(1);
}

const stale = [];
const keep = async (file, text) => {
  const target = join(root, file);
  const formatted = await prettier.format(text, { ...(await prettier.resolveConfig(target)), filepath: target });
  if ((await readFile(target, 'utf8').catch(() => undefined)) === formatted) return;
  if (checkOnly) stale.push(file);
  else await writeFile(target, formatted);
};

for (const file of await readdir(join(root, 'scripts', 'src'))) {
  const name = /^generate-([a-z-]+)\.ts$/.exec(file)?.[1];
  if (!name) continue;
  const { render } = await import(pathToFileURL(join(root, 'scripts', 'dist', `generate-${name}.js`)).href);
  await keep(`docs/${name}.md`, await render());
}
const { openApiDocument } = await import(pathToFileURL(join(root, 'services', 'gateway', 'dist', 'openapi.document.js')).href);
const api = JSON.stringify(await openApiDocument());
await keep('docs/openapi.json', api);
const { accessDocument } = await import(pathToFileURL(join(root, 'services', 'gateway', 'dist', 'access', 'access.document.js')).href);
await keep('docs/access.md', accessDocument());
// Types do not need the examples, which are most of the document.
const bare = JSON.parse(api, (key, value) => (key.startsWith('example') ? undefined : value));
const types = await openapiTS(bare, { defaultNonNullable: false, rootTypes: true, rootTypesNoSchemaPrefix: true });
await keep('libs/client/src/generated/api.ts', `// Generated from docs/openapi.json by \`npm run docs\`.\n${astToString(types)}`);
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run: npm run docs`);
  process.exitCode = 1;
}
const { claimFaults } = await import(pathToFileURL(join(root, 'scripts', 'dist', 'security-claims.js')).href);
const readOrNothing = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined);
for (const fault of claimFaults(await readFile(join(root, 'docs', 'security.md'), 'utf8'), readOrNothing)) {
  console.error(`docs/security.md: ${fault}`);
  process.exitCode = 1;
}
