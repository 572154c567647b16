import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@klevr/platform/config';
import { effectiveLines } from '@klevr/platform/config-report';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { z } from 'zod';
import { secret } from '@klevr/platform/config';
import { masterKeysText } from './master-keys.js';

const key = (): string => randomBytes(32).toString('base64');
const messagesOf = (text: string): string[] => masterKeysText.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

describe('master keys', () => {
  it('are lines of id:key, the first the current one', () => {
    const { currentId, byId } = masterKeysText.parse(`new:${key()}\n\n  old-1:${key()}  \n`);
    expect([currentId, ...byId.keys()]).toEqual(['new', 'new', 'old-1']);
  });

  it('tell all their faults, by their places and without the keys', () => {
    const short = randomBytes(31).toString('base64');
    const faults = messagesOf(`good:${key()}\nshort:${short}\n${key()}\ngood:${key()}\nbad id:${key()}`);
    expect(faults).toEqual([
      expect.stringContaining('key 2 of 6 is not written as id:key'),
      expect.stringContaining('key 3 of 6 is not written'),
      'key 4 of 6 has the id good, which another one has already',
      expect.stringContaining('key 5 of 6 is not written'),
    ]);
    expect(faults.join()).not.toContain(short);
    expect(messagesOf(' \n')).toEqual(['holds no key']);
  });

  it('are shown by nothing that prints them', () => {
    const text = key();
    const result = readConfig(z.object({ masterKey: secret(masterKeysText) }), { KLEVR_MASTER_KEY: `k1:${text}` });
    if ('faults' in result) throw new Error('faults');
    const bytes = Buffer.from(text, 'base64');
    const shown = [
      ...effectiveLines(result.settings),
      JSON.stringify(result.config),
      inspect(result.config, { depth: 9, showHidden: true }),
    ];
    expect(shown[0]).toBe('KLEVR_MASTER_KEY = *** (environment)');
    for (const line of shown) for (const form of ['base64', 'hex', 'latin1'] as const) expect(line).not.toContain(bytes.toString(form));
  });
});
