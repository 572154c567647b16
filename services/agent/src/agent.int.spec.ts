import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliverReply, ProbeReply, type RunCommand } from '@klevr/contracts/command';
import { replyEnvelope } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';

const script = (run: string, more: object = {}): RunCommand['steps'][number] => ({ name: 'it', run, env: {}, retries: 0, ...more });

describe('an agent', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let agent: AgentProcess;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
    agent = await AgentProcess.start(centre, `${bed.folder}/agent`);
  }, 60_000);

  afterAll(async () => {
    await agent.stop();
    centre.close();
    await bed.close();
  }, 30_000);

  const eventKinds = (runId: string): string[] =>
    centre
      .factsOf(runId)
      .filter(({ lane }) => lane === 'events')
      .map(({ kind }) => kind);

  it('runs a step and reports what it did', async () => {
    const command = centre.runCommand(agent.id, { steps: [script('echo hello; printf out > "$KLEVR_OUTPUT"')] });
    expect(await centre.run(command)).toEqual({ outcome: 'accepted' });
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'succeeded', exitCode: 0, output: 'out', reason: null });
    await centre.until('the output is there', () => centre.factsOf(command.runId).some((fact) => fact.kind === 'log'));
    expect(eventKinds(command.runId)).toEqual(['accepted', 'started', 'stepStarted', 'stepFinished', 'finished']);
    const [log] = centre.factsOf(command.runId).filter(({ kind }) => kind === 'log');
    expect(log).toMatchObject({ stream: 'stdout', offset: 0, cut: false, data: Buffer.from('hello\n').toString('base64') });
  });

  it('tells a short run in one batch of facts', async () => {
    const before = centre.batches.length;
    const command = centre.runCommand(agent.id);
    await centre.run(command);
    await centre.finished(command.runId);
    expect(centre.batches.slice(before)).toEqual([4]);
    expect(eventKinds(command.runId)).toEqual(['accepted', 'started', 'stepFinished', 'finished']);
  });

  it('starts an attempt once, however often it is sent', async () => {
    const command = centre.runCommand(agent.id, { steps: [script(`echo x >> ${bed.folder}/once`)] });
    const replies = await Promise.all([centre.run(command), centre.run(command), centre.run({ ...command, epoch: command.epoch + 1 })]);
    expect(replies.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'duplicate', 'duplicate']);
    await centre.finished(command.runId);
    expect(await centre.run(command)).toMatchObject({ outcome: 'duplicate' });
    expect(await readFile(`${bed.folder}/once`, 'utf8')).toBe('x\n');
  });

  it('ends a canceled run with its whole process group', async () => {
    const command = centre.runCommand(agent.id, { steps: [script(`echo $$ > ${bed.folder}/pid; sleep 1000 & sleep 1000`)] });
    await centre.run(command);
    await centre.until('it runs', () => eventKinds(command.runId).includes('stepStarted'));
    const cancel = { ...command, verb: 'cancel' as const, reason: 'enough' };
    expect(await centre.send(agent.id, 'cancel', await centre.sign(cancel))).toEqual({ outcome: 'accepted' });
    expect(await centre.finished(command.runId)).toMatchObject({
      status: 'canceled',
      reason: { code: 'CANCELED_BY_USER', message: 'enough' },
    });
  });

  it('refuses what is not signed, altered or another agent’s, and runs nothing of it', async () => {
    const command = centre.runCommand(agent.id, { steps: [script(`touch ${bed.folder}/never`)] });
    const [head, payload, signature] = (await centre.sign(command)).split('.');
    const altered = Buffer.from(JSON.stringify({ ...command, epoch: command.epoch + 9 })).toString('base64url');
    for (const jws of ['x', `${head}.${payload}.`, `${head}.${altered}.${signature}`]) {
      expect(await centre.send(agent.id, 'run', jws)).toMatchObject({ outcome: 'refused', code: 'BAD_SIGNATURE' });
    }
    await expect(centre.send(agent.id, 'run', '')).rejects.toThrow('not a command');
    const foreign = centre.runCommand(newId('agent'), { session: command.session });
    expect(await centre.send(agent.id, 'run', await centre.sign(foreign))).toMatchObject({ code: 'WRONG_AGENT' });
    expect(await centre.run({ ...command, notAfterMs: Date.now() - 1_000 })).toMatchObject({ code: 'EXPIRED' });
    expect(existsSync(`${bed.folder}/never`)).toBe(false);
  });

  it('serves as primary from its appointment on, and refuses older epochs from then on', async () => {
    const session = centre.sessions.get(agent.id) ?? '';
    const epoch = await centre.putKey({ agentId: agent.id, session, epoch: null });
    await agent.line('role changed');
    await centre.until('it beats', () => centre.reports.some((report) => report.epoch === epoch && report.kind === 'beat'));
    const zone = async (verb: string, body: object): Promise<unknown> => {
      const subject = subjects.zoneCommand.build({ zone: centre.zoneId, epoch, verb });
      const inbox = { to: 'agent' as const, zone: centre.zoneId, agent: agent.id };
      return (await centre.taskManager.request(subject, verb, body, { inbox, timeoutMs: 3_000 })).json();
    };
    expect(replyEnvelope(ProbeReply).parse(await zone('ping', {}))).toEqual({ ok: true, data: { agentId: agent.id, session, epoch } });
    const [old, good] = [centre.runCommand(agent.id, { epoch: epoch - 1 }), centre.runCommand(agent.id, { epoch })];
    const items = await Promise.all([old, good].map(async (one) => ({ agentId: agent.id, verb: 'run', jws: await centre.sign(one) })));
    expect(replyEnvelope(DeliverReply).parse(await zone('deliver', { items }))).toEqual({ ok: true, data: { received: 2 } });
    expect(await centre.finished(good.runId)).toMatchObject({ status: 'succeeded' });
    await centre.until('the old one is refused', () => eventKinds(old.runId).length > 0);
    expect(centre.factsOf(old.runId)).toMatchObject([{ kind: 'refused', code: 'STALE_EPOCH' }]);
    const status = (await (await fetch(`${(await agent.line('ready'))['beaconUrl'] as string}/status`)).json()) as object;
    expect(status).toMatchObject({ role: 'primary', epoch, primary: { agentId: agent.id } });

    // Another is appointed: nobody serves the old epoch any more, and the agent stands again.
    const hellos = centre.hellos.length;
    await centre.putKey({ agentId: newId('agent'), session: newId('session'), epoch: null });
    await centre.until('it stands again', () => centre.hellos.length > hellos);
    await expect(zone('ping', {})).rejects.toThrow('nobody answers');
    expect(await centre.run(centre.runCommand(agent.id, { epoch }))).toMatchObject({ code: 'STALE_EPOCH' });
  });

  it('does not lower its floor for a key that was deleted', async () => {
    const epoch = await centre.putKey({ agentId: newId('agent'), session: newId('session'), epoch: null });
    await centre.removeKey();
    await centre.taskManager.flush();
    expect(await centre.run(centre.runCommand(agent.id, { epoch: epoch - 1 }))).toMatchObject({ code: 'STALE_EPOCH' });
    expect(await centre.run(centre.runCommand(agent.id, { epoch }))).toEqual({ outcome: 'accepted' });
  });

  it('brings what it learned while nobody stored it', async () => {
    centre.storing = false;
    const commands = Array.from({ length: 20 }, () => centre.runCommand(agent.id));
    for (const command of commands) expect(await centre.run(command)).toEqual({ outcome: 'accepted' });
    centre.storing = true;
    for (const command of commands) expect(await centre.finished(command.runId, 40_000)).toMatchObject({ status: 'succeeded' });
  }, 60_000);
});
