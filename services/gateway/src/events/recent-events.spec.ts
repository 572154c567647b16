import { describe, expect, it } from '@jest/globals';
import { type Place, RecentEvents } from './recent-events.js';
import type { StoredEvent } from './stored-event.js';

const eventOf = (seq: number, bytes = 10): StoredEvent => ({
  seq,
  type: 'host.online',
  zoneId: 'z',
  subjectId: 's',
  frame: Buffer.alloc(bytes),
});

const seqsFrom = (recent: RecentEvents, place: Place): number[] | string => {
  const found = recent.from(place);
  return found.kind === 'events' ? found.events.map(({ seq }) => seq) : found.kind;
};

describe('recent events', () => {
  const filled = (...seqs: number[]): RecentEvents => {
    const recent = new RecentEvents(10, 1_000, seqs[0] ?? 1);
    for (const seq of seqs) recent.add(eventOf(seq));
    return recent;
  };

  it('gives what is at a place and after it, and the place behind that', () => {
    const recent = filled(5, 6, 9);
    expect(seqsFrom(recent, recent.place(5))).toEqual([5, 6, 9]);
    expect(seqsFrom(recent, recent.place(7))).toEqual([9]);
    expect(recent.from(recent.place(9))).toMatchObject({ next: { nextSeq: 10 } });
    expect(seqsFrom(recent, recent.end)).toEqual([]);
  });

  it('tells who is behind what it remembers from who is ahead of what it knows', () => {
    const recent = filled(5, 6);
    expect(seqsFrom(recent, recent.place(4))).toBe('behind');
    expect(seqsFrom(recent, recent.place(7))).toEqual([]);
    expect(seqsFrom(recent, recent.place(8))).toBe('ahead');
  });

  it('moves on over sequences that hold no event, and never back', () => {
    const recent = filled(5);
    recent.pass(8);
    recent.pass(3);
    expect(recent.from(recent.place(6))).toMatchObject({ kind: 'events', events: [], next: { nextSeq: 8 } });
  });

  it('forgets the oldest beyond a number of events', () => {
    const recent = filled(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    expect(recent.firstSeq).toBe(3);
    expect(seqsFrom(recent, recent.place(2))).toBe('behind');
    expect(seqsFrom(recent, recent.place(3))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('forgets the oldest beyond a number of bytes, all of them if need be', () => {
    const recent = filled(1);
    recent.add(eventOf(2, 900));
    expect(seqsFrom(recent, recent.place(2))).toEqual([2]);
    recent.add(eventOf(3, 200));
    expect([recent.firstSeq, seqsFrom(recent, recent.place(3))]).toEqual([3, [3]]);
    recent.add(eventOf(4, 5_000));
    expect([recent.firstSeq, recent.end.nextSeq, seqsFrom(recent, recent.end)]).toEqual([5, 5, []]);
  });

  it('gives many in pieces that lie side by side', () => {
    const recent = new RecentEvents(10_000, 1_000_000, 1);
    for (let seq = 1; seq <= 600; seq++) recent.add(eventOf(seq));
    const seen: number[] = [];
    for (let place = recent.place(1); seen.length < 600;) {
      const found = recent.from(place);
      if (found.kind !== 'events') throw new Error(found.kind);
      expect(found.events.length).toBeLessThanOrEqual(250);
      seen.push(...found.events.map(({ seq }) => seq));
      place = found.next;
    }
    expect(seen).toEqual(Array.from({ length: 600 }, (_, at) => at + 1));
  });

  it('knows a place of before the stream was made anew', () => {
    const recent = filled(5, 6);
    const before = recent.end;
    recent.restart(eventOf(2));
    expect(seqsFrom(recent, before)).toBe('replaced');
    expect(seqsFrom(recent, recent.place(recent.firstSeq))).toEqual([2]);
    expect(recent.end.nextSeq).toBe(3);
  });
});
