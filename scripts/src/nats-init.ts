/** `npm run nats:init`: writes the keys of this installation and the configuration of a NATS that others run. Changes neither once they exist. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openInstallation, writeNatsConfig } from '@klevr/launcher/installation';
import { klevrHome } from '@klevr/launcher/klevr-home';

const USAGE = 'usage: npm run nats:init [-- --host 127.0.0.1 --port 4222 --store <folder>]';

try {
  const { values } = parseArgs({
    options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '4222' }, store: { type: 'string' } },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port must be a number from 1 to 65535`);
  const home = klevrHome(process.env);
  const dir = join(home, 'nats-external');
  const config = await writeNatsConfig(await openInstallation(home), dir, {
    host: values.host,
    port,
    storeFolder: resolve(values.store ?? join(dir, 'store')),
  });
  process.stdout.write(
    [
      `Keys:           ${join(home, 'secrets')} (keep them secret, and keep them)`,
      `Configuration:  ${config}`,
      `Start the server with:  nats-server -c ${config}`,
      `Then start Klevr with:  KLEVR_NATS_URL=nats://${values.host === '0.0.0.0' ? '<its address>' : values.host}:${port} npm start`,
      '',
    ].join('\n'),
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
