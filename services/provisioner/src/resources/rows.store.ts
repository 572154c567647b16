import { jsonValue } from '@klevr/persistence/columns';
import type { EntityManager } from 'typeorm';
import type { OperationRow } from './operation-row.js';
import type { ResourceRow, RevisionRow } from './resource-row.js';

/** How rows of this service are read and written: each column with its field, once. JSON columns are told apart, as are truth values. */
type Kind = 'plain' | 'json' | 'flag';
type Columns<Row> = { readonly [Field in keyof Row]: readonly [column: string, kind: Kind] };

const plain = (column: string) => [column, 'plain'] as const;
const json = (column: string) => [column, 'json'] as const;
const flag = (column: string) => [column, 'flag'] as const;

const resourceColumns: Columns<ResourceRow> = {
  ...{ id: plain('id'), zoneId: plain('zone_id'), zoneName: plain('zone_name'), name: plain('name') },
  ...{ recipe: json('recipe'), parameters: json('parameters'), selfHeal: flag('self_heal'), engine: plain('engine') },
  ...{ workerId: plain('worker_id'), status: plain('status'), reason: json('reason'), revision: plain('revision') },
  ...{ appliedRevision: plain('applied_revision'), begunRevision: plain('begun_revision'), observed: json('observed') },
  ...{ observedAt: plain('observed_at'), observeBy: plain('observe_by'), drift: json('drift'), driftDigest: plain('drift_digest') },
  ...{ health: json('health'), outputs: json('outputs'), operationId: plain('operation_id'), healTries: plain('heal_tries') },
  ...{ healNotBefore: plain('heal_not_before'), healAt: plain('heal_at'), createdBy: plain('created_by') },
  ...{ createdAt: plain('created_at'), updatedAt: plain('updated_at') },
};

const operationColumns: Columns<OperationRow> = {
  ...{ id: plain('id'), resourceId: plain('resource_id'), resourceName: plain('resource_name'), zoneId: plain('zone_id') },
  ...{ action: plain('action'), cause: plain('cause'), status: plain('status'), reason: json('reason'), revision: plain('revision') },
  ...{ engine: plain('engine'), planDigest: plain('plan_digest'), deleteData: flag('delete_data'), taskId: plain('task_id') },
  ...{ taskDueAt: plain('task_due_at'), taskTries: plain('task_tries'), runId: plain('run_id'), workerId: plain('worker_id') },
  ...{ attempt: plain('attempt'), seq: plain('seq'), plan: json('plan'), steps: json('steps'), cancelAt: plain('cancel_at') },
  ...{ createdBy: plain('created_by'), createdById: plain('created_by_id'), createdAt: plain('created_at') },
  ...{ startedAt: plain('started_at'), finishedAt: plain('finished_at') },
};

const revisionColumns: Columns<RevisionRow> = {
  ...{ resourceId: plain('resource_id'), revision: plain('revision'), recipe: json('recipe'), parameters: json('parameters') },
  ...{ credentials: json('credentials'), createdBy: plain('created_by'), createdAt: plain('created_at'), appliedAt: plain('applied_at') },
};

interface Table<Row> {
  readonly name: string;
  readonly select: string;
  fromRow(row: Record<string, unknown>): Row;
  insert(manager: EntityManager, row: Row, more?: Readonly<Record<string, unknown>>): Promise<void>;
  update(manager: EntityManager, row: Row & { readonly id: string }, more?: Readonly<Record<string, unknown>>): Promise<void>;
}

const table = <Row extends object>(name: string, columns: Columns<Row>): Table<Row> => {
  const entries = Object.entries(columns) as [keyof Row & string, readonly [string, Kind]][];
  const values = (row: Row, more: Readonly<Record<string, unknown>>): [string, unknown][] => [
    ...entries.map(([field, [column, kind]]): [string, unknown] => [column, kind === 'json' ? text(row[field]) : row[field]]),
    ...Object.entries(more),
  ];
  return {
    name,
    select: entries.map(([field, [column]]) => `${column} \`${field}\``).join(', '),
    fromRow: (row) =>
      Object.fromEntries(
        entries.map(([field, [, kind]]) => {
          const value = row[field] ?? null;
          return [field, kind === 'flag' ? value === 1 : kind === 'json' && value !== null ? jsonValue(value) : value];
        }),
      ) as Row,
    insert: async (manager, row, more = {}) => {
      const all = values(row, more);
      const places = all.map(([column]) => column).join(', ');
      await manager.query(`INSERT INTO ${name} (${places}) VALUES (?)`, [all.map(([, value]) => value)]);
    },
    update: async (manager, row, more = {}) => {
      const all = values(row, more).filter(([column]) => column !== 'id');
      const sets = all.map(([column]) => `${column} = ?`).join(', ');
      await manager.query(`UPDATE ${name} SET ${sets} WHERE id = ?`, [...all.map(([, value]) => value), row.id]);
    },
  };
};

const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

export const resources = table<ResourceRow>('resources', resourceColumns);
export const operations = table<OperationRow>('operations', operationColumns);
export const revisions = table<RevisionRow>('resource_revisions', revisionColumns);

export const rowsOf = async <Row>(manager: EntityManager, of: Table<Row>, rest: string, parameters: readonly unknown[]): Promise<Row[]> =>
  (await manager.query<Record<string, unknown>[]>(`SELECT ${of.select} FROM ${of.name} ${rest}`, [...parameters])).map((row) =>
    of.fromRow(row),
  );

export const lockResource = async (manager: EntityManager, id: string): Promise<ResourceRow | undefined> =>
  (await rowsOf(manager, resources, 'WHERE id = ? FOR UPDATE', [id]))[0];

export const lockOperation = async (manager: EntityManager, id: string): Promise<OperationRow | undefined> =>
  (await rowsOf(manager, operations, 'WHERE id = ? FOR UPDATE', [id]))[0];

export const findRevision = async (manager: EntityManager, resourceId: string, revision: number): Promise<RevisionRow | undefined> =>
  (await rowsOf(manager, revisions, 'WHERE resource_id = ? AND revision = ?', [resourceId, revision]))[0];
