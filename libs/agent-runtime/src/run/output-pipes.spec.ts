import { closeSync, readdirSync, statSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutputPipes, type OutputPipe } from './output-pipes.js';

describe('the pipes for output', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-pipes-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const taken = (pipes: OutputPipes): OutputPipe => {
    const two = pipes.takeTwo();
    if (two === undefined) throw new Error('no pipes');
    const [pipe, other] = two;
    closeSync(other.writeFd);
    other.reader.resume();
    return pipe;
  };
  const heard = (pipe: OutputPipe): Promise<string> =>
    new Promise((resolve) => {
      const bytes: Buffer[] = [];
      pipe.reader.on('data', (piece: Buffer) => bytes.push(piece));
      pipe.reader.once('close', () => resolve(Buffer.concat(bytes).toString()));
    });

  it('carry what is written to their end, and serve again', async () => {
    const pipes = new OutputPipes(folder);
    for (let round = 0; round < 100; round += 1) {
      await pipes.prepare();
      const pipe = taken(pipes);
      const text = heard(pipe);
      writeSync(pipe.writeFd, `round ${round}`);
      closeSync(pipe.writeFd);
      expect(await text).toBe(`round ${round}`);
    }
    expect(readdirSync(folder)).toHaveLength(32);
  });

  it('are for the agent alone', async () => {
    const pipes = new OutputPipes(join(folder, 'pipes'));
    await pipes.prepare();
    expect(statSync(join(folder, 'pipes')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'pipes', '1')).mode & 0o777).toBe(0o600);
  });

  it('are not used again where somebody may still write to them', async () => {
    const pipes = new OutputPipes(folder);
    await pipes.prepare();
    const pipe = taken(pipes);
    const closed = heard(pipe);
    pipe.reader.destroy();
    await closed;
    expect(readdirSync(folder)).toHaveLength(31);
    closeSync(pipe.writeFd);
  });

  it('are made as needed', async () => {
    const pipes = new OutputPipes(folder);
    const open = [];
    for (let count = 0; count < 80; count += 1) {
      await pipes.prepare();
      open.push(taken(pipes));
    }
    for (const { reader, writeFd } of open) {
      reader.destroy();
      closeSync(writeFd);
    }
    expect(open).toHaveLength(80);
  });

  it('are missing where there is no program that makes them', async () => {
    const pipes = new OutputPipes(folder, '/no/such/program');
    await pipes.prepare();
    expect(pipes.takeTwo()).toBeUndefined();
  });
});
