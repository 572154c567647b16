import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AgentStatus } from '@klevr/contracts/agent';
import { jsonValue } from '@klevr/persistence/columns';
import { guarded } from '@klevr/persistence/database-errors';
import { selectable, type KnownFacts, type Place, type Selectable } from './selectable.js';

/** The little of an agent that decides whether a target means it. */
export interface Member {
  readonly agentId: string;
  readonly hostname: string;
  readonly status: AgentStatus;
  readonly since: string;
  readonly drained: boolean;
  readonly values: Selectable;
  readonly loadScore: number;
}

interface Row {
  id: string;
  status: AgentStatus;
  since: Date;
  drained: number;
  labels: unknown;
  facts: unknown;
  loadScore: number;
}

const columns = 'id, status, status_since since, drained, labels, facts, load_score loadScore';

/** Reads a zone's whole pool, so it takes no more than it needs, and no entities. */
@Injectable()
export class MembersStore {
  constructor(private readonly dataSource: DataSource) {}

  /** By id. Workers are never meant by a target. */
  async all(zoneId: string, place: Place): Promise<Member[]> {
    const sql = `SELECT ${columns} FROM agents WHERE zone_id = ? AND kind = 'agent' ORDER BY id`;
    const rows = await guarded(() => this.dataSource.query<Row[]>(sql, [zoneId]));
    return rows.map(({ id, status, since, drained, labels, facts, loadScore }) => {
      const told = jsonValue(facts) as KnownFacts;
      return {
        ...{ agentId: id, hostname: told.hostname ?? '', status, since: since.toISOString(), drained: drained === 1, loadScore },
        values: selectable(jsonValue(labels) as Record<string, string>, told, place),
      };
    });
  }
}
