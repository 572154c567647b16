import { beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { HelloReply } from '@klevr/contracts/presence';
import { SigningKey } from '../commands/signing.fixture.js';
import { TrustedKeys } from '../commands/trusted-keys.js';
import { KeptLog } from '../kept-log.fixture.js';
import { newChallenge, provenReply, type ProvenReply } from './hello-proof.js';

const me = { agentId: newId('agent'), zoneId: newId('zone'), challenge: newChallenge() };
const session = newId('session');
const verdicts = [{ runId: newId('run'), attempt: 1, verdict: 'stop' as const }];

describe('the answer to a hello', () => {
  let [key, strange]: SigningKey[] = [];
  const present = (one: SigningKey | undefined): SigningKey => {
    if (one === undefined) throw new Error('not made');
    return one;
  };
  beforeAll(async () => {
    [key, strange] = await Promise.all([SigningKey.make(), SigningKey.make()]);
  });

  const signed = async (changes: object = {}, by = present(key), said: HelloReply['verdicts'] = verdicts): Promise<HelloReply['signed']> =>
    by.hello({ ...me, session, epoch: 7, ...changes }, said ?? [], await by.keys(0));
  const heard = (reply: Partial<HelloReply>): Promise<ProvenReply> => {
    const kept = { keys: [present(key).publicJwk], generation: 0 };
    const keys = new TrustedKeys({
      ...{ kept: () => kept, keep: () => undefined, ask: () => Promise.resolve(), onStrange: () => undefined, nowMs: () => 0 },
      log: new KeptLog(),
    });
    const whole = { session, zoneName: 'z', settings: { heartbeatSeconds: 1 }, centreTimeMs: 1, primary: null, verdicts, taskKeys: null };
    return provenReply({ ...whole, ...reply }, me, { keys, log: new KeptLog() });
  };

  it('is obeyed where the task-manager signed it for just this hello', async () => {
    expect(await heard({ signed: await signed() })).toMatchObject({ session, verdicts, floorEpoch: 7 });
  });

  it.each<[string, () => Promise<Partial<HelloReply>>]>([
    ['that is not signed', () => Promise.resolve({})],
    ['that somebody else signed', async () => ({ signed: await signed({}, present(strange)) })],
    ['to an earlier hello', async () => ({ signed: await signed({ challenge: newChallenge() }) })],
    ['to another agent', async () => ({ signed: await signed({ agentId: newId('agent') }) })],
    ['of another session', async () => ({ signed: await signed({ session: newId('session') }) })],
    ['whose verdicts are others', async () => ({ signed: await signed({}, present(key), []) })],
  ])('is obeyed in nothing that concerns work where it is one %s', async (_what, make) => {
    expect(await heard(await make())).toMatchObject({ session, verdicts: null, floorEpoch: null, unproven: true });
  });

  it('needs no signature where the task-manager was away: it says nothing of work then', async () => {
    expect(await heard({ verdicts: null })).toMatchObject({ session, verdicts: null, floorEpoch: null });
  });
});
