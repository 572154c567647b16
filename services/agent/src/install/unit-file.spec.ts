import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const template = readFileSync(new URL('../../install/klevr-agent.service', import.meta.url), 'utf8');
const tool = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).status === 0;

describe('the unit of the agent', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'klevr-unit-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const verify = (unit: string): string => {
    const path = join(folder, 'klevr-agent.service');
    writeFileSync(path, unit);
    const said = execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$0" 2>&1 || true', path], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    // It judges the units that this one names as well; those are this machine's.
    return said
      .split('\n')
      .filter((line) => line.includes('klevr-agent'))
      .join('\n');
  };
  const unit = template.replace('@START@', process.execPath).replace('@WANTED_BY@', 'multi-user.target');

  it('has no place left open once its two are filled in', () => {
    expect(unit.split('\n').slice(1).join('\n')).not.toContain('@');
  });

  (tool ? describe : describe.skip)(`judged by systemd-analyze${tool ? '' : ' (skipped: it is not here)'}`, () => {
    it('is taken without a word', () => {
      expect(verify(unit)).toBe('');
      expect(verify(unit.replace('KillMode=mixed', 'KillMode=sometimes'))).toMatch(/kill mode/i);
    });
  });

  it('starts the agent again whenever it fails, but not where it was removed or refused', () => {
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^RestartPreventExitStatus=77 78$/m);
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
  });
});
