import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentCredentials } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import { eventually } from '@klevr/testing/eventually';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { credentials, proof } from '../samples.fixture.js';

const { agentCredentials } = schedulerRpc;

describe('POST /agents/{id}/credentials', () => {
  let gateway: GatewayBed;
  let approved: Set<string>;
  let removed: Set<string>;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  beforeEach(() => {
    approved = new Set();
    removed = new Set();
    gateway.answer(agentCredentials, ({ id }) => {
      if (removed.has(id)) throw new AppError('AGENT_REMOVED', 'This agent was removed');
      if (!approved.has(id)) throw new AppError('NOT_APPROVED', 'An operator has to approve this agent');
      return credentials;
    });
  });

  const ask = (id: string, waitSeconds?: number): Promise<Answer> =>
    gateway.send('POST', `/api/v1/agents/${id}/credentials`, {
      body: { ...proof, ...(waitSeconds === undefined ? {} : { waitSeconds }) },
      token: '',
    });

  /** Resolves once the scheduler was asked about this agent for the first time: then the request is held, or about to be. */
  const isAsked = (id: string): Promise<true> =>
    eventually('the scheduler is asked', 5_000, () => (gateway.timesAsked(agentCredentials, { id }) > 0 ? true : undefined));

  it('needs no session: what proves the agent goes to the scheduler, without the time to wait', async () => {
    const id = newId('agent');
    approved.add(id);
    const answer = await ask(id, 30);
    expect(answer.status).toBe(201);
    // With the keys that sign tasks: an agent that was away for long may know none of them any more.
    expect(AgentCredentials.parse(answer.json)).toEqual({ ...credentials, taskKeys: { keys: [{ kty: 'OKP', kid: 'k1' }] } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(gateway.askedFor(agentCredentials)?.request).toEqual({ id, ask: proof });
  });

  it('says at once that an agent is not approved, when to come back, and does not wait unasked', async () => {
    const answer = await ask(newId('agent'));
    expect(answer.status).toBe(409);
    expect(Problem.parse(answer.json).code).toBe('NOT_APPROVED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is answered as soon as the agent is approved', async () => {
    const id = newId('agent');
    const asking = ask(id, 30);
    await isAsked(id);
    await gateway.publish({ type: 'host.approved', subjectId: newId('agent') });
    approved.add(id);
    const approvedAt = performance.now();
    await gateway.publish({ type: 'host.approved', subjectId: id });
    expect((await asking).status).toBe(201);
    expect(performance.now() - approvedAt).toBeLessThan(1_000);
    expect(gateway.timesAsked(agentCredentials, { id })).toBe(2);
  });

  it('is told as soon as the agent is removed', async () => {
    const id = newId('agent');
    const asking = ask(id, 30);
    await isAsked(id);
    removed.add(id);
    await gateway.publish({ type: 'host.removed', subjectId: id });
    const answer = await asking;
    expect([answer.status, Problem.parse(answer.json).code]).toEqual([410, 'AGENT_REMOVED']);
  });

  it('is still not approved when the time is over', async () => {
    const id = newId('agent');
    const startedAt = performance.now();
    const answer = await ask(id, 1);
    expect([answer.status, Problem.parse(answer.json).code]).toEqual([409, 'NOT_APPROVED']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('passes on what the scheduler refuses', async () => {
    const refusals = [
      ['UNAUTHENTICATED', 401],
      ['CLONE_REFUSED', 409],
      ['NOT_FOUND', 404],
    ] as const;
    for (const [code, status] of refusals) {
      gateway.answer(agentCredentials, () => {
        throw new AppError(code, 'no');
      });
      const answer = await ask(newId('agent'), 30);
      expect([answer.status, Problem.parse(answer.json).code]).toEqual([status, code]);
    }
  });

  it('holds a few requests of one agent; one that hangs up makes room', async () => {
    const id = newId('agent');
    const hangUp = new AbortController();
    const held = Array.from({ length: 4 }, () =>
      fetch(`${gateway.origin}/api/v1/agents/${id}/credentials`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...proof, waitSeconds: 60 }),
        signal: hangUp.signal,
      }).catch(() => undefined),
    );
    const refused = await eventually('the fifth is refused', 5_000, async () => {
      const answer = await ask(id, 1);
      return answer.status === 429 ? answer : undefined;
    });
    expect(Problem.parse(refused.json).code).toBe('RATE_LIMITED');
    hangUp.abort();
    await Promise.all(held);
    await eventually('there is room again', 5_000, async () => ((await ask(id, 1)).status === 409 ? true : undefined));
  }, 30_000);

  it('is written into the audit trail with its outcome and address, and no user', async () => {
    const id = newId('agent');
    await ask(id);
    approved.add(id);
    await ask(id);
    const source = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    await source.initialize();
    const rows = await eventually('both are written', 5_000, async () => {
      const found: unknown[] = await source.query(
        'SELECT user_id, address, action, status, code FROM audit_entries WHERE target = ? ORDER BY seq',
        [`/api/v1/agents/${id}/credentials`],
      );
      return found.length === 2 ? found : undefined;
    });
    await source.destroy();
    const common = { user_id: null, address: '127.0.0.1', action: 'POST /api/v1/agents/:id/credentials' };
    expect(rows).toEqual([
      { ...common, status: 409, code: 'NOT_APPROVED' },
      { ...common, status: 201, code: null },
    ]);
  });

  it('lets nobody wait when this process stops', async () => {
    await gateway.start();
    const id = newId('agent');
    const asking = fetch(`${gateway.originOf(1)}/api/v1/agents/${id}/credentials`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...proof, waitSeconds: 60 }),
    });
    await isAsked(id);
    const startedAt = performance.now();
    await gateway.stop(1);
    expect((await asking).status).toBe(409);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  }, 20_000);
});
