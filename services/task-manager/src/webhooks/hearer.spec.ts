import { eventTypes } from '@klevr/contracts/event';
import { describe, expect, it } from '@jest/globals';
import { hearsEvent, type Hearer } from './hearer.js';

const hearer = (events: string[], zoneId: string | null = null): Hearer => ({
  id: 'wh_1',
  url: 'https://example.test/',
  zoneId,
  on: [],
  events,
});
const heard = (events: string[]): string[] => eventTypes.filter((type) => hearsEvent(hearer(events), { type, zoneId: 'zone_1' }));

describe('what a subscription hears', () => {
  it('is everything with *', () => expect(heard(['*'])).toEqual([...eventTypes]));
  it('is one type, or a group of them', () => {
    expect(heard(['host.lost'])).toEqual(['host.lost']);
    expect(heard(['primary.*', 'task.created'])).toEqual(
      eventTypes.filter((type) => type.startsWith('primary.') || type === 'task.created'),
    );
  });
  it('is nothing of a group that only begins like it', () => expect(heard(['tas.*', 'host'])).toEqual([]));
  it('is nothing without patterns', () => expect(heard([])).toEqual([]));
  it('is only what happens in its zone', () => {
    expect(hearsEvent(hearer(['*'], 'zone_1'), { type: 'host.lost', zoneId: 'zone_1' })).toBe(true);
    expect(hearsEvent(hearer(['*'], 'zone_1'), { type: 'host.lost', zoneId: 'zone_2' })).toBe(false);
  });
});
