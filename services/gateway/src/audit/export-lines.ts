import { z } from 'zod';
import { SignedPlace } from './audit-keys.js';
import { AuditRecord } from './audit-schemas.js';

/** The lines of an export: one that says where it begins, one for each entry, one with the signed head. */
export const exportVersion = 1;

export const ExportBeginning = z.object({
  klevrAuditExport: z.literal(exportVersion),
  /** Every entry from the anchor (or the first one) to the head; what was filtered cannot be checked for gaps. */
  isWhole: z.boolean(),
  anchor: SignedPlace.nullable(),
});
export type ExportBeginning = z.infer<typeof ExportBeginning>;

export const ExportEnd = z.strictObject({ head: SignedPlace });

/** Strict: a field that was put in must not go unnoticed. */
export const ExportEntry = z.strictObject({
  ...AuditRecord.shape,
  code: z.string().nullable(),
  zoneId: z.string().nullable(),
  at: z.string(),
});
