import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Standing } from '@klevr/agent-runtime/extension';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { claimGroup, pieceBytes, type AskedOf } from '@klevr/contracts/provision';
import type { Engine } from '@klevr/contracts/resource';
import { inboxes, workersInbox } from '@klevr/contracts/subjects';
import type { Incoming } from '@klevr/messaging/message';
import { FakeClock } from '@klevr/platform/fake-clock';
import { silentLog } from '@klevr/drivers/work.fixture';
import { Centre, later } from './centre.js';
import { CentralState } from './central-state.js';
import { Claims } from './claims.js';
import { DriverRegistry } from './driver-registry.js';
import { Engines } from './engines.js';
import { CentreInMemory } from './operation-bed.fixture.js';

const me = { zone: newId('zone'), agent: newId('agent') };
const engine = (id: string): Engine => ({ driver: 'pretend', id, version: '1.0', description: '' });

/** A bus that keeps what is sent on it. */
class FakeBus {
  readonly groups = new Map<string, (message: Incoming) => void>();
  readonly sent: { reply: string; body: unknown }[] = [];

  subscribe(_: string, handler: (message: Incoming) => void, { queue = '' }: { queue?: string }): { unsubscribe: () => void } {
    this.groups.set(queue, handler);
    return { unsubscribe: () => this.groups.delete(queue) };
  }

  respond(reply: string, body: unknown): boolean {
    this.sent.push({ reply, body });
    return true;
  }

  /** As the server does it: to one of each group, of which this is the only member. */
  ask(body: unknown, reply: string): number {
    const before = this.sent.length;
    for (const handler of this.groups.values()) handler({ subject: '', reply, json: () => body } as unknown as Incoming);
    return this.sent.length - before;
  }
}

describe('the claims of a worker', () => {
  const open = (standing: Standing = { session: newId('session'), takesWork: true }) => {
    const bus = new FakeBus();
    const link = {
      bus,
      me,
      read: (message: Incoming, schema: { safeParse(of: unknown): { data?: unknown } }) => schema.safeParse(message.json()).data,
    };
    return { bus, claims: new Claims({ link: link as never, standing: () => standing }), standing };
  };
  const inbox = (agent: string = workersInbox, zone = me.zone): string =>
    inboxes.centreAwaitsAgent.build({ zone, agent, replica: 'r1', token: 't' });
  const claim = (id: string | null) => ({ runId: newId('run'), driver: 'pretend', engine: id });

  it('are answered once each, by the group that they are for', () => {
    const { bus, claims, standing } = open();
    claims.serve([engine('one'), engine('the other')]);
    expect([...bus.groups.keys()].sort()).toEqual(
      ['pretend', claimGroup({ driver: 'pretend', engine: 'one' }), 'pretend:the_other'].sort(),
    );
    for (const id of [null, 'one', 'the other']) expect(bus.ask(claim(id), inbox())).toBe(1);
    expect(bus.sent[0]).toEqual({ reply: inbox(), body: { agentId: me.agent, session: standing.session } });
    expect(bus.ask(claim('a third'), inbox())).toBe(0);
    claims.serve([engine('one')]);
    expect(bus.ask(claim('the other'), inbox())).toBe(0);
    claims.stop();
    expect(bus.groups.size).toBe(0);
  });

  it.each([
    ['without a session', { session: null, takesWork: true }],
    ['while it takes no work', { session: 'ses_x', takesWork: false }],
  ])('are not answered %s', (_, standing) => {
    const { bus, claims } = open(standing);
    claims.serve([engine('one')]);
    expect(bus.ask(claim(null), inbox())).toBe(0);
  });

  it('are answered on no inbox but that of the workers of the zone, and only where they are claims', () => {
    const { bus, claims } = open();
    claims.serve([engine('one')]);
    for (const reply of [inbox(me.agent), inbox(workersInbox, newId('zone')), 'klevr.v1.fact.x.y'])
      expect(bus.ask(claim(null), reply)).toBe(0);
    expect(bus.ask({ driver: 'none' }, inbox())).toBe(0);
    expect(bus.ask(claim(null), inbox())).toBe(1);
  });
});

