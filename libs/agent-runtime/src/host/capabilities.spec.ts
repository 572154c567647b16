import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { Capabilities, foldersOf, versionFrom } from './capabilities.js';

describe('the tools of a host', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-tools-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const tool = async (name: string, script: string): Promise<void> => {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  };
  const here = (): Capabilities => new Capabilities([folder, '/bin', '/usr/bin'].join(delimiter));
  const found = async (capabilities: Capabilities, name: string): Promise<string | undefined> => (await capabilities.find())[name];

  it('are known by the version that they tell', async () => {
    await tool('docker', 'echo "Docker version 20.10.24+dfsg1, build 297e128"');
    await tool('libvirtd', 'echo "libvirtd (libvirt) 9.0.0"');
    await tool('helm', 'echo "broken 1.2.3"; exit 3');
    expect(await new Capabilities(folder + delimiter + '/bin').find()).toMatchObject({ docker: '20.10.24+dfsg1', libvirt: '9.0.0' });
    expect(await found(here(), 'helm')).toBeUndefined();
  });

  it('are asked once while they stay the same, and anew when they are replaced, added or gone', async () => {
    const capabilities = here();
    await tool('terraform', `echo asked >> ${folder}/log; echo "Terraform v1.9.0"`);
    expect(await found(capabilities, 'terraform')).toBe('1.9.0');
    expect(await found(capabilities, 'terraform')).toBe('1.9.0');
    await tool('terraform', 'echo "Terraform v1.10.0"');
    expect(await found(capabilities, 'terraform')).toBe('1.10.0');
    await rm(join(folder, 'terraform'));
    expect(await found(capabilities, 'terraform')).toBeUndefined();
    await tool('kubectl', `test -f ${folder}/log && wc -l < ${folder}/log`);
    expect(await found(capabilities, 'kubectl')).toBe('1');
  });

  it('that hang are given up together with what they started', async () => {
    await tool('podman', `sh -c 'echo $$ > ${folder}/child; exec sleep 60' & sleep 60`);
    const impatient = new Capabilities([folder, '/bin', '/usr/bin'].join(delimiter), 500);
    const startedAt = performance.now();
    expect(await found(impatient, 'podman')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    const child = (await readFile(`${folder}/child`, 'utf8')).trim();
    // Gone, or dead and not yet fetched by the first process; on a busy machine that takes its moment.
    await eventually('the end of what it started', 10_000, async () => {
      const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => ') Z');
      return stat.includes(') Z') ? true : undefined;
    });
  });

  it('get nothing of the settings of the agent', async () => {
    process.env['KLEVR_JOIN_TOKEN'] = 'kjt_secret';
    try {
      await tool('git', 'test -z "$KLEVR_JOIN_TOKEN" && echo 2.39.5');
      expect(await found(here(), 'git')).toBe('2.39.5');
    } finally {
      delete process.env['KLEVR_JOIN_TOKEN'];
    }
  });

  it('are looked for in no folder that is not named in full', () => {
    expect(foldersOf(['.', '', 'bin', '/usr/bin', '/bin', '/usr/bin'].join(delimiter))).toEqual(['/usr/bin', '/bin']);
  });

  it.each([
    ['Docker version 20.10.24+dfsg1, build 297e128', '20.10.24+dfsg1'],
    ['git version 2.39.5', '2.39.5'],
    ['v3.12.0+gc9f554d', '3.12.0+gc9f554d'],
    ['systemd 252 (252.39-1~deb12u1)', '252'],
    ['', undefined],
  ])('have the version in %j', (text, version) => {
    expect(versionFrom(text)).toBe(version);
  });
});
