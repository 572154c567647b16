import { PageQuery, page } from '@klevr/contracts/contract';
import { ErrorCode } from '@klevr/contracts/errors';
import { Timestamp, ZoneId } from '@klevr/contracts/ids';
import { ZoneRef } from '@klevr/contracts/zone';
import { z } from 'zod';
import { callerKinds, type ChainedEntry, outcomes } from './audit-entry.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const AuditRecord = z
  .object({
    seq: z.number().int().describe('without gaps, from 1'),
    hash: hash.describe('SHA-256 over the hash of the entry before, this entry, and its change'),
    id: z.string(),
    at: Timestamp,
    userId: z.string().nullable(),
    username: z.string().nullable().describe('of a refused sign-in: the name that was tried'),
    callerKind: z.enum(callerKinds),
    callerId: z.string().nullable().describe('of the session, the API token or the agent'),
    address: z.string(),
    userAgent: z.string().nullable(),
    action: z.string().describe('method and route'),
    target: z.string().describe('the path as it was asked for'),
    thingKind: z.string().nullable(),
    thingId: z.string().nullable(),
    zoneId: ZoneId.nullable(),
    outcome: z.enum(outcomes),
    status: z.number().int(),
    code: ErrorCode.nullable(),
    traceId: z.string(),
    change: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        '`before` and `after` (of a change only what differs), `asked`; secrets are masked, what is too long is told by its SHA-256',
      ),
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditPage = page(AuditRecord);
export type AuditPage = z.infer<typeof AuditPage>;

const filters = {
  from: z.iso.datetime().optional().describe('not before this time'),
  to: z.iso.datetime().optional().describe('before this time'),
  user: z.string().min(1).max(64).optional().describe('id or name of a user'),
  action: z.string().min(1).max(128).optional().describe('how the action begins, such as `DELETE` or `POST /api/v1/zones`'),
  zone: ZoneRef.optional(),
  target: z.string().min(1).max(128).optional().describe('id (or, where it has none, name) of the thing'),
  outcome: z.enum(outcomes).optional(),
};

export const AuditQuery = PageQuery.extend(filters).strict();
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditExportQuery = z.strictObject(filters);
export type AuditExportQuery = z.infer<typeof AuditExportQuery>;

/** What entries are looked for. */
export interface AuditFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly user?: string | undefined;
  readonly action?: string | undefined;
  readonly zoneIds?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly outcome?: string | undefined;
}

/** Typed as the answer; what the table holds is told as it is. */
export const recordOf = ({ change, ...entry }: ChainedEntry): AuditRecord =>
  ({ ...entry, change: change === null ? null : (JSON.parse(change) as unknown) }) as AuditRecord;
