// npm run check: everything that is checked without running the system. All checks run, whatever an earlier one says.
import { join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

const checks = [
  ['lock file', process.execPath, ['scripts/complete-lock.mjs', '--check']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'libs', 'services', 'scripts', 'bench']],
  ['boundaries', bin('depcruise'), ['--config', '.dependency-cruiser.mjs', 'libs', 'services', 'scripts', 'bench']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['dead code', bin('knip'), ['--no-config-hints']],
  ['documents', process.execPath, ['scripts/docs.mjs', '--check']],
];

await ensureInstalled(root);
const failed = [];
for (const [name, command, args] of checks) {
  const startedAtMs = performance.now();
  const { code, signal } = await runChild(command, args, { cwd: root });
  if (signal) process.exit(1);
  if (code !== 0) failed.push(name);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`);
}
if (failed.length > 0) {
  console.error(`checks failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
