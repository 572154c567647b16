import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { createLogger } from '@klevr/platform/logger';
import { parseTaskKeys, rotateTaskKeys, serializeTaskKeys } from '@klevr/platform/task-key-file';
import { CommandSigner } from './command-signer.js';
import { AgentsTold, TaskKeyPlace, TaskKeyWatch } from './task-key.watch.js';

const jwk = JSON.stringify({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'first' });
const rotated = serializeTaskKeys(rotateTaskKeys(parseTaskKeys(jwk), { nowMs: 1_000_000, leadMs: 0, overlapMs: 1_000 }));

describe('the file of the keys that sign tasks, watched', () => {
  let folder: string;
  let clock: FakeClock;
  let watch: TaskKeyWatch | undefined;
  let told: string[];
  let waiting: (() => void)[];
  let away = false;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-task-keys-'));
    [clock, told, waiting, away] = [new FakeClock(), [], [], false];
  });
  afterEach(async () => {
    await watch?.onModuleDestroy();
    await rm(folder, { recursive: true });
  });
  const replace = async (text: string): Promise<void> => {
    await writeFile(join(folder, 'draft'), text);
    await rename(join(folder, 'draft'), join(folder, 'file'));
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const start = async (text: string): Promise<CommandSigner> => {
    await replace(text);
    const signer = await CommandSigner.of(text);
    const tell: AgentsTold['tell'] = ({ statement }) => {
      told.push(statement);
      waiting.splice(0).forEach((go) => go());
      return away ? Promise.reject(new Error('the database is away')) : Promise.resolve(1);
    };
    const log = createLogger({ service: 'task-manager', level: 'trace', destination: { write: () => undefined } });
    watch = new TaskKeyWatch(new TaskKeyPlace(join(folder, 'file')), signer, { tell } as AgentsTold, clock, log);
    watch.onApplicationBootstrap();
    return signer;
  };

  it('is told to every agent once it is another, and again where that failed', async () => {
    const signer = await start(jwk);
    away = true;
    await replace(rotated);
    await until(() => told.length > 0);
    away = false;
    const before = told.length;
    while (told.length === before) await clock.advanceAsync(30_000);
    expect(new Set(told)).toEqual(new Set([signer.toldKeys.statement]));
  });

  it('is told at the start where keys were ever rotated', async () => {
    const signer = await start(rotated);
    await until(() => told.length > 0);
    expect(told).toEqual([signer.toldKeys.statement]);
  });
});
