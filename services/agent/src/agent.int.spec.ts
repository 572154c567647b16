import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from './agent-process.fixture.js';
import { FakeCentre } from './fake-centre.fixture.js';

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
  });

  it('runs a step and reports what it did', async () => {
    const command = centre.runCommand(agent.id, {
      steps: [{ name: 'say', run: 'echo hello; printf out > "$KLEVR_OUTPUT"', env: {}, retries: 0 }],
    });
    expect(await centre.run(command)).toEqual({ outcome: 'accepted' });
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'succeeded', exitCode: 0, output: 'out', reason: null });
    await centre.until('the log is there', () => centre.factsOf(command.runId).some((fact) => fact.kind === 'log'));
    const kinds = centre
      .factsOf(command.runId)
      .filter(({ lane }) => lane === 'events')
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['accepted', 'started', 'stepStarted', 'stepFinished', 'finished']);
    const [log] = centre.factsOf(command.runId).filter(({ kind }) => kind === 'log');
    expect(log).toMatchObject({ stream: 'stdout', offset: 0, cut: false, data: Buffer.from('hello\n').toString('base64') });
  });
});
