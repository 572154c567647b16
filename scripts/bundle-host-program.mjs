// Makes what hosts download of one program, all of it in the `dist` of its service: the program as one file, its checksum, the notices of what is bundled.
// Promises: whoever downloads meanwhile gets the old file or the new one, never half of it; a package whose licence does not allow this fails the build.
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyNotices } from '../services/agent/third-party-notices.mjs';

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

/** Packages that cannot be given away or have native code, each with what stands in its place. */
const inPlace = (modules) => ({
  name: 'in-place',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) => (Object.hasOwn(modules, path) ? { path, namespace: 'in-place' } : undefined));
    onLoad({ filter: /.*/, namespace: 'in-place' }, ({ path }) => ({ contents: modules[path] }));
  },
});

/** Writes `contents` to a file of dist in one step. */
export const putInto = (dist) => async (name, contents) => {
  await writeFile(join(dist, `${name}.new`), contents);
  await rename(join(dist, `${name}.new`), join(dist, name));
};

/** `root`: the service's folder; `entry`: compiled, in its dist; `name`: of the file without its ending; `notices`: the name of theirs; `instead`: code in place of packages. */
export async function bundleHostProgram({ root, entry, name, notices, instead = {} }) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join('dist', entry)],
    outfile: `dist/${name}.mjs`,
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
    plugins: [oneLocale, ownVersion(version), inPlace(instead)],
    // Packages in CommonJS ask for Node's own modules by `require`, which an ES module does not have.
    banner: { js: "import{createRequire as klevrCreateRequire}from'node:module';const require=klevrCreateRequire(import.meta.url);" },
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  const put = putInto(join(root, 'dist'));
  await put(notices, await thirdPartyNotices(output, root, `${name}.mjs`));
  await put(`${name}.mjs`, file.contents);
  await put(`${name}.mjs.sha256`, `${createHash('sha256').update(file.contents).digest('hex')}  ${name}.mjs\n`);
}
