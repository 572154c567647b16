import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { policyText } from './apt-install.js';

describe('the policy for services while packages are installed', () => {
  it('forbids what the installation starts, and nothing that somebody else does should it be left behind', () => {
    const asked = (env: Record<string, string>) => spawnSync('/bin/sh', ['-c', policyText], { env, timeout: 10_000 }).status;
    expect(asked({ KLEVR_INSTALLS: '1' })).toBe(101);
    expect(asked({})).toBe(0);
  });
});
