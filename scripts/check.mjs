// npm run check: everything that is checked without running the system. All checks run, whatever an earlier one says.
import { join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** What a check ends with that could not be made; it has said why. */
const NOT_CHECKED = 75;

const checks = [
  ['lock file', process.execPath, ['scripts/complete-lock.mjs', '--check']],
  ['packages', process.execPath, ['scripts/supply-chain.mjs', 'packages']],
  ['licences', process.execPath, ['scripts/supply-chain.mjs', 'licences']],
  ['advisories', process.execPath, ['scripts/supply-chain.mjs', 'advisories']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'libs', 'services', 'scripts', 'bench']],
  ['boundaries', bin('depcruise'), ['--config', '.dependency-cruiser.mjs', 'libs', 'services', 'scripts', 'bench']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['dead code', bin('knip'), ['--no-config-hints']],
  ['recipes', process.execPath, ['scripts/recipes-lint.mjs']],
  ['documents', process.execPath, ['scripts/docs.mjs', '--check']],
];

await ensureInstalled(root);
const failed = [];
const notChecked = [];
for (const [name, command, args] of checks) {
  const startedAtMs = performance.now();
  const { code, signal } = await runChild(command, args, { cwd: root });
  if (signal) process.exit(1);
  if (code === NOT_CHECKED) notChecked.push(name);
  else if (code !== 0) failed.push(name);
  const outcome = code === 0 ? 'ok    ' : code === NOT_CHECKED ? 'NOT CHECKED' : 'FAILED';
  console.log(`${outcome} ${name} (${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`);
}
if (notChecked.length > 0) console.error(`not checked: ${notChecked.join(', ')}`);
if (failed.length > 0) {
  console.error(`checks failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
