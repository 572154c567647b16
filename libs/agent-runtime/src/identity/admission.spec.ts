import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentKind } from '@klevr/contracts/agent';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { admit, NotAdmitted } from './admission.js';

describe('the admission', () => {
  let agentDir: string;
  beforeEach(async () => (agentDir = await mkdtemp(join(tmpdir(), 'klevr-admission-'))));
  afterEach(() => rm(agentDir, { recursive: true }));

  const joinWith = (tokenIsFor: AgentKind | undefined, kind?: AgentKind): Promise<unknown> => {
    const enrolled = {
      ...{ agentId: newId('agent'), zoneId: newId('zone'), zoneName: 'z', natsUrls: ['nats://127.0.0.1:4222'], userJwt: null },
      ...{ userJwtExpiresAt: null, taskKeys: { keys: [] }, settings: { heartbeatSeconds: 10 } },
      ...(tokenIsFor === undefined ? {} : { kind: tokenIsFor }),
    };
    const request = (async () => new Response(JSON.stringify(enrolled), { status: 201 })) as typeof fetch;
    const config = { agentDir, serverUrl: 'http://gateway.test', joinToken: 'token', scriptEnvironment: {} };
    return admit({ config, clock: new FakeClock(), log: new KeptLog(), request, ...(kind === undefined ? {} : { kind }) });
  };

  it('takes an agent with a token for agents, also of a gateway that does not say what it is for', async () => {
    await expect(joinWith('agent')).resolves.toBeDefined();
    await rm(agentDir, { recursive: true });
    agentDir = await mkdtemp(join(tmpdir(), 'klevr-admission-'));
    await expect(joinWith(undefined)).resolves.toBeDefined();
  });

  it('takes a worker with a token for workers', async () => {
    await expect(joinWith('worker', 'worker')).resolves.toBeDefined();
  });

  it.each([
    ['agent', 'worker', 'the join token is for an agent, and this is a worker of the provisioner'],
    [undefined, 'worker', 'the join token is for an agent'],
    ['worker', 'agent', 'the join token is for a worker of the provisioner, and this is an agent'],
  ] as const)('refuses with a token for %s a program that is a %s, and keeps no identity', async (tokenIsFor, kind, sentence) => {
    const refused = joinWith(tokenIsFor, kind);
    await expect(refused).rejects.toThrow(NotAdmitted);
    await expect(refused).rejects.toThrow(sentence);
    expect(await readdir(agentDir)).not.toContain('identity.json');
  });
});
