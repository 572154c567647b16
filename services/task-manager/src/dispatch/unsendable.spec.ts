import { describe, expect, it } from '@jest/globals';
import { mayGoElsewhere } from '../runs/gone.js';
import { apply } from '../runs/run-row.js';
import { after, sentRun } from '../runs/run-row.fixture.js';
import { settleUnsendable } from './unsendable.js';

const noKey = { why: 'noKey', message: 'the agent has no key' } as const;

describe('a run that was claimed and cannot be sent', () => {
  it('leaves nothing of the attempt that was never sent, so that it may go elsewhere', () => {
    const run = sentRun({ targetKind: 'any', leaseUntil: after(330) });
    settleUnsendable(run, noKey, after(1));
    expect(run.row).toMatchObject({
      ...{ state: 'queued', due: false, waitCode: 'NO_SEALING_KEY', attempt: 0, sendCount: 0 },
      ...{ session: null, epoch: null, journalId: null, notAfterAt: null, leaseUntil: null, dispatchedAt: null },
    });
    expect(mayGoElsewhere(run.row)).toBe(true);
  });

  it('keeps the number of a further attempt', () => {
    const run = sentRun({ attempt: 3, retries: 2 });
    settleUnsendable(run, noKey, after(1));
    expect(run.row).toMatchObject({ state: 'queued', attempt: 3, notAfterAt: null });
  });

  it('keeps what a copy that was sent before may still need, until that is void', () => {
    const run = sentRun({ targetKind: 'any', sendCount: 2 });
    settleUnsendable(run, noKey, after(1));
    expect(run.row).toMatchObject({ state: 'dispatched', attempt: 1, notAfterAt: after(30) });
    settleUnsendable(run, noKey, after(36));
    expect(run.row).toMatchObject({ state: 'queued', attempt: 1, notAfterAt: after(30) });
  });

  it('goes nowhere else where a copy was sent once, however often it is claimed after that', () => {
    const run = sentRun({ targetKind: 'any', sendCount: 2 });
    for (const seconds of [1, 36, 70]) {
      settleUnsendable(run, noKey, after(seconds));
      if (seconds !== 36) continue;
      apply(run, 'claimed', after(69));
      run.row.sendCount += 1;
    }
    expect(run.row).toMatchObject({ attempt: 1, notAfterAt: after(30) });
    expect(mayGoElsewhere(run.row)).toBe(false);
  });

  it('ends where the secret is gone for good', () => {
    const run = sentRun();
    settleUnsendable(run, { why: 'gone', message: 'there is no credential x' }, after(1));
    expect(run.row).toMatchObject({ state: 'failed', reason: { code: 'CREDENTIAL_MISSING' } });
  });
});
