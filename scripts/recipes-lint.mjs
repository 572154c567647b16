// npm run recipes:lint [folder]: what is wrong with recipes, the project's own ones unless a folder is named. Exit code 1 where there is a fault.
import { join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';

const root = resolve(import.meta.dirname, '..');
await ensureInstalled(root);
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
const built = await runChild(process.execPath, [nx, 'run-many', '-t', 'build', '-p', '@klevr/provisioner', '--outputStyle=static'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.code !== 0) {
  console.error('no recipe was looked at: the build of the provisioner failed');
  process.exit(1);
}
const named = process.argv[2];
const { code } = await runChild(process.execPath, [join(root, 'services/provisioner/dist/lint/main.js'), named ?? join(root, 'recipes')]);
process.exit(code ?? 1);
