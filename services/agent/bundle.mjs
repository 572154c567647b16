// Makes what hosts download, all of it in dist/: the agent as one file (which `npm start` and the tests run as well), its checksum, the notices of what is
// bundled, the installer and the unit.
import { createHash } from 'node:crypto';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyNotices } from './third-party-notices.mjs';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Error messages are English; the other forty languages of zod would be half of the file, and memory on every host. */
const oneLocale = {
  name: 'one-locale',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer, resolveDir }) => {
      if (!importer.includes('/zod/')) return undefined;
      return { path: new URL(path.replace(/index\.js$/, 'en.js'), `file://${resolveDir}/`).pathname };
    });
  },
};

/** One file has no manifest beside it to read its version from. */
const ownVersion = {
  name: 'own-version',
  setup({ onLoad }) {
    onLoad({ filter: /\/agent-runtime\/dist\/version\.js$/ }, () => ({ contents: `export const agentVersion = ${JSON.stringify(version)};` }));
  },
};

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['dist/main.js'],
  outfile: 'dist/klevr-agent.mjs',
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // They stand in the notices.
  legalComments: 'none',
  plugins: [oneLocale, ownVersion],
  // Packages in CommonJS ask for Node's own modules by `require`, which an ES module does not have.
  banner: { js: "import{createRequire as klevrCreateRequire}from'node:module';const require=klevrCreateRequire(import.meta.url);" },
});
const [file] = outputFiles;
const [output] = Object.values(metafile.outputs);

/** Renamed into place: who downloads meanwhile gets the old file or the new one, never half of it. */
const put = async (name, contents) => {
  await writeFile(join(dist, `${name}.new`), contents);
  await rename(join(dist, `${name}.new`), join(dist, name));
};

const notices = await thirdPartyNotices(output, root);
await put('klevr-agent.mjs', file.contents);
await put('klevr-agent.mjs.sha256', `${createHash('sha256').update(file.contents).digest('hex')}  klevr-agent.mjs\n`);
await put('THIRD_PARTY_NOTICES.txt', notices);
for (const name of ['install.sh', 'klevr-agent.service']) await copyFile(join(root, 'install', name), join(dist, name));
