import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { announced, inUse } from '@klevr/messaging/auth/key-rotation';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import { serializeNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { writeSecret } from './secrets.js';
import { NATS_IDENTITY_FILE, keepSystemFiles } from './system-files.js';

describe('the files of an installation', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stay as they are, and a key that signs tasks and was lost is made anew as a newer one than agents know', async () => {
    const { taskKey } = await keepSystemFiles(folder);
    const read = async () => JSON.parse(await readFile(taskKey, 'utf8')) as { kid: string; generation: number };
    const first = await read();
    await keepSystemFiles(folder);
    expect(await read()).toEqual(first);
    await rm(taskKey);
    const knownAtMs = Date.now();
    await keepSystemFiles(folder);
    const made = await read();
    expect(made.kid).not.toBe(first.kid);
    expect(made.generation).toBeGreaterThanOrEqual(knownAtMs);
  });

  it('follow the identity where a rotation was broken off after it', async () => {
    const { natsIdentity, agentIssuer } = await keepSystemFiles(folder);
    const rotated = inUse(announced(natsIdentity), 1_000, 3_600);
    await writeSecret(join(folder, NATS_IDENTITY_FILE), serializeNatsIdentity(rotated));
    await keepSystemFiles(folder);
    expect(JSON.parse(await readFile(agentIssuer, 'utf8'))).toEqual(agentIssuerOf(rotated));
  });
});
