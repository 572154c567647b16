import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '../audit-entry.js';
import { AuditKeys, newAuditKey, type SignedPlace } from '../audit-keys.js';
import { beginning, chained } from '../chain.js';
import { checkDatabase } from './database-check.service.js';
import { checkExport } from './export-check.js';
import { badSignature, headsIn } from './signed-heads.js';
import { auditSample } from '../audit-sample.fixture.js';
import { head, keys, linesOf, placeOf, signedAt, Tables } from './tables.fixture.js';

const samples = Array.from({ length: 12 }, (_, number) => auditSample(number));
const whole = chained(beginning, samples);

describe('verifying the audit trail', () => {
  let tables: Tables;

  beforeEach(() => {
    tables = new Tables(whole);
  });

  const inDatabase = (heads: SignedPlace[] = []) => checkDatabase(tables.store, keys, heads);
  const inExport = (heads: SignedPlace[] = []) => checkExport(linesOf(tables.export()), keys, heads);
  const both = async (heads: SignedPlace[] = []): Promise<unknown[]> => [await inDatabase(heads), await inExport(heads)];

  it('finds a whole one whole, in the database and in an export', async () => {
    const verified = { entries: 12, first: 1, last: placeOf(whole[11]), heads: { matching: 2, tooOld: 0 } };
    expect(await both([head(placeOf(whole[4])), head(placeOf(whole[11]))])).toEqual([verified, verified]);
  });

  it('finds an empty one whole', async () => {
    tables = new Tables([]);
    tables.ends = beginning;
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ entries: 0 })));
  });

  const edits: { [Name in keyof Required<AuditEntry>]: AuditEntry[Name] } = {
    id: 'aud_01JBZ6V1GQ6W3F5J8C2N4R7T9X',
    at: '2026-01-01T00:00:00.001Z',
    userId: null,
    username: 'somebody else',
    callerKind: 'apiToken',
    callerId: null,
    address: '192.0.2.2',
    userAgent: null,
    action: 'DELETE /api/v1/zones/:zone',
    target: '/api/v1/zones/other',
    thingKind: 'agent',
    thingId: null,
    zoneId: null,
    outcome: 'refused',
    status: 204,
    code: 'CONFLICT',
    traceId: 'f'.repeat(32),
    change: '{"after":{}}',
  };

  it.each(Object.entries(edits))('finds an edited %s', async (name, value) => {
    tables.edit(7, { [name]: value });
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 7 })));
  });

  it('finds an edited hash, even where the entry stays as it was', async () => {
    tables.edit(7, { hash: 'a'.repeat(64) });
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 7 })));
  });

  it('finds a change of bytes in what was stored as canonical', async () => {
    tables.edit(7, { change: `${whole[6]?.change ?? ''} ` });
    expect(await inDatabase()).toMatchObject({ seq: 7 });
  });

  it.each([1, 6, 12])('finds that entry %d was removed', async (seq) => {
    tables.rows = tables.rows.filter((row) => row.seq !== seq);
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq, message: expect.stringContaining('missing') })));
  });

  it('finds two entries that have changed places', async () => {
    const [five, six] = [whole[4], whole[5]];
    if (five === undefined || six === undefined) throw new Error('there are none');
    tables.edit(5, { ...six, seq: 5 });
    tables.edit(6, { ...five, seq: 6 });
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 5 })));
  });

  it('finds an entry that was put in, also before the beginning', async () => {
    const [extra] = chained(placeOf(whole[5]), [auditSample(99)]);
    if (extra === undefined) throw new Error('there is none');
    tables.rows = [...whole.slice(0, 6), extra, ...whole.slice(6).map((row) => ({ ...row, seq: row.seq + 1 }))];
    tables.ends = { seq: 13, hash: whole[11]?.hash ?? '' };
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 8 })));
    tables = new Tables([{ ...extra, seq: 0 }, ...whole]);
    expect(await inDatabase()).toMatchObject({ seq: 0 });
  });

  it('finds a cut tail, though the place of its end was changed as well, by a head that was kept', async () => {
    const kept = head(placeOf(whole[9]));
    tables = new Tables(whole.slice(0, 8));
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ entries: 8 })));
    expect(await both([kept])).toEqual(Array(2).fill(expect.objectContaining({ seq: 9, message: expect.stringContaining('missing') })));
  });

  it('finds a chain that was worked out anew by a head that was kept', async () => {
    const other = samples.map((sample, index) => (index === 2 ? { ...sample, username: 'nobody' } : sample));
    tables = new Tables(chained(beginning, other));
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ entries: 12 })));
    expect(await both([head(placeOf(whole[7]))])).toEqual(Array(2).fill(expect.objectContaining({ seq: 8 })));
  });

  it('finds that the end is told to be elsewhere', async () => {
    tables.ends = placeOf(whole[8]);
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 10 })));
    tables.ends = { seq: 12, hash: 'b'.repeat(64) };
    expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 12 })));
  });

  describe('a part that was cut off at the beginning', () => {
    const anchor = (seq: number, by = keys): SignedPlace => by.sign('klevr-audit-anchor', placeOf(whole[seq - 1]), signedAt);
    const cutAt = (seq: number): void => {
      tables.rows = whole.slice(seq);
      tables.anchored = anchor(seq);
    };

    it('leaves the rest whole, and tells which heads are older', async () => {
      cutAt(5);
      const verified = { entries: 7, first: 6, heads: { matching: 2, tooOld: 1 } };
      const heads = [head(placeOf(whole[2])), head(placeOf(whole[4])), head(placeOf(whole[6]))];
      expect(await both(heads)).toEqual(Array(2).fill(expect.objectContaining(verified)));
    });

    it('is a fault where no anchor says so, or an older one does', async () => {
      cutAt(5);
      tables.anchored = undefined;
      expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 1 })));
      tables.anchored = anchor(3);
      expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ seq: 4 })));
    });

    it('is a fault where the anchor is signed by somebody else, or is a head', async () => {
      cutAt(5);
      tables.anchored = anchor(5, new AuditKeys(newAuditKey()));
      expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ message: expect.stringContaining('not among the known') })));
      tables.anchored = head(placeOf(whole[4]));
      expect(await both()).toEqual(Array(2).fill(expect.objectContaining({ message: expect.stringContaining('cannot be believed') })));
    });

    it('begins again where it is cut off while it is read', async () => {
      const anchorBefore = tables.anchor.bind(tables);
      let asked = 0;
      tables.anchor = () => {
        if (++asked === 2) cutAt(5);
        return anchorBefore();
      };
      const readAll = tables.next.bind(tables);
      tables.next = (...args) => (asked === 1 ? Promise.resolve(whole.slice(5)) : readAll(...args));
      expect(await inDatabase()).toMatchObject({ entries: 7, first: 6 });
    });
  });

  describe('a signed head', () => {
    it('is not believed once anything of it was changed', () => {
      const good = head(placeOf(whole[3]));
      expect(badSignature(keys, 'klevr-audit-head', [good])).toBeUndefined();
      const forged: SignedPlace[] = [
        { ...good, seq: 5 },
        { ...good, hash: 'a'.repeat(64) },
        { ...good, at: '2027-01-01T00:00:00.000Z' },
        { ...good, signature: good.signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
        head(placeOf(whole[3]), new AuditKeys(newAuditKey())),
      ];
      for (const one of forged) expect(badSignature(keys, 'klevr-audit-head', [one])).toMatchObject({ seq: one.seq });
      expect(badSignature(undefined, 'klevr-audit-head', [good])).toBeDefined();
    });

    it('is good with the keys as they are told, and after another key has taken over', () => {
      const old = newAuditKey();
      const oldHead = head(placeOf(whole[3]), new AuditKeys(old));
      const publicOnly = new AuditKeys(JSON.stringify({ keys: new AuditKeys(old).publicKeys }));
      const both = new AuditKeys(JSON.stringify({ keys: [JSON.parse(newAuditKey()), ...publicOnly.publicKeys] }));
      expect([publicOnly.canSign, both.canSign]).toEqual([false, true]);
      for (const known of [publicOnly, both]) expect(badSignature(known, 'klevr-audit-head', [oldHead])).toBeUndefined();
    });

    it('is read from a file alone, or one a line', () => {
      const heads = [head(placeOf(whole[1])), head(placeOf(whole[3]))];
      expect(headsIn(JSON.stringify(heads[0], undefined, 2))).toEqual([heads[0]]);
      expect(headsIn(heads.map((one) => `${JSON.stringify(one)}\n`).join(''))).toEqual(heads);
    });
  });

  describe('an export', () => {
    const lines = (): string[] => [...tables.export()];
    const check = (given: string[]) => checkExport(linesOf(given), keys, []);

    it('is a fault where it was cut off, goes on behind its end, or has a line that is none', async () => {
      expect(await check(lines().slice(0, -1))).toMatchObject({ seq: 13, message: expect.stringContaining('cut off') });
      expect(await check([...lines(), lines()[3] ?? ''])).toMatchObject({ seq: 13 });
      expect(await check(lines().with(4, '{"seq":4}'))).toMatchObject({ seq: 4 });
      expect(await check(lines().with(4, (lines()[4] ?? '').replace('{', '{"more":1,')))).toMatchObject({ seq: 4 });
      expect(await check([])).toMatchObject({ seq: 0 });
    });

    it('cannot be verified where it was filtered', async () => {
      expect(await check([JSON.stringify({ klevrAuditExport: 1, isWhole: false, anchor: null })])).toMatchObject({
        message: expect.stringContaining('filtered'),
      });
    });
  });
});
