// Makes what hosts download, all of it in dist/: the agent as one file (which `npm start` and the tests run as well), its checksum, the notices of what is
// bundled, the installer and the unit.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleHostProgram } from '../../scripts/bundle-host-program.mjs';

const root = import.meta.dirname;
await bundleHostProgram({ root, entry: 'main.js', name: 'klevr-agent', notices: 'THIRD_PARTY_NOTICES.txt' });
for (const name of ['install.sh', 'klevr-agent.service']) await copyFile(join(root, 'install', name), join(root, 'dist', name));
