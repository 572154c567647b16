// Builds the scripts and runs one of the checks of src/supply-chain/main.ts: packages, licences, advisories, sbom.
import { join, resolve } from 'node:path';
import { runCaptured } from './run-captured.mjs';
import { runChild } from './run-child.mjs';

const root = resolve(import.meta.dirname, '..');
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
await runCaptured(process.execPath, [nx, 'run-many', '-t', 'build', '-p', '@klevr/scripts', '--outputStyle=static'], { cwd: root });
const { code } = await runChild(process.execPath, [join(root, 'scripts', 'dist', 'supply-chain', 'main.js'), ...process.argv.slice(2)], {
  cwd: root,
});
process.exitCode = code;
