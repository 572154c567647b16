// Makes one file of a service that swc has compiled: `dist/<name>.mjs` of `dist/<path>/<name>.js`. A process that reads one file starts twice as fast as one that looks for
// two thousand, which is what counts after a crash. Promises: packages that are not there (Nest asks for many, all optional) and those with native code stay
// outside and are asked for when they are used; class and function names stay.
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** The ORM looks for its drivers by name while it runs, and threads begin with a file of their library's; the others have native code. */
const alwaysOutside = /^(typeorm|piscina|@node-rs\/.*|cpu-features|ssh2)$/;

const outside = {
  name: 'outside',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === 'asked') return undefined;
      const name = path.startsWith('@') ? path.split('/', 2).join('/') : path.split('/', 1)[0];
      if (alwaysOutside.test(name)) return { path, external: true };
      const { kind, importer, resolveDir } = asked;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'asked' });
      return found.errors.length > 0 && kind !== 'entry-point' ? { path, external: true } : found;
    });
  },
};

const dist = join(process.cwd(), 'dist');
await Promise.all(
  process.argv.slice(2).map((name) =>
    build({
      entryPoints: [join(dist, `${name}.js`)],
      outfile: join(dist, `${basename(name)}.mjs`),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      keepNames: true,
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'error',
      plugins: [outside],
      // Packages in CommonJS ask for Node's own modules by `require`, which an ES module does not have.
      banner: { js: "import{createRequire as klevrCreateRequire}from'node:module';const require=klevrCreateRequire(import.meta.url);" },
    }),
  ),
);
