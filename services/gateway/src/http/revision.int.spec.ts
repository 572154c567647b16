import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { z } from 'zod';
import { GatewayBed } from '../gateway.fixture.js';
import { ids } from '../samples.fixture.js';
import { Problem } from './problem.js';

const Asked = z.object({ ifRevision: z.number().optional() });

describe('ETag and If-Match', () => {
  let gateway: GatewayBed;

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  const { updateZone, deleteZone, updateAgent, deleteAgent, updateSchedule, deleteSchedule } = schedulerRpc;
  const { updateWebhook, deleteWebhook } = taskManagerRpc;
  const schedule = `/api/v1/schedules/${ids.schedule}`;
  const webhook = `/api/v1/webhooks/${ids.webhook}`;
  const task = { name: 'x', zone: 'demo', target: { all: '' }, steps: [{ name: 'a', run: 'true' }] };
  const agent = `/api/v1/agents/${ids.agent}`;
  const zone = '/api/v1/zones/demo';

  it.each([
    ['GET', zone, undefined, '"1"'],
    ['PATCH', zone, { platform: 'vm' }, '"2"'],
    ['GET', agent, undefined, '"1"'],
    ['PATCH', agent, { labels: {} }, '"2"'],
    ['POST', '/api/v1/zones', { name: 'demo' }, '"1"'],
    ['POST', '/api/v1/schedules', { name: 'x', at: '2030-01-01T00:00:00.000Z', task }, '"1"'],
    ['GET', schedule, undefined, '"1"'],
    ['PATCH', schedule, { name: 'x' }, '"2"'],
    ['POST', `${schedule}/pause`, undefined, '"2"'],
    ['POST', `${schedule}/resume`, undefined, '"3"'],
    ['POST', '/api/v1/webhooks', { url: 'https://example.test', on: ['all'] }, '"1"'],
    ['GET', webhook, undefined, '"1"'],
    ['PATCH', webhook, { enabled: true }, '"2"'],
  ])('%s %s tells the revision as an entity tag', async (method, path, body, tag) => {
    expect((await gateway.send(method, path, body === undefined ? {} : { body })).headers.get('etag')).toBe(tag);
  });

  const changes = [
    ['PATCH', zone, { platform: 'vm' }, updateZone],
    ['DELETE', zone, undefined, deleteZone],
    ['PATCH', agent, { labels: {} }, updateAgent],
    ['DELETE', agent, undefined, deleteAgent],
    ['PATCH', schedule, { name: 'x' }, updateSchedule],
    ['DELETE', schedule, undefined, deleteSchedule],
    ['PATCH', webhook, { enabled: true }, updateWebhook],
    ['DELETE', webhook, undefined, deleteWebhook],
  ] as const;

  it.each(changes)('%s %s asks for the revision that was read, or for none', async (method, path, body, contract) => {
    const asked = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await gateway.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
      expect(answer.status).toBeLessThan(300);
      return Asked.parse(gateway.askedFor(contract)?.request).ifRevision;
    };
    expect(await asked({ 'if-match': '"7"' })).toBe(7);
    expect(await asked({ 'if-match': '"0"' })).toBe(0);
    expect(await asked({ 'if-match': '*' })).toBeUndefined();
    expect(await asked({})).toBeUndefined();
  });

  it.each(changes)('%s %s of a thing that has changed is 412', async (method, path, body, contract) => {
    gateway.answer(contract, () => {
      throw new AppError('PRECONDITION_FAILED', 'It is at revision 8 now');
    });
    const answer = await gateway.send(method, path, { headers: { 'if-match': '"7"' }, ...(body === undefined ? {} : { body }) });
    expect([answer.status, Problem.parse(answer.json).code]).toEqual([412, 'PRECONDITION_FAILED']);
  });

  it.each(['7', '"a"', 'W/"7"', '"7", "8"', '"-1"', '"1.5"', '"9999999999999999999"', '""', '"'])(
    'a tag like %s is a fault, named with the others',
    async (given) => {
      const answer = await gateway.send('PATCH', zone, { body: { platform: 'moon' }, headers: { 'if-match': given } });
      expect(answer.status).toBe(400);
      expect(
        Problem.parse(answer.json)
          .errors.map(({ path }) => path)
          .sort(),
      ).toEqual(['If-Match', 'platform']);
    },
  );
});
