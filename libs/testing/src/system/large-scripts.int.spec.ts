import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Run, Task } from '@klevr/contracts/task';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const scriptBytes = 1024 * 1024;

/** A script of exactly so many bytes that tells the checksum of its own file: what `$0` is, is the agent's to say. */
const selfSum = (bytes: number): string => {
  const head = 'sha256sum < "$0" | cut -d" " -f1 > "$KLEVR_OUTPUT"\nexit 0\n';
  // Not to be compressed on the way, and of characters that JSON writes as they are, and as more than one.
  const filler = randomBytes(bytes)
    .toString('base64')
    .replaceAll('A', '"')
    .slice(0, bytes - head.length - 1);
  return `${head}#${filler}`;
};

describe('a large task', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 2 });
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const ended = async (task: object): Promise<{ task: Task; runs: Run[] }> => {
    const { api, zone } = open.system;
    const { id } = await api.createTask({ name: 'large', zone, target: { all: '' }, ...task });
    return { task: await api.taskEnd(id, 60_000), runs: await api.runs(id) };
  };

  it('reaches every agent with a script of 1 MiB whole', async () => {
    const script = selfSum(scriptBytes);
    const { task, runs } = await ended({ steps: [{ name: 'sum', run: script }] });
    const sum = createHash('sha256').update(script).digest('hex');
    expect(task).toMatchObject({ status: 'succeeded', reason: null });
    expect(runs.map(({ output }) => output?.trim())).toEqual([sum, sum]);
  }, 90_000);

  it('reaches every agent with almost 4 MiB of work', async () => {
    const scripts = [1, 1, 1, 0.87].map((size) => selfSum(Math.floor(size * scriptBytes)));
    const { task } = await ended({ steps: scripts.map((run, index) => ({ name: `sum ${index}`, run })) });
    expect(task).toMatchObject({ status: 'succeeded', reason: null });
  }, 90_000);

  it('is refused where a script is larger', async () => {
    const { api, zone } = open.system;
    const steps = [{ name: 'sum', run: selfSum(scriptBytes + 1) }];
    const answer = await api.raw('POST', '/tasks', { name: 'large', zone, target: { all: '' }, steps });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'BAD_REQUEST' }]);
  }, 60_000);
});
