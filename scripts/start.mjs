// npm start: checks Node, installs what is missing, builds what changed, then runs the system in this same process.
// Uses nothing but Node until the packages are there.
import { join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runCaptured, StoppedError } from './run-captured.mjs';

const OLDEST_NODE = [20, 19];
const root = resolve(import.meta.dirname, '..');

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`Klevr needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. Install a newer Node and start again.`);
}

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
