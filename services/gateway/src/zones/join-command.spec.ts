import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { joinCommand } from './join-command.js';

/** A folder of programs of the test's own: what a host has, and nothing else. */
const script = `printf '%s|' "$KLEVR_JOIN_TOKEN" "$@"`;

describe('joinCommand', () => {
  let folder: string;

  const paste = (command: string, programs: Record<string, string>): string => {
    const path = mkdtempSync(join(folder, 'bin-'));
    symlinkSync('/bin/sh', join(path, 'sh'));
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(path, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(path, name), 0o755);
    }
    return execFileSync('/bin/sh', ['-c', command], {
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    }).toString();
  };
  const tells = (text: string): string => `printf %s '${text.replaceAll("'", "'\\''")}'`;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'klevr-join-command-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is one line', () => {
    const command = joinCommand('https://klevr.test:8443', 'klevr_j_a-B');
    expect(command).toMatch(/^KLEVR_JOIN_TOKEN=klevr_j_a-B sh -c '[^'\n]*' klevr https:\/\/klevr\.test:8443\/install\.sh$/);
  });

  it.each([
    ['curl', { curl: tells(script), wget: 'exit 9', node: 'exit 9' }],
    ['wget where there is no curl', { wget: tells(script), node: 'exit 9' }],
    ['wget where curl fails', { curl: 'exit 60', wget: tells(script), node: 'exit 9' }],
    ['Node.js where there is nothing else', { node: tells(script) }],
    ['Node.js where the others fail', { curl: 'exit 60', wget: 'exit 5', node: tells(script) }],
  ])('runs the installer that it got with %s, the token in its environment and the options behind it', (_name, programs) => {
    expect(paste(`${joinCommand('https://klevr.test', 'klevr_j_x')} --foreground --dir /x`, programs)).toBe(
      'klevr_j_x|--foreground|--dir|/x|',
    );
  });

  it('runs nothing of a script that did not arrive whole, and fails', () => {
    const half = `${tells('echo half')}; exit 18`;
    expect(() => paste(joinCommand('https://klevr.test', 't'), { curl: half, wget: half, node: half })).toThrow(/Command failed/);
    expect(() => paste(`${joinCommand('https://klevr.test', 't')} && echo went on`, {})).toThrow(/Command failed/);
  });

  it('gives the shell each value as it is, whatever is in it', () => {
    const value = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
    const seenByShell = (command: string): string => paste(command, { curl: `printf 'printf "%%s|" "$KLEVR_JOIN_TOKEN" "$u"'` });
    fc.assert(
      fc.property(value, value, (url, token) => {
        expect(seenByShell(joinCommand(url, token))).toBe(`${token}|${url}/install.sh|`);
      }),
      { numRuns: 40 },
    );
  });
});
