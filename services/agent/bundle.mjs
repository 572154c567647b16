// Bundles the agent into the one file that hosts download and that `npm start` and the tests run: dist/klevr-agent.mjs.
import { build } from 'esbuild';

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

await build({
  entryPoints: ['dist/main.js'],
  outfile: 'dist/klevr-agent.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [oneLocale],
  // Packages in CommonJS ask for Node's own modules by `require`, which an ES module does not have.
  banner: { js: "import{createRequire as klevrCreateRequire}from'node:module';const require=klevrCreateRequire(import.meta.url);" },
});
