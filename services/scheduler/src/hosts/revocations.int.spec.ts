import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { eventually } from '@klevr/testing/eventually';
import { DataSource } from 'typeorm';
import { Schedulers, actor } from '../scheduler.fixture.js';
import { RevocationsService } from './revocations.service.js';

const insert = 'INSERT INTO revocations (public_key, agent_id, zone_id, reason, revoked_at, pushed)';

describe('revocations', () => {
  let schedulers: Schedulers;
  let app: NestFastifyApplication;
  beforeAll(async () => {
    schedulers = await Schedulers.open(0);
    app = await schedulers.start();
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  const query = <T>(sql: string, parameters: unknown[] = []): Promise<T> => app.get(DataSource).query(sql, parameters);
  const sweep = (): Promise<void> => app.get(RevocationsService).sweep();

  it('that could not be pushed are pushed by housekeeping', async () => {
    const agent = await schedulers.agent(await schedulers.zone());
    await query(`${insert} SELECT public_key, id, zone_id, 'x', UTC_TIMESTAMP(3), FALSE FROM agents WHERE id = ?`, [agent.agentId]);
    await sweep();
    await eventually('the cut', 1_000, () => (agent.connected ? undefined : true));
    const [row] = await query<{ pushed: number }[]>('SELECT pushed FROM revocations WHERE agent_id = ?', [agent.agentId]);
    expect(row?.pushed).toBe(1);
  }, 20_000);

  it('are forgotten once no JWT that they revoke can be valid', async () => {
    const rows = [7, 8, 9].map(
      (days) => `('U${days}', 'agt_${days}', 'zone_x', 'x', UTC_TIMESTAMP(3) - INTERVAL ${24 * days + 1} HOUR, TRUE)`,
    );
    await query(`${insert} VALUES ${rows.join(', ')}`);
    await sweep();
    const left = await query<{ id: string }[]>("SELECT agent_id AS id FROM revocations WHERE zone_id = 'zone_x'");
    expect(left).toEqual([{ id: 'agt_7' }]);
  });

  it('are bounded in number, and as many as there may be fit one push', async () => {
    const zone = await schedulers.zone();
    const [agent, other] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    const [count] = await query<{ number: string }[]>('SELECT COUNT(*) AS number FROM revocations');
    const wanted = 9_999 - Number(count?.number);
    await query(
      `${insert} SELECT CONCAT('U', LPAD(seq, 55, 'A')), 'agt_many', 'zone_y', 'x', UTC_TIMESTAMP(3), TRUE FROM seq_1_to_${wanted}`,
    );
    await schedulers.rpc('deleteAgent', { actor, id: agent.agentId });
    await eventually('the cut', 1_000, () => (agent.connected ? undefined : true));
    await expect(schedulers.rpc('deleteAgent', { actor, id: other.agentId })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await schedulers.rpc('getAgent', { id: other.agentId })).toMatchObject({ id: other.agentId });
  }, 20_000);
});
