import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { Bus } from '@klevr/messaging/bus';
import type { EventFeedService } from '../events/event-feed.service.js';
import type { StoredEvent } from '../events/stored-event.js';
import { ids, task, zone } from '../samples.fixture.js';
import { ZonesOfThings } from './zones-of-things.service.js';

/** The scheduler and the task-manager, as the gateway reaches them. */
const things = () => {
  const asked: string[] = [];
  const zones = new Map([['demo', ids.zone]]);
  const answers: Record<string, (request: { zone?: string; id?: string }) => unknown> = {
    'rpc.scheduler.getZone': (request) => {
      const id = zones.get(request.zone ?? '');
      return id === undefined ? undefined : { ...zone, id };
    },
    'rpc.task-manager.getTask': ({ id }) => (id === ids.task ? task : undefined),
  };
  const request = (_subject: string, name: string, body: object): Promise<unknown> => {
    asked.push(name);
    const data = answers[name]?.(body);
    const missing = { ok: false, error: new AppError('NOT_FOUND', 'There is no such thing').toBody() };
    return Promise.resolve({ json: () => (data === undefined ? missing : { ok: true, data }) });
  };
  let tell: (event: StoredEvent) => void = () => undefined;
  const feed = {
    onEvent: (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    },
  };
  const service = new ZonesOfThings({ request } as unknown as Bus, feed as unknown as EventFeedService);
  service.onModuleInit();
  const event = (type: string): void => tell({ type, seq: 1, zoneId: '', subjectId: '', frame: Buffer.alloc(0) });
  return { service, asked, zones, event };
};

describe('the zone of a thing', () => {
  it('is looked up once', async () => {
    const { service, asked } = things();
    for (let count = 0; count < 3; count++) expect(await service.ofThing('task', ids.task)).toMatchObject({ zoneId: ids.zone });
    expect(asked).toHaveLength(1);
  });

  it('is asked for again where the thing was not there', async () => {
    const { service, asked } = things();
    const unknown = newId('task');
    for (let count = 0; count < 2; count++) expect(await service.ofThing('task', unknown)).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});

describe('the name of a zone', () => {
  it('is looked up once for a while, also where no zone has it, and for many at once', async () => {
    const { service, asked } = things();
    expect(await Promise.all(['demo', 'demo', 'nowhere', 'nowhere'].map((name) => service.idOf(name)))).toEqual([
      ...[ids.zone, ids.zone],
      ...[undefined, undefined],
    ]);
    expect([await service.idOf('demo'), await service.idOf('nowhere')]).toEqual([ids.zone, undefined]);
    expect(asked).toHaveLength(2);
  });

  it.each(['host.zoneCreated', 'host.zoneDeleted', 'gap'])('is looked up anew after %s', async (type) => {
    const { service, zones, event } = things();
    await service.idOf('demo');
    const successor = newId('zone');
    zones.set('demo', successor);
    expect(await service.idOf('demo')).toBe(ids.zone);
    event('host.zoneChanged');
    expect(await service.idOf('demo')).toBe(ids.zone);
    event(type);
    expect(await service.idOf('demo')).toBe(successor);
  });

  it('that was asked for before such a change is not kept', async () => {
    const { service, zones, event } = things();
    const asking = service.idOf('demo');
    const successor = newId('zone');
    zones.set('demo', successor);
    event('host.zoneDeleted');
    expect(await asking).toBe(ids.zone);
    expect(await service.idOf('demo')).toBe(successor);
  });
});
