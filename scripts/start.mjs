// npm start: checks Node, installs what is missing, builds what changed, then runs the system in this same process.
// Uses nothing but Node until the packages are there.
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runCaptured, StoppedError } from './run-captured.mjs';

const OLDEST_NODE = [20, 19];
const root = resolve(import.meta.dirname, '..');

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

/** After a crash of the launcher `running.json` would tell programs of a system that is gone, until this start is ready. */
function removeStaleRunningFile(home) {
  try {
    process.kill(Number.parseInt(readFileSync(join(home, 'lock'), 'utf8'), 10), 0);
  } catch (error) {
    // Neither a lock nor its process; a process of somebody else (EPERM) lives.
    if (error.code !== 'EPERM') rmSync(join(home, 'running.json'), { force: true });
  }
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`Klevr needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. Install a newer Node and start again.`);
}

removeStaleRunningFile(resolve(root, process.env.KLEVR_HOME ?? '.klevr'));

try {
  await ensureInstalled(root);
  console.log('building what changed …');
  await runCaptured(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--outputStyle=static'], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false' },
  });
} catch (error) {
  fail(error.message, error instanceof StoppedError ? 0 : 1);
}
await import('./dist/start.js');
