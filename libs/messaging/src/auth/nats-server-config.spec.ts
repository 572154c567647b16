import { describe, expect, it } from '@jest/globals';
import { natsServerConfigText } from './nats-server-config.js';

const account = (name: string) => ({ publicKey: `A${name}`, jwt: `jwt-${name}` });
const required = {
  trust: { operatorJwt: 'jwt-operator', systemAccount: account('SYS'), mainAccount: account('MAIN') },
  serverName: 'n1',
  resolverFolder: '/data/accounts',
  maxFileBytes: 1_000,
  maxMemoryBytes: 100,
};

describe('the configuration of a nats-server', () => {
  it('syncs each write, finds dead connections soon and listens on the loopback unless told otherwise', () => {
    const text = natsServerConfigText(required);
    for (const line of ['sync_interval: always', 'ping_interval: "5s"', 'ping_max: 2', 'host: "127.0.0.1"', 'max_payload: 8388608']) {
      expect(text).toContain(line);
    }
    expect(text).not.toMatch(/^port|store_dir/m);
    const other = natsServerConfigText({ ...required, host: '0.0.0.0', port: 4222, storeFolder: '/data/js', syncAlways: false });
    for (const line of ['host: "0.0.0.0"', 'port: 4222', 'store_dir: "/data/js"']) expect(other).toContain(line);
    expect(other).not.toContain('sync_interval');
  });

  it('loads the operator and each account once', () => {
    const text = natsServerConfigText({ ...required, extraAccounts: [account('MORE')] });
    for (const line of ['operator: jwt-operator', 'system_account: ASYS', 'ASYS: jwt-SYS', 'AMAIN: jwt-MAIN', 'AMORE: jwt-MORE']) {
      expect(text.split(line)).toHaveLength(2);
    }
  });

  it('keeps quotes and backslashes inside their value, and refuses control characters', () => {
    expect(natsServerConfigText({ ...required, resolverFolder: '/a "b" \\c' })).toContain('dir: "/a \\"b\\" \\\\c"');
    expect(() => natsServerConfigText({ ...required, resolverFolder: '/a\nhttp: 8222' })).toThrow(RangeError);
  });
});
