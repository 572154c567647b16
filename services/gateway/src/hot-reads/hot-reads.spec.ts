import { describe, expect, it } from '@jest/globals';
import type { Principal } from '../auth/principal.js';
import { HotReads } from './hot-reads.js';

const caller = (): Principal => ({ kind: 'session', id: 'login_1', userId: 'usr_1', username: 'a', grants: [], expiresAtMs: Infinity });
const answer = { body: Buffer.from('{}'), etag: '"1"' };

describe('HotReads', () => {
  let nowMs = 1;
  const clock = { monotonicMs: () => nowMs };
  const trusted = (): HotReads => {
    const reads = new HotReads(clock);
    reads.trust(true);
    return reads;
  };
  const keptBy = (reads: HotReads, principal: Principal, generation = reads.generation): void => {
    if (generation !== undefined) reads.keep(principal, '/api/v1/agents', answer, generation);
  };

  it('gives an answer again to the same caller and for the same address only', () => {
    const [reads, principal] = [trusted(), caller()];
    keptBy(reads, principal);
    expect(reads.find(principal, '/api/v1/agents')).toMatchObject(answer);
    expect(reads.find(principal, '/api/v1/agents?limit=1')).toBeUndefined();
    // The same session with other rights.
    expect(reads.find(caller(), '/api/v1/agents')).toBeUndefined();
  });

  it('gives nothing that was read before a change, nor keeps what was being read meanwhile', () => {
    const [reads, principal] = [trusted(), caller()];
    const begun = reads.generation;
    keptBy(reads, principal);
    reads.changed();
    expect(reads.find(principal, '/api/v1/agents')).toBeUndefined();
    keptBy(reads, principal, begun);
    expect(reads.find(principal, '/api/v1/agents')).toBeUndefined();
  });

  it('keeps and gives nothing while changes would not be heard of', () => {
    const [reads, principal] = [trusted(), caller()];
    keptBy(reads, principal);
    reads.trust(false);
    expect(reads.generation).toBeUndefined();
    expect(reads.find(principal, '/api/v1/agents')).toBeUndefined();
    reads.trust(true);
    expect(reads.find(principal, '/api/v1/agents')).toBeUndefined();
  });

  it('gives nothing older than a second', () => {
    const [reads, principal] = [trusted(), caller()];
    keptBy(reads, principal);
    nowMs += 990;
    expect(reads.find(principal, '/api/v1/agents')).toBeDefined();
    nowMs += 20;
    expect(reads.find(principal, '/api/v1/agents')).toBeUndefined();
  });

  it('keeps no answer that is too large', () => {
    const [reads, principal] = [trusted(), caller()];
    reads.keep(principal, '/large', { body: Buffer.alloc(600_000), etag: undefined }, reads.generation ?? 0);
    expect(reads.find(principal, '/large')).toBeUndefined();
  });

  it('counts the addresses that it keeps answers for', () => {
    const [reads, principal] = [trusted(), caller()];
    const addressOf = (at: number): string => `/api/v1/zones?limit=${'0'.repeat(100_000)}${at}`;
    for (let at = 0; at < 700; at++) reads.keep(principal, addressOf(at), answer, reads.generation ?? 0);
    expect(reads.find(principal, addressOf(699))).toBeDefined();
    expect(reads.find(principal, addressOf(0))).toBeUndefined();
  });
});
