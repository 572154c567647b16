import type { RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Verdict } from '@klevr/contracts/presence';
import type { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { makeUnboundDue } from '../dispatch/claim.store.js';
import { openStates } from '../runs/run-state.js';
import { findRuns, lockRuns } from '../runs/runs.store.js';
import type { LoadedRun } from '../runs/run-row.js';
import type { Stored } from '../runs/stored.js';
import { storeRuns } from '../runs/transitions.store.js';
import { judgeHello } from './judge-hello.js';
import { rememberZone } from './zones.store.js';

export type HelloRequest = RequestOf<typeof taskManagerRpc.agentHello>;

export interface HelloStored {
  readonly verdicts: Verdict[];
  readonly stored: Stored;
}

const idsPerQuery = 1_000;

/** One transaction an agent's hello: its session, the fate of its runs, and what it shall do. Locks in the order zone, agent, runs, tasks. */
@Injectable()
export class HelloStore {
  constructor(private readonly dataSource: DataSource) {}

  hello(request: HelloRequest, now: Date): Promise<HelloStored> {
    const { agentId, zoneId, journalId, attempts } = request;
    return inTransaction(this.dataSource, async (manager) => {
      await rememberZone(manager, request);
      const sameSession = await storeAgent(manager, request, now);
      const open = await lockRuns(manager, 'r.agent_id = ? AND r.state IN (?) ORDER BY r.id', [agentId, openStates]);
      const openIds = new Set(open.map((run) => run.row.id));
      const otherIds = attempts.map(({ runId }) => runId).filter((id) => !openIds.has(id));
      const ended: LoadedRun[] = [];
      for (let start = 0; start < otherIds.length; start += idsPerQuery) {
        ended.push(...(await findRuns(manager, 'r.id IN (?) AND r.agent_id = ?', [otherIds.slice(start, start + idsPerQuery), agentId])));
      }
      const verdicts = judgeHello({ journalId, attempts, sameSession }, open, ended, now);
      const stored = await storeRuns(manager, open, now);
      await makeUnboundDue(manager, zoneId, now, agentId);
      return { verdicts, stored };
    });
  }
}

/** Answers whether the session was known already. */
const storeAgent = async (manager: EntityManager, request: HelloRequest, now: Date): Promise<boolean> => {
  const { agentId, zoneId, zoneName, kind, session, journalId, sealingKey } = request;
  const rows = await manager.query<{ session: string | null; status: string }[]>(
    'SELECT session, status FROM agent_state WHERE agent_id = ? FOR UPDATE',
    [agentId],
  );
  if (rows[0]?.status === 'removed') throw new AppError('AGENT_REMOVED', 'The agent was removed');
  await manager.query(
    `INSERT INTO agent_state (agent_id, zone_id, zone_name, kind, session, journal_id, sealing_key, online, status, cause, since)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1, 'online', 'hello', ?)
     ON DUPLICATE KEY UPDATE zone_id = VALUES(zone_id), zone_name = VALUES(zone_name), kind = VALUES(kind), session = VALUES(session),
       journal_id = VALUES(journal_id), sealing_key = VALUES(sealing_key), online = 1, status = VALUES(status), cause = VALUES(cause), since = VALUES(since)`,
    [agentId, zoneId, zoneName, kind, session, journalId, sealingKey ?? null, now],
  );
  return rows[0]?.session === session;
};
