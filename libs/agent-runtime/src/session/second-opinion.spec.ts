import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import type { KeyView } from '../primary/key-watch.js';
import { SecondOpinion, type BeaconVerdict } from './second-opinion.js';

const [me, primary] = [newId('agent'), newId('agent')];
const keyOf = (agentId: string, revision = 7, ready = true): KeyView => ({
  revision,
  key: { agentId, session: 's', epoch: 5, ready, stamp: 1 },
});

class Setting {
  readonly clock = new FakeClock();
  readonly looks: string[] = [];
  hellos = 0;
  connected = true;
  verdict: BeaconVerdict = 'healthy';
  readonly opinion = new SecondOpinion({
    me,
    connected: () => this.connected,
    look: (url, agentId) => {
      this.looks.push(`${url} ${agentId}`);
      return Promise.resolve(this.verdict);
    },
    hello: () => (this.hellos += 1),
    clock: this.clock,
    log: new KeptLog(),
  });
}

describe('a second opinion', () => {
  it('is asked of the primary’s beacon once its stamp is old, and rides on one hello', async () => {
    const setting = new Setting();
    const { opinion, clock, looks } = setting;
    opinion.beaconOf(primary, 'http://p:1');
    opinion.told(keyOf(primary));
    await clock.advanceAsync(7_499);
    expect(looks).toEqual([]);
    await clock.advanceAsync(1_001);
    expect(looks).toEqual([`http://p:1 ${primary}`]);
    expect(setting.hellos).toBe(1);
    expect(opinion.take()).toEqual({ agentId: primary, epoch: 5, beacon: 'healthy' });
    expect(opinion.take()).toBeUndefined();
    expect(opinion.last).toMatchObject({ beacon: 'healthy' });
    await clock.advanceAsync(600_000);
    expect([looks.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('is not asked while stamps come', async () => {
    const { opinion, clock, looks } = new Setting();
    opinion.beaconOf(primary, 'http://p:1');
    for (let revision = 1; revision < 20; revision += 1) {
      opinion.told(keyOf(primary, revision));
      await clock.advanceAsync(5_000);
    }
    expect(looks).toEqual([]);
  });

  it('is asked again for the next stamp that grows old', async () => {
    const { opinion, clock, looks } = new Setting();
    opinion.beaconOf(primary, 'http://p:1');
    for (const revision of [1, 2]) {
      opinion.told(keyOf(primary, revision));
      await clock.advanceAsync(60_000);
    }
    expect(looks).toHaveLength(2);
  });

  it('needs a hello first where the address of just this primary is not known', async () => {
    const setting = new Setting();
    const { opinion, clock, looks } = setting;
    opinion.beaconOf(newId('agent'), 'http://former:1');
    opinion.told(keyOf(primary));
    await clock.advanceAsync(8_500);
    expect([looks, setting.hellos]).toEqual([[], 1]);
    opinion.beaconOf(primary, 'http://p:1');
    await clock.advanceAsync(0);
    expect([looks.length, setting.hellos]).toEqual([1, 2]);
    opinion.beaconOf(primary, 'http://p:1');
    await clock.advanceAsync(0);
    expect(looks).toHaveLength(1);
  });

  it('is nobody’s who has no beacon, and no business of the primary, of a zone without one, of one that is cut off', async () => {
    const setting = new Setting();
    const { opinion, clock, looks } = setting;
    opinion.beaconOf(me, 'http://me:1');
    for (const view of [keyOf(me), keyOf(primary, 8, false), { revision: 9, key: null }]) {
      opinion.told(view);
      await clock.advanceAsync(60_000);
    }
    expect([looks, setting.hellos]).toEqual([[], 0]);
    opinion.beaconOf(primary, 'http://p:1');
    setting.connected = false;
    opinion.told(keyOf(primary, 10));
    await clock.advanceAsync(60_000);
    expect([looks, setting.hellos]).toEqual([[], 0]);
    setting.connected = true;
    opinion.beaconOf(primary, null);
    opinion.told(keyOf(primary, 11));
    await clock.advanceAsync(60_000);
    opinion.beaconOf(primary, null);
    await clock.advanceAsync(60_000);
    expect([looks, setting.hellos]).toEqual([[], 1]);
  });

  it('of a primary that was replaced meanwhile is not told', async () => {
    const setting = new Setting();
    const { opinion, clock } = setting;
    opinion.beaconOf(primary, 'http://p:1');
    opinion.told(keyOf(primary));
    clock.advance(8_500);
    opinion.told(keyOf(newId('agent'), 8));
    await clock.advanceAsync(0);
    expect([setting.hellos, opinion.take()]).toEqual([0, undefined]);
  });
});
