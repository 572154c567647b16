import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subjects } from '@klevr/contracts/subjects';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { TcpProxy } from './tcp-proxy.fixture.js';

describe('the agents of a zone', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let proxy: TcpProxy;
  let primary: AgentProcess;
  let other: AgentProcess;
  let epoch: number;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
    proxy = await TcpProxy.to(bed.natsUrl);
    centre.natsUrl = `nats://127.0.0.1:${proxy.port}`;
    primary = await AgentProcess.start(centre, `${bed.folder}/primary`);
    centre.natsUrl = bed.natsUrl;
    other = await AgentProcess.start(centre, `${bed.folder}/other`);
    epoch = await centre.putKey({ agentId: primary.id, session: centre.sessions.get(primary.id) ?? '', epoch: null });
    await centre.until('the primary beats', () => centre.reports.length > 0);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([primary.stop(), other.stop()]);
    proxy.close();
    centre.close();
    await bed.close();
  }, 30_000);

  const request = async (verb: string, body: object): Promise<unknown> => {
    const inbox = { to: 'agent' as const, zone: centre.zoneId, agent: primary.id };
    const subject = subjects.zoneCommand.build({ zone: centre.zoneId, epoch, verb });
    return (await centre.taskManager.request(subject, verb, body, { inbox, timeoutMs: 2_000 })).json();
  };

  it('get their commands through their primary', async () => {
    const commands = [primary, other].map(({ id }) => centre.runCommand(id, { epoch }));
    const items = await Promise.all(commands.map(async (one) => ({ agentId: one.agentId, verb: 'run', jws: await centre.sign(one) })));
    expect(await request('deliver', { items })).toEqual({ ok: true, data: { received: 2 } });
    for (const { runId } of commands) expect(await centre.finished(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('are missed by their primary when they fall silent, and noticed when they are back', async () => {
    const changeOf = (state: string): boolean =>
      centre.reports.some(({ kind, agents }) => kind === 'change' && agents.some((one) => one.agentId === other.id && one.state === state));
    const rollUp = () => centre.reports.find(({ kind, agents }) => kind === 'rollUp' && agents.length === 1);
    await centre.until('it is in a roll-up', () => rollUp() !== undefined);
    expect(rollUp()).toMatchObject({ cpuLoad: expect.any(Number), agents: [{ agentId: other.id, cpuLoad: expect.any(Number) }] });
    other.kill('SIGSTOP');
    await centre.until('it is silent', () => changeOf('silent'));
    expect(changeOf('heard')).toBe(false);
    other.kill('SIGCONT');
    await centre.until('it is heard', () => changeOf('heard'));
  }, 60_000);

  it('keep session, epoch and work over a cut of the connection, and tell what happened meanwhile', async () => {
    const session = centre.sessions.get(primary.id);
    const steps = [{ name: 'slow', run: 'sleep 0.5; printf done > "$KLEVR_OUTPUT"', env: {}, retries: 0 }];
    const command = centre.runCommand(primary.id, { epoch, steps });
    await centre.run(command);
    await centre.until('it runs', () => centre.factsOf(command.runId).some(({ kind }) => kind === 'stepStarted'));
    const [hellos, stamps] = [centre.hellos.length, centre.stamps.length];
    proxy.cut();
    await primary.hasWritten('finished', 2);
    proxy.mend();
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'succeeded', output: 'done' });
    await centre.until('it has said hello', () => centre.hellos.length > hellos);
    expect(centre.hellos.at(-1)).toMatchObject({ session });
    await centre.until('it has stamped at once', () => centre.stamps.length > stamps, 800);
    expect(await request('ping', {})).toEqual({ ok: true, data: { agentId: primary.id, session, epoch } });
  }, 30_000);

  it('have no primary any more once its term is said to be over', async () => {
    centre.standingOutcome = 'notPrimary';
    const hellos = centre.hellos.length;
    await centre.until('it stands again', () => centre.hellos.length > hellos);
    await expect(request('ping', {})).rejects.toThrow('nobody answers');
  }, 30_000);
});