describe('the engines of a worker', () => {
  it('are looked for by time, told when they are others, and named as capabilities', async () => {
    const clock = new FakeClock();
    let found: Engine[] = [];
    const changes: string[][] = [];
    const driver = { name: 'pretend', engines: async () => found };
    const drivers = { all: async () => [driver] } as unknown as DriverRegistry;
    const engines = new Engines({ drivers, onChange: (all) => changes.push(all.map(({ id }) => id)), clock, log: silentLog });
    engines.start();
    await clock.advanceAsync(0);
    expect({ changes, capabilities: engines.capabilities() }).toEqual({ changes: [], capabilities: {} });
    found = [engine('one'), engine('two')];
    await clock.advanceAsync(60_000);
    expect(changes).toEqual([['one', 'two']]);
    expect(engines.capabilities()).toEqual({ pretend: '1.0', 'pretend.engines': 'one,two' });
    expect(await engines.find('pretend', 'two')).toMatchObject({ id: 'two' });
    found = [];
    expect(await engines.find('pretend', 'three')).toBeUndefined();
    expect(changes.at(-1)).toEqual([]);
    engines.stop();
    await clock.advanceAsync(60_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cost nothing where a driver cannot be loaded', async () => {
    const broken = { pretend: () => Promise.reject(new Error('its library is not there')), shell: undefined };
    const host = { clock: new FakeClock(), log: silentLog, environment: {}, settings: {} };
    const registry = new DriverRegistry({ loaders: broken as never, names: undefined, folder: '/tmp', host, log: silentLog });
    expect(await registry.all()).toEqual([]);
    await expect(registry.get('pretend')).rejects.toThrow('this worker has no driver pretend');
  });
});

describe('the centre', () => {
  const open = (answers: (Error | object)[]) => {
    const clock = new FakeClock();
    const asked: number[] = [];
    const centre = new Centre({ bus: {} as never, me }, clock);
    centre.ask = (async () => {
      asked.push(clock.monotonicMs());
      const answer = answers.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer;
    }) as typeof centre.ask;
    return { clock, centre, asked };
  };
  const away = new AppError('UNAVAILABLE', 'away');
  const result = {} as AskedOf<'result'>;

  it('is asked again later each time until it answers, and at once when the connection is back', async () => {
    const { clock, centre, asked } = open([away, away, away, { fine: true }]);
    const answer = centre.insist('result', result, new AbortController().signal);
    await clock.advanceAsync(240);
    expect(asked).toHaveLength(2);
    await clock.advanceAsync(480);
    expect(asked).toHaveLength(3);
    centre.reconnected();
    expect(await answer).toEqual({ fine: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not asked again after a definite no, nor after the signal', async () => {
    const { centre, asked } = open([new AppError('CONFLICT', 'another has it'), away]);
    const end = new AbortController();
    await expect(centre.insist('result', result, end.signal)).rejects.toThrow('another has it');
    const waiting = centre.insist('result', result, end.signal);
    end.abort(new Error('ended'));
    await expect(waiting).rejects.toThrow('ended');
    expect(asked).toHaveLength(2);
  });

  it('can be told something after the end, for so long', async () => {
    const clock = new FakeClock();
    const end = new AbortController();
    const late = later(end.signal, 1_000, clock);
    end.abort(new Error('ended'));
    await clock.advanceAsync(999);
    expect(late.signal.aborted).toBe(false);
    await clock.advanceAsync(1);
    expect(late.signal.aborted).toBe(true);
    later(new AbortController().signal, 1_000, clock).cancel();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a state at the centre', () => {
  const of = { resourceId: newId('resource'), revision: 1 };
  const stateOf = (centre: CentreInMemory): CentralState => {
    const { signal } = new AbortController();
    return new CentralState({ centre, of, holder: 'me', signal, lateSignal: signal });
  };

  it('is written and read in pieces that fit into messages, whole or not at all', async () => {
    const centre = new CentreInMemory();
    let kept = Buffer.alloc(0);
    const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    centre.answers.lockState = () => ({ bytes: kept.length, digest: kept.length === 0 ? null : digestOf(kept) });
    centre.answers.readState = ({ offset }) => ({ data: kept.subarray(offset, offset + 1_000).toString('base64'), bytes: kept.length });
    centre.answers.writeState = ({ data }) => {
      kept = Buffer.concat([kept, Buffer.from(data, 'base64')]);
      return {};
    };
    const state = stateOf(centre);
    expect(await state.lock()).toBeUndefined();
    const content = Buffer.alloc(pieceBytes + 5, 'x');
    await state.write(content);
    expect(centre.of('writeState').map(({ offset, last, digest }) => ({ offset, last, digest }))).toEqual([
      { offset: 0, last: false, digest: null },
      { offset: pieceBytes, last: true, digest: digestOf(content) },
    ]);
    expect((await stateOf(centre).lock())?.equals(content)).toBe(true);
    centre.answers.lockState = () => ({ bytes: kept.length, digest: 'another' });
    await expect(stateOf(centre).lock()).rejects.toThrow('is not what was written there');
    await state.unlock();
    await state.unlock();
    expect(centre.of('unlockState')).toHaveLength(1);
  });
});
