import { access, readFile, readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';

describe('an agent that joins, and is removed', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let folder: string;
  let agent: AgentProcess | undefined;

  beforeAll(async () => {
    bed = await TestBed.open();
  }, 60_000);
  beforeEach(async () => {
    centre = await FakeCentre.open(bed);
    folder = `${bed.folder}/${newId('agent')}`;
  });
  afterEach(async () => {
    agent?.kill('SIGKILL');
    await agent?.exited;
    centre.close();
  });
  afterAll(() => bed.close());

  const enrolledId = async (of: AgentProcess): Promise<string> => String((await of.line('enrolled'))['agentId']);

  it('waits for approval, and is ready as soon as it is there, restarts included', async () => {
    agent = AgentProcess.spawn(centre, folder, { KLEVR_JOIN_TOKEN: 'needs-approval' });
    const agentId = await enrolledId(agent);
    await agent.line('credentials came from the gateway', 500).catch(() => undefined);
    expect(agent.lines.some(({ msg }) => msg === 'ready')).toBe(false);
    expect(await agent.stop()).toBe(0);

    agent = AgentProcess.spawn(centre, folder, { KLEVR_JOIN_TOKEN: 'needs-approval' });
    const { beaconUrl } = await agent.line('connecting');
    expect(await (await fetch(`${String(beaconUrl)}/status`)).json()).toMatchObject({ state: 'pending', agentId, session: null });
    centre.gateway.approve(agentId);
    await agent.line('ready', 5_000);
    expect(agent.id).toBe(agentId);
    expect(centre.gateway.joinTokens).toEqual(['needs-approval']);
    expect(await readFile(`${folder}/identity.json`, 'utf8')).not.toContain('needs-approval');
  }, 30_000);

  it('ends for good when it is told that it is removed, with what ran', async () => {
    agent = await AgentProcess.start(centre, folder);
    const command = centre.runCommand(agent.id, { steps: [{ name: 'long', run: 'sleep 1000', env: {}, retries: 0 }] });
    await centre.run(command);
    await centre.until('it runs', () => centre.factsOf(command.runId).some(({ kind }) => kind === 'stepStarted'));
    centre.tell(agent.id, { kind: 'removed', reason: 'by a test' });
    expect(await agent.exited).toBe(0);
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_STOPPED' } });
    expect(centre.goodbyes).toContain(agent.id);
    await agent.line('this agent was removed and has ended; a new join token is needed to join again');
    expect(await readdir(folder)).toEqual([`removed-${agent.id}`, 'removed.json']);
    expect(JSON.parse(await readFile(`${folder}/removed.json`, 'utf8'))).toMatchObject({
      agentId: agent.id,
      zoneName: 'test',
      reason: 'by a test',
    });
    await access(`${folder}/removed-${agent.id}/journal`);

    // Neither without a token nor with the one that it came with.
    for (const env of [{ KLEVR_JOIN_TOKEN: undefined }, {}]) {
      const again = AgentProcess.spawn(centre, folder, env);
      expect([await again.exited, again.lines]).toEqual([78, []]);
      expect(again.errors).toMatch(new RegExp(`the agent ${agent.id} was removed from the zone test .*: a new join token is needed`));
    }
    const journals = centre.hellos.at(-1)?.journalId;
    const next = await AgentProcess.start(centre, folder, { KLEVR_JOIN_TOKEN: 'another' });
    expect(next.id).not.toBe(agent.id);
    expect(centre.hellos.at(-1)).toMatchObject({ session: null, attempts: [] });
    expect(centre.hellos.at(-1)?.journalId).not.toBe(journals);
    agent = next;
    expect(await readdir(folder)).not.toContain('removed.json');
  }, 60_000);

  it('is let in with other credentials where its own have expired, as soon as the gateway is there', async () => {
    centre.jwtSeconds = -10;
    agent = AgentProcess.spawn(centre, folder);
    const agentId = await enrolledId(agent);
    centre.gateway.away = true;
    await agent.line('credentials are asked for again');
    centre.jwtSeconds = 86_400;
    centre.gateway.away = false;
    await agent.line('ready');
    expect(agent.id).toBe(agentId);
    expect(centre.gateway.joinTokens).toHaveLength(1);
    await agent.stop();
  }, 60_000);

  it('ends where the gateway says that it was removed while NATS refuses it', async () => {
    centre.jwtSeconds = 2;
    agent = await AgentProcess.start(centre, folder);
    const agentId = agent.id;
    // The running one: its connection ends with the JWT, which nobody renews.
    centre.gateway.removed.add(agentId);
    expect(await agent.exited).toBe(0);
    await agent.line('NATS refuses this agent');
    expect(await readdir(folder)).toEqual([`removed-${agentId}`, 'removed.json']);
  }, 60_000);

  it('says hello when it is wanted', async () => {
    agent = await AgentProcess.start(centre, folder);
    const [hellos, session] = [centre.hellos.length, centre.sessions.get(agent.id)];
    centre.tell(agent.id, { kind: 'helloWanted', reason: 'labels' });
    await centre.until('it says hello', () => centre.hellos.length > hellos);
    expect(centre.hellos.at(-1)).toMatchObject({ session });
  }, 30_000);
});
