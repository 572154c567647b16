import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { klevrHome } from '@klevr/launcher/klevr-home';
import { keepNatsIdentity } from '@klevr/launcher/system-files';
import { natsTrustOf } from '@klevr/messaging/auth/account-jwt';
import { natsServerConfigText } from '@klevr/messaging/auth/nats-server-config';

/**
 * npm run nats:init — the keys of this installation and the configuration of a NATS server that trusts them, for a NATS that somebody runs
 * themselves (KLEVR_NATS_URL). Run again, it keeps the keys and writes the configuration anew.
 */
const home = klevrHome(process.env);
const folder = join(home, 'nats-init');
await mkdir(folder, { recursive: true, mode: 0o700 });
const identity = await keepNatsIdentity(join(home, 'secrets'));
const file = join(folder, 'nats-server.conf');
const text = natsServerConfigText({
  trust: await natsTrustOf(identity),
  serverName: 'klevr',
  port: 4222,
  storeFolder: join(folder, 'store'),
  resolverFolder: join(folder, 'accounts'),
  maxFileBytes: 10 * 1024 ** 3,
  maxMemoryBytes: 256 * 1024 ** 2,
});
await writeFile(file, text, { mode: 0o600 });
console.log(`keys:          ${join(home, 'secrets', 'nats-identity.json')} (keep it secret; npm start uses it)`);
console.log(`configuration: ${file}`);
console.log(`start it with: nats-server -c ${file}`);
console.log('then:          KLEVR_NATS_URL=nats://127.0.0.1:4222 npm start');
