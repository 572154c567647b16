import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import type { Incoming } from '@klevr/messaging/message';
import type { AgentLink } from '../link.js';
import { serveAgentSubject } from './agent-subject.js';

const me = { zone: newId('zone'), agent: newId('agent') };
const session = newId('session');

class Setting {
  session: string | null = session;
  settled = Promise.resolve();
  readonly answers: object[] = [];
  readonly refusals: string[] = [];
  taken = 0;
  private handler: (message: Incoming) => unknown = () => undefined;

  constructor() {
    const link = {
      me,
      bus: { subscribe: (_: string, handler: (message: Incoming) => unknown) => (this.handler = handler) },
      read: (message: Incoming, schema: { safeParse: (body: unknown) => { data?: unknown } }) => schema.safeParse(message.json()).data,
      answer: (_: Incoming, data: object) => this.answers.push(data),
      refuse: (_: Incoming, { message }: Error) => this.refusals.push(message),
    } as unknown as AgentLink;
    const take = (): Promise<{ outcome: 'accepted' }> => ((this.taken += 1), Promise.resolve({ outcome: 'accepted' }));
    serveAgentSubject({ link, desk: { take }, standing: () => ({ session: this.session, epoch: 4 }), sessionSettled: () => this.settled });
  }

  async hear(verb: string, body: object): Promise<void> {
    this.handler({ subject: subjects.agentCommand.build({ ...me, verb }), json: () => body } as Incoming);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("an agent's own subject", () => {
  it('answers a probe, and one for a session only where that is its own', async () => {
    const setting = new Setting();
    await setting.hear('probe', {});
    await setting.hear('probe', { session });
    await setting.hear('probe', { session: newId('session') });
    expect(setting.answers).toEqual(Array.from({ length: 2 }, () => ({ agentId: me.agent, session, epoch: 4 })));
  });

  it('is silent without a session, whatever comes', async () => {
    const setting = new Setting();
    setting.session = null;
    for (const verb of ['probe', 'run', 'cancel', 'else']) await setting.hear(verb, { jws: 'x' });
    expect([setting.answers, setting.refusals, setting.taken]).toEqual([[], [], 0]);
  });

  it('has a command wait for a hello that is under way', async () => {
    const setting = new Setting();
    setting.session = null;
    let settle = (): void => undefined;
    setting.settled = new Promise((resolve) => (settle = resolve));
    await setting.hear('run', { jws: 'x' });
    expect(setting.taken).toBe(0);
    setting.session = session;
    settle();
    await setting.hear('cancel', { jws: 'x' });
    expect([setting.taken, setting.answers]).toEqual([2, [{ outcome: 'accepted' }, { outcome: 'accepted' }]]);
  });

  it('refuses what it does not know', async () => {
    const setting = new Setting();
    await setting.hear('dance', {});
    await setting.hear('run', {});
    expect(setting.refusals).toEqual(['this agent does not know the verb', 'not a command']);
  });
});
