import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { SlowFacts } from './slow-facts.js';

describe('what is slow to find out', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-slow-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const aws = () => Promise.resolve({ vendor: 'Amazon EC2' });

  it('is not waited for by those who must go on, and there once it is found', async () => {
    await writeFile(join(folder, 'docker'), '#!/bin/sh\nwhile ! test -f "$0.go"; do sleep 0.01; done; echo 20.10.24\n');
    await writeFile(join(folder, 'git'), '#!/bin/sh\necho git version 2.39.5\n');
    for (const tool of ['docker', 'git']) await chmod(join(folder, tool), 0o755);
    let answer: (details: object) => void = () => undefined;
    const facts = new SlowFacts([folder, '/bin', '/usr/bin'].join(delimiter), () => new Promise((resolve) => (answer = resolve)), aws);
    const early = await eventually('the quick ones', 5_000, async () => {
      const found = await facts.known(5);
      return found.capabilities['git'] === undefined ? undefined : found;
    });
    expect([early.capabilities['docker'], early.capabilities['git'], early.cloud]).toEqual([undefined, '2.39.5', { provider: 'aws' }]);
    await writeFile(join(folder, 'docker.go'), '');
    answer({ region: 'eu-west-1' });
    expect(await facts.search()).toMatchObject({ capabilities: { docker: '20.10.24' }, cloud: { provider: 'aws', region: 'eu-west-1' } });
    expect(await facts.known(0)).toMatchObject({ capabilities: { docker: '20.10.24' }, cloud: { region: 'eu-west-1' } });
  });

  it('of the cloud is asked until it is known, and not for ever', async () => {
    let asked = 0;
    const silent = new SlowFacts('', () => Promise.resolve(void asked++), aws);
    for (let count = 0; count < 9; count++) await silent.search();
    expect(asked).toBe(5);
    expect((await silent.known(0)).cloud).toEqual({ provider: 'aws' });
    asked = 0;
    const talking = new SlowFacts('', () => Promise.resolve(asked++ === 0 ? undefined : { region: 'r' }), aws);
    for (let count = 0; count < 4; count++) await talking.search();
    expect(asked).toBe(2);
  });

  it('of the cloud is asked of nobody where the firmware names none', async () => {
    let asked = 0;
    const facts = new SlowFacts(
      '',
      () => Promise.resolve(void asked++),
      () => Promise.resolve({ vendor: 'Dell Inc.' }),
    );
    expect((await facts.search()).cloud).toBeUndefined();
    expect(asked).toBe(0);
  });
});
