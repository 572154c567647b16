import { describe, expect, it } from '@jest/globals';
import { Deliveries } from './deliveries.js';

describe('deliveries under way', () => {
  const begin = (deliveries: Deliveries, zone: string): (() => void) => {
    let end: (() => void) | undefined;
    deliveries.add(zone, new Promise<void>((resolve) => (end = resolve)));
    return () => end?.();
  };
  /** Whether the zone may begin another one at this moment. */
  const hasRoom = async (deliveries: Deliveries, zone: string): Promise<boolean> => {
    const later = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    return Promise.race([deliveries.room(zone).then(() => true), later]);
  };

  it('of a zone that does not answer hold up no other', async () => {
    const deliveries = new Deliveries({ perZone: 2, total: 4 });
    for (let count = 0; count < 2; count++) begin(deliveries, 'hung');
    expect([await hasRoom(deliveries, 'hung'), await hasRoom(deliveries, 'other')]).toEqual([false, true]);
  });

  it('are limited together, but for one of each zone', async () => {
    const deliveries = new Deliveries({ perZone: 2, total: 2 });
    const end = begin(deliveries, 'a');
    begin(deliveries, 'b');
    expect([await hasRoom(deliveries, 'a'), await hasRoom(deliveries, 'c')]).toEqual([false, true]);
    end();
    expect(await hasRoom(deliveries, 'b')).toBe(true);
  });

  it('give their place free when they end', async () => {
    const deliveries = new Deliveries({ perZone: 1, total: 9 });
    const end = begin(deliveries, 'a');
    const waited = deliveries.room('a');
    end();
    await waited;
    await deliveries.ended();
    expect(await hasRoom(deliveries, 'a')).toBe(true);
  });
});
