// Makes sure that the npm packages of the lock file are installed. Uses nothing but Node, so that it runs on a fresh clone.
// It compares npm's own record inside node_modules with the lock file: an interrupted or outdated installation is done again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** True when every required package of the lock file is recorded as installed in the same version. */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.optional) return true;
    const found = present[path];
    return (
      found !== undefined && found.version === entry.version && found.integrity === entry.integrity && found.resolved === entry.resolved
    );
  });
}

/** Runs `npm ci` when something is missing; its output is shown. Rejects when npm fails. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  console.log('installing npm packages (npm ci) …');
  const { code, signal } = await runChild('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root });
  if (signal) throw new Error(`stopped by ${signal}`);
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
}
