import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { keyOfHello, newer, readKey } from './key-watch.js';

const value = { agentId: newId('agent'), session: newId('session'), stamp: 12, since: '2026-01-01T00:00:00.000Z', conn: null };
const message = (body: string, headers: Record<string, string>): Parameters<typeof readKey>[0] => ({
  bytes: Buffer.from(body),
  header: (name) => headers[name],
  json: () => JSON.parse(body) as unknown,
});
const key = (epoch: number | null, sequence = '40'): Parameters<typeof readKey>[0] =>
  message(JSON.stringify({ ...value, epoch }), { 'Nats-Sequence': sequence });

describe("the zone's key", () => {
  it('appoints with its revision as the epoch, and keeps the epoch when it is written again', () => {
    expect(readKey(key(null))).toMatchObject({ revision: 40, key: { epoch: 40, ready: false } });
    expect(readKey(key(40, '43'))).toMatchObject({ revision: 43, key: { epoch: 40, ready: true, stamp: 12 } });
  });

  it('that was deleted appoints nobody', () => {
    expect(readKey(message('', { 'Nats-Sequence': '41', 'KV-Operation': 'DEL' }))).toEqual({ revision: 41, key: null });
    expect(readKey(message('', { 'Nats-Sequence': '41', 'KV-Operation': 'PURGE' }))).toEqual({ revision: 41, key: null });
  });

  it.each([
    ['no revision', message('{}', {})],
    ['no JSON', message('{', { 'Nats-Sequence': '41' })],
    ['another schema', message('{"agentId":1}', { 'Nats-Sequence': '41' })],
  ])('is not read from a message with %s', (_, found) => {
    expect(readKey(found)).toBeUndefined();
  });

  it('is never replaced by an older word', () => {
    const [old, fresh] = [readKey(key(null, '40')), readKey(key(null, '42'))];
    if (old === undefined || fresh === undefined) throw new Error('not read');
    expect([newer(undefined, old), newer(old, fresh), newer(fresh, old)]).toEqual([old, fresh, fresh]);
  });

  it('in a hello answer is taken for the session that the answer grants', () => {
    const told = { agentId: 'me', epoch: 5, revision: 6, ready: true };
    expect(keyOfHello(told, { agentId: 'me', session: 's' }).key?.session).toBe('s');
    expect(keyOfHello(told, { agentId: 'you', session: 's' }).key?.session).toBe('');
  });
});
