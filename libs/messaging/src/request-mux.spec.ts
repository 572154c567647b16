import { describe, expect, it } from '@jest/globals';
import { type MsgHdrs, type NatsConnection, headers } from '@nats-io/transport-node';
import { DisconnectedError } from './bus-errors.js';
import { RequestMux } from './request-mux.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Notes what is sent, and can refuse it. */
class FakeConnection {
  readonly sent: string[] = [];
  refusing = false;

  subscribe(): void {}

  publish(subject: string, _body: Uint8Array, _options: { reply: string; headers: MsgHdrs }): void {
    if (this.refusing) throw new Error('closed');
    this.sent.push(subject);
  }
}

function open(gather: boolean) {
  const connection = new FakeConnection();
  const mux = new RequestMux(connection as unknown as NatsConnection, { service: 'gateway' }, gather);
  const ask = (subject: string, timeoutMs = 60_000): Promise<string> =>
    mux.request(subject, new Uint8Array(), headers(), { to: 'service' }, timeoutMs).then(
      () => 'answered',
      (error: Error) => error.message,
    );
  return { connection, mux, ask };
}

describe('requests', () => {
  it('leave at once, or with all others of their turn, in order', async () => {
    const [plain, gathering] = [open(false), open(true)];
    for (const { ask } of [plain, gathering]) for (const subject of ['a', 'b', 'c']) void ask(subject);
    expect([plain.connection.sent, gathering.connection.sent]).toEqual([['a', 'b', 'c'], []]);
    await turn();
    expect(gathering.connection.sent).toEqual(['a', 'b', 'c']);
    void gathering.ask('d');
    await turn();
    expect(gathering.connection.sent).toEqual(['a', 'b', 'c', 'd']);
    for (const { mux } of [plain, gathering]) mux.failAll(new DisconnectedError());
  });

  it('that have failed before they left are not sent', async () => {
    const { connection, mux, ask } = open(true);
    const first = ask('a');
    mux.failAll(new DisconnectedError());
    void ask('b');
    await turn();
    expect([connection.sent, await first]).toEqual([['b'], new DisconnectedError().message]);
    mux.failAll(new DisconnectedError());
  });

  it.each([true, false])('that cannot be sent fail, and leave nothing behind (gathered: %s)', async (gather) => {
    const { connection, mux, ask } = open(gather);
    connection.refusing = true;
    expect(await Promise.all([ask('a'), ask('b')])).toEqual(['closed', 'closed']);
    // A timer that was left would fail this one too late to be seen, but keep the process: none is.
    mux.failAll(new DisconnectedError());
    connection.refusing = false;
    void ask('c');
    await turn();
    expect(connection.sent).toEqual(['c']);
    mux.failAll(new DisconnectedError());
  });
});
