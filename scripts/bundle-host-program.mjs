// `node bundle-host-program.mjs klevr-agent main.js`, in the folder of a service: makes what hosts download of one program, all of it in dist/: the program as one
// file (which `npm start` and the tests run as well), its checksum, the notices of what is bundled, its unit, and of the agent the installer.
// Promises: whoever downloads meanwhile gets the old file or the new one, never half of it; a package whose licence does not allow this fails the build.
import { createHash } from 'node:crypto';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyNotices } from '../services/agent/third-party-notices.mjs';

const asOneFile = {
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // They stand in the notices.
  legalComments: 'none',
};

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
const ownVersion = (version) => ({
  name: 'own-version',
  setup({ onLoad }) {
    onLoad({ filter: /\/agent-runtime\/dist\/version\.js$/ }, () => ({
      contents: `export const agentVersion = ${JSON.stringify(version)};`,
    }));
  },
});

/** The spawner is a program of its own, and it too has to be in the one file. */
const spawnerInside = {
  name: 'spawner-inside',
  setup({ onLoad }) {
    onLoad({ filter: /\/agent-runtime\/dist\/run\/spawner-program\.js$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...asOneFile, entryPoints: [join(dirname(path), 'spawner-main.js')] });
      return { contents: `export const spawnerProgram = ${JSON.stringify(outputFiles[0].text)};` };
    });
  },
};

/** What stands in the place of packages. */
const instead = {
  // Docker over SSH is asked for by its library at once, and not used here. It has native code.
  ssh2: 'module.exports = {};',
  // Comes without the text of its licence.
  'split-ca':
    "module.exports = (path) => require('node:fs').readFileSync(path, 'utf8').match(/-+BEGIN CERT[^]*?-+END CERTIFICATE-+/g) ?? [];",
};
const inPlace = {
  name: 'in-place',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) => (Object.hasOwn(instead, path) ? { path, namespace: 'in-place' } : undefined));
    onLoad({ filter: /.*/, namespace: 'in-place' }, ({ path }) => ({ contents: instead[path] }));
  },
};

const [name, entry] = process.argv.slice(2);
const root = process.cwd();
const dist = join(root, 'dist');
const installFolder = join(import.meta.dirname, '..', 'services', 'agent', 'install');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const { metafile, outputFiles } = await build({
  ...asOneFile,
  absWorkingDir: root,
  entryPoints: [join('dist', entry)],
  outfile: `dist/${name}.mjs`,
  metafile: true,
  plugins: [oneLocale, ownVersion(version), inPlace, spawnerInside],
  // Packages in CommonJS ask for Node's own modules by `require`, which an ES module does not have.
  banner: { js: "import{createRequire as klevrCreateRequire}from'node:module';const require=klevrCreateRequire(import.meta.url);" },
});
const [file] = outputFiles;
const [output] = Object.values(metafile.outputs);

const put = async (target, contents) => {
  await writeFile(join(dist, `${target}.new`), contents);
  await rename(join(dist, `${target}.new`), join(dist, target));
};

const what = name.replace('klevr-', '');
await put(
  what === 'agent' ? 'THIRD_PARTY_NOTICES.txt' : `THIRD_PARTY_NOTICES.${what}.txt`,
  await thirdPartyNotices(output, root, `${name}.mjs`),
);
await put(`${name}.mjs`, file.contents);
await put(`${name}.mjs.sha256`, `${createHash('sha256').update(file.contents).digest('hex')}  ${name}.mjs\n`);
const unit = await readFile(join(installFolder, 'klevr-agent.service'), 'utf8');
await put(`${name}.service`, unit.replaceAll('klevr-agent', name).replace('Klevr agent', `Klevr ${what}`));
if (what === 'agent') await copyFile(join(installFolder, 'install.sh'), join(dist, 'install.sh'));
