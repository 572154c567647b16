import { describe, expect, it } from '@jest/globals';
import { PasswordHasher } from './password-hasher.js';

describe('PasswordHasher', () => {
  it('knows a password by its argon2id hash, which is another each time', async () => {
    const passwords = new PasswordHasher();
    const [one, two] = await Promise.all([passwords.hash('pass'), passwords.hash('pass')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await passwords.verify(one, 'pass')).toBe(true);
    expect(await passwords.verify(one, 'Pass')).toBe(false);
  });

  it('knows a password however its letters are composed', async () => {
    const passwords = new PasswordHasher();
    expect(await passwords.verify(await passwords.hash('Gr\u00fc\u00dfe'), 'Gru\u0308\u00dfe')).toBe(true);
  });

  it('knows a hash that was made with other parameters', async () => {
    const passwords = new PasswordHasher();
    expect(passwords.isOutdated(await passwords.hash('pass'))).toBe(false);
    expect(passwords.isOutdated('$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA')).toBe(true);
  });

  it('takes as long for a user that does not exist', async () => {
    const passwords = new PasswordHasher();
    const stored = await passwords.hash('pass');
    await passwords.verify(undefined, 'pass');
    const quickest = { known: Infinity, unknown: Infinity };
    const timed = async (against: string | undefined): Promise<number> => {
      const startMs = performance.now();
      await passwords.verify(against, 'wrong');
      return performance.now() - startMs;
    };
    for (let turn = 0; turn < 7; turn++) {
      quickest.known = Math.min(quickest.known, await timed(stored));
      quickest.unknown = Math.min(quickest.unknown, await timed(undefined));
    }
    // Without the work the answer takes a thousandth of the time; what a busy machine does to the quickest of seven stays below a tenth.
    expect(quickest.unknown).toBeGreaterThan(quickest.known / 10);
  });

  it('lets nobody in as a user that does not exist', async () => {
    expect(await new PasswordHasher().verify(undefined, 'nobody')).toBe(false);
  });

  it('turns away when too many wait, and serves the others', async () => {
    const passwords = new PasswordHasher();
    const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => passwords.hash('x')));
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]?.reason).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await passwords.hash('x')).toMatch(/^\$argon2id/);
    // 67 hashes that are meant to be slow, on a machine that may be busy.
  }, 60_000);
});
