import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '@klevr/contracts/agent';
import type { RequestContract } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Incident, PrimaryInfo, Zone } from '@klevr/contracts/zone';
import type { z } from 'zod';
import { GatewayBed } from './gateway.fixture.js';
import { ids } from './samples.fixture.js';
import { JoinTokenWithCommand } from './zones/join-tokens.service.js';
import { newTask } from './whole-task.fixture.js';

describe('the routes of the gateway', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const page = { limit: 50 };
  const actor = { username: 'admin', address: '127.0.0.1' };
  const { createZone, listZones, getZone, updateZone, createJoinToken, listJoinTokens, getPrimary, listTerms, handOver } = schedulerRpc;
  const { listAgents, getAgent, updateAgent, approveAgent, drainAgent, undrainAgent, listIncidents, closeIncident } = schedulerRpc;
  const agent = `/agents/${ids.agent}`;
  const byAdmin = { actor, id: ids.agent };
  const { createTask, listTasks, getTask, cancelTask, listRuns, getRun } = taskManagerRpc;
  const task = `/tasks/${ids.task}`;
  const zone = { zone: 'demo' };
  const routes: [call: string, body: object | undefined, status: number, schema: z.ZodType, asks: RequestContract, request: object][] = [
    ['POST /zones', { name: 'demo' }, 201, Zone, createZone, { actor, zone: { name: 'demo', labels: {} } }],
    ['GET /zones?limit=3&cursor=c', undefined, 200, listZones.reply, listZones, { limit: 3, cursor: 'c' }],
    ['GET /zones/demo', undefined, 200, Zone, getZone, zone],
    [`GET /zones/${ids.zone}`, undefined, 200, Zone, getZone, { zone: ids.zone }],
    [
      'PATCH /zones/demo',
      { platform: 'vm', settings: { lostAfterSeconds: 9 } },
      200,
      Zone,
      updateZone,
      { actor, ...zone, changes: { platform: 'vm', settings: { lostAfterSeconds: 9 } } },
    ],
    [
      'POST /zones/demo/join-tokens',
      { approval: true, rejoin: true },
      201,
      JoinTokenWithCommand,
      createJoinToken,
      { actor, ...zone, joinToken: { approval: true, rejoin: true } },
    ],
    [
      'POST /zones/demo/join-tokens',
      { maxUses: 3 },
      201,
      JoinTokenWithCommand,
      createJoinToken,
      { actor, ...zone, joinToken: { maxUses: 3 } },
    ],
    [
      'POST /zones/demo/join-tokens',
      undefined,
      201,
      JoinTokenWithCommand,
      createJoinToken,
      { joinToken: { maxUses: 1, ttlSeconds: 3600 } },
    ],
    ['GET /zones/demo/join-tokens', undefined, 200, listJoinTokens.reply, listJoinTokens, { ...page, ...zone }],
    ['GET /zones/demo/primary', undefined, 200, PrimaryInfo, getPrimary, zone],
    ['GET /zones/demo/primary/history', undefined, 200, listTerms.reply, listTerms, { ...page, ...zone }],
    ['POST /zones/demo/primary/handover', undefined, 202, PrimaryInfo, handOver, { actor, ...zone }],
    ['POST /zones/demo/primary/handover', { agentId: ids.agent }, 202, PrimaryInfo, handOver, { agentId: ids.agent }],
    ['GET /agents?zone=demo&status=online&label=role%3Dweb', undefined, 200, listAgents.reply, listAgents, { ...zone, label: 'role=web' }],
    [`GET ${agent}`, undefined, 200, getAgent.reply, getAgent, { id: ids.agent }],
    [`PATCH ${agent}`, { labels: { a: 'b' } }, 200, Agent, updateAgent, { ...byAdmin, changes: { labels: { a: 'b' } } }],
    [`POST ${agent}/approve`, undefined, 202, Agent, approveAgent, byAdmin],
    [`POST ${agent}/drain`, {}, 202, Agent, drainAgent, byAdmin],
    [`POST ${agent}/undrain`, undefined, 202, Agent, undrainAgent, byAdmin],
    ['GET /incidents', undefined, 200, listIncidents.reply, listIncidents, page],
    ['GET /incidents?zone=demo&open=false&limit=2', undefined, 200, listIncidents.reply, listIncidents, { ...zone, limit: 2, open: false }],
    ['GET /incidents?open=true', undefined, 200, listIncidents.reply, listIncidents, { open: true }],
    [`POST /incidents/${ids.incident}/close`, undefined, 202, Incident, closeIncident, { actor, id: ids.incident }],
    ['POST /tasks', newTask, 201, Task, createTask, { actor, task: { name: 'hello' } }],
    ['GET /tasks?zone=demo&status=queued', undefined, 200, listTasks.reply, listTasks, { ...page, ...zone, status: 'queued' }],
    [`GET ${task}`, undefined, 200, Task, getTask, { id: ids.task }],
    [`POST ${task}/cancel`, undefined, 202, Task, cancelTask, { actor, id: ids.task }],
    [`GET ${task}/runs`, undefined, 200, listRuns.reply, listRuns, { ...page, taskId: ids.task }],
    [`GET /runs/${ids.run}`, undefined, 200, getRun.reply, getRun, { id: ids.run }],
  ];

  it.each(routes)('%s (%j) answers %i with what its service says', async (...row) => {
    const [route, body, status, schema, asks, request] = row;
    const [method = '', path = ''] = route.split(' ');
    const answer = await gateway.send(method, `/api/v1${path}`, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    schema.parse(answer.json);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
  });

  const { revokeJoinToken, deleteZone, deleteAgent } = schedulerRpc;
  const removals: [path: string, asks: RequestContract, request: object][] = [
    [`/zones/demo/join-tokens/${ids.joinToken}`, revokeJoinToken, { zone: 'demo', id: ids.joinToken, actor }],
    ['/zones/demo', deleteZone, { zone: 'demo', force: false, actor }],
    ['/zones/demo?force=true', deleteZone, { zone: 'demo', force: true, actor }],
    ['/zones/demo?force=false', deleteZone, { zone: 'demo', force: false, actor }],
    [agent, deleteAgent, byAdmin],
  ];

  it.each(removals)('answers the removal of %s with 204 and nothing else', async (path, asks, request) => {
    const answer = await gateway.send('DELETE', `/api/v1${path}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(gateway.askedFor(asks)?.request).toMatchObject(request);
  });

  it('sends the services nothing that does not match their schemas', () => {
    expect(gateway.violations).toEqual([]);
  });
});
