import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from './fake-clock.js';
import { HealthRegistry } from './health-registry.js';
import { createLogger } from './logger.js';

interface Line {
  readonly msg: string;
  readonly check?: string;
}

const setUp = () => {
  const lines: Line[] = [];
  const log = createLogger({ service: 'test', destination: { write: (line) => void lines.push(JSON.parse(line) as Line) } });
  const clock = new FakeClock();
  return { registry: new HealthRegistry(clock, log), clock, lines };
};

describe('HealthRegistry', () => {
  it('is ready when every check passes, and names those that do not', async () => {
    const { registry } = setUp();
    expect(await registry.readiness()).toEqual({ ready: true, failing: [] });
    registry.register('says-no', () => false);
    registry.register('throws', () => Promise.reject(new Error('x')));
    registry.register('throws-at-once', () => {
      throw new Error('x');
    });
    registry.register('passes', () => Promise.resolve());
    expect(await registry.readiness()).toEqual({ ready: false, failing: ['says-no', 'throws', 'throws-at-once'] });
  });

  it('takes a check that does not answer within a second for failed', async () => {
    const { registry, clock } = setUp();
    registry.register('hangs', () => new Promise(() => undefined));
    const answer = registry.readiness();
    await clock.advanceAsync(1_000);
    expect(await answer).toEqual({ ready: false, failing: ['hangs'] });
    expect(clock.pendingTimers).toBe(0);
  });

  it('logs a change once, both ways', async () => {
    const { registry, lines } = setUp();
    const check = jest.fn<() => boolean>().mockReturnValueOnce(false).mockReturnValueOnce(false).mockReturnValue(true);
    registry.register('db', check);
    for (let round = 0; round < 4; round++) await registry.readiness();
    expect(lines.map(({ msg, check: name }) => [msg, name])).toEqual([
      ['health check fails', 'db'],
      ['health check passes again', 'db'],
    ]);
  });

  it('is not ready once it stops', async () => {
    const { registry } = setUp();
    registry.markStopping();
    expect(await registry.readiness()).toEqual({ ready: false, failing: ['stopping'] });
  });

  it('refuses two checks of one name', () => {
    const { registry } = setUp();
    registry.register('db', () => true);
    expect(() => registry.register('db', () => true)).toThrow('db');
  });
});
