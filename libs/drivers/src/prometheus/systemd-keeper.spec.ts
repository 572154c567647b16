import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { StackFolder } from './stack-folder.js';
import type { StackProcess } from './stack-process.js';
import { systemdKeeper, unitText } from './systemd-keeper.js';

const tool = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'klevr-unit-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const stack = { resourceId: 'res_1', resourceName: 'monitoring', folder: new StackFolder(join(scratch, 'a b%c')) };
const prometheus: StackProcess = {
  ...{ name: 'prometheus', program: process.execPath, folder: scratch, flags: 'f00', listen: '127.0.0.1', port: 9090 },
  ...{ url: 'http://127.0.0.1:9090', readyPath: '/-/ready', writes: join(scratch, 'a b%c/data') },
  args: ['--web.external-url=http://x/?a="b"&c=$HOME%20${PATH}'],
};

describe('the unit of a program', () => {
  const text = unitText(stack, prometheus, 'owner-1');

  it('carries the marks by which the process is found, and nothing that systemd would read as a variable or a specifier', () => {
    expect(text).toContain('Environment="KLEVR_STACK_RESOURCE=res_1"');
    expect(text).toContain('Environment="KLEVR_STACK_FLAGS=f00"');
    expect(text).toContain('"--web.external-url=http://x/?a=\\"b\\"&c=$$HOME%%20$${PATH}"');
  });

  it('gives the program no rights but to write its own data', () => {
    expect(text).toMatch(/^CapabilityBoundingSet=$/m);
    expect(text).toMatch(/^ProtectSystem=strict$/m);
    expect(text.match(/^ReadWritePaths=.*$/gm)).toEqual([`ReadWritePaths="${join(scratch, 'a b%%c/data')}"`]);
  });

  (tool ? describe : describe.skip)(`judged by systemd-analyze${tool ? '' : ' (skipped: it is not here)'}`, () => {
    const verify = (unit: string): string => {
      const path = join(scratch, 'klevr-res_1-prometheus.service');
      writeFileSync(path, unit);
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8', timeout: 20_000 });
      // It judges units of this machine as well.
      return `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line.includes('klevr-'))
        .join('\n');
    };
    it('is taken without a word', () => {
      expect(verify(text)).toBe('');
      expect(verify(text.replace('Restart=on-failure', 'Restart=sometimes'))).toMatch(/restart/i);
    });
  });
});

describe('the keeper of units', () => {
  it('asks systemd in an order in which nothing is started from an old unit, and forgets what is not wanted', async () => {
    const asked: string[] = [];
    const keeper = systemdKeeper('owner-1', async (args) => void asked.push(args.join(' ')), scratch);
    await keeper.start(stack, prometheus);
    await keeper.forget(stack, 'prometheus');
    expect(asked).toEqual([
      'daemon-reload',
      'enable klevr-res_1-prometheus.service',
      'restart klevr-res_1-prometheus.service',
      'disable --now klevr-res_1-prometheus.service',
    ]);
    const without = (said: string) => systemdKeeper('owner-1', () => Promise.reject(new Error(said)), scratch);
    await without('Failed to disable unit: Unit file klevr-res_1-prometheus.service does not exist.').forget(stack, 'prometheus');
    await expect(without('Access denied').forget(stack, 'prometheus')).rejects.toThrow('Access denied');
    expect(keeper.files(stack, [prometheus]).map(({ part, path }) => [part, path])).toEqual([
      ['unit/klevr-res_1-prometheus.service', join(scratch, 'klevr-res_1-prometheus.service')],
    ]);
  });
});
