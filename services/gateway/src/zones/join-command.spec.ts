import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { joinCommand } from './join-command.js';

describe('joinCommand', () => {
  it('is one line to paste', () => {
    expect(joinCommand('https://klevr.test:8443', 'klevr_j_a-B')).toBe(
      'KLEVR_SERVER_URL=https://klevr.test:8443 KLEVR_JOIN_TOKEN=klevr_j_a-B KLEVR_AGENT_DIR="$HOME/.klevr-agent" node services/agent/dist/main.js',
    );
  });

  it('gives the shell each value as it is, whatever is in it', () => {
    const value = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
    const urlSeenByShell = (command: string): string =>
      execFileSync('sh', [
        '-c',
        `${command.replace(/ KLEVR_AGENT_DIR=.*$/s, '')} sh -c 'printf "%s|%s" "$KLEVR_SERVER_URL" "$KLEVR_JOIN_TOKEN"'`,
      ]).toString();
    fc.assert(
      fc.property(value, value, (url, token) => {
        fc.pre(!`${url}${token}`.includes(' KLEVR_AGENT_DIR='));
        expect(urlSeenByShell(joinCommand(url, token))).toBe(`${url}|${token}`);
      }),
      { numRuns: 40 },
    );
  });
});
