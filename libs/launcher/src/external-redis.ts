/** Checks a Redis that somebody else runs: reachable, right password, new enough. Does not change anything in it. */
import { Redis } from 'ioredis';
import { CONNECT_TIMEOUT_MS, parseServerUrl, unreachable } from './external-url.js';
import { ServerProblemError } from './server-problem.error.js';
import { isAtLeast, MIN_VERSIONS } from './server-version.js';
import { errorLine } from './system-error.js';

const VARIABLE = 'KLEVR_REDIS_URL';

export async function checkExternalRedis(url: string): Promise<void> {
  const address = parseServerUrl({ server: 'redis', variable: VARIABLE, url, protocols: ['redis:', 'rediss:'], defaultPort: 6379 });
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  try {
    await client.connect();
    const info = await client.info('server');
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
    if (!isAtLeast(version, MIN_VERSIONS.redis)) {
      const cure = `Upgrade it to ${MIN_VERSIONS.redis} or newer.`;
      throw new ServerProblemError('redis', `${address.shown} runs ${version}, which is too old.`, cure);
    }
  } catch (error) {
    if (error instanceof ServerProblemError) throw error;
    // "Connection is closed" hides why; the client told that in an event before.
    const cause = lastError ?? error;
    if (/NOAUTH|WRONGPASS|NOPERM|invalid password/i.test(errorLine(cause))) {
      throw new ServerProblemError('redis', `${address.shown} refuses the user or the password.`, `Correct ${VARIABLE}.`, { cause });
    }
    throw unreachable('redis', VARIABLE, address, cause);
  } finally {
    client.disconnect();
  }
}
