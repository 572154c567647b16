// Makes what hosts download to provision, in dist/: the worker as one file, its checksum, the notices of what is bundled, and its unit, which is the agent's.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleHostProgram, putInto } from '../../scripts/bundle-host-program.mjs';

const root = import.meta.dirname;
await bundleHostProgram({
  root,
  entry: 'worker/main.js',
  name: 'klevr-worker',
  notices: 'THIRD_PARTY_NOTICES.worker.txt',
  instead: {
    // Docker over SSH is asked for by its library at once, and not used here.
    ssh2: 'module.exports = {};',
    // Comes without the text of its licence.
    'split-ca':
      "module.exports = (path) => require('node:fs').readFileSync(path, 'utf8').match(/-+BEGIN CERT[^]*?-+END CERTIFICATE-+/g) ?? [];",
  },
});
const unit = await readFile(join(root, '..', 'agent', 'install', 'klevr-agent.service'), 'utf8');
await putInto(join(root, 'dist'))(
  'klevr-worker.service',
  unit.replaceAll('klevr-agent', 'klevr-worker').replace('Description=Klevr agent', 'Description=Klevr worker'),
);
