import type { CreateSource, RecipeFault, Source, SourceRef, UpdateSource } from '@klevr/contracts/catalogue';
import { AppError, type Fault } from '@klevr/contracts/errors';

/** A source as it is stored. */
export interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly ref: SourceRef | null;
  readonly folder: string;
  readonly syncEverySeconds: number | null;
  readonly signedTagsOnly: boolean;
  readonly trustedSigners: readonly string[];
  readonly authBox: string | null;
  readonly builtIn: boolean;
  readonly status: Source['status'];
  readonly statusMessage: string;
  readonly commit: string | null;
  readonly refObject: string | null;
  readonly syncedAt: Date | null;
  readonly faults: readonly RecipeFault[];
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** The catalogue that comes with Klevr. Nobody can make another source of this name. */
export const builtInName = 'klevr';

export const sourceOf = ({ authBox, refObject: _refObject, ...row }: SourceRow): Source => ({
  ...row,
  ...{ trustedSigners: [...row.trustedSigners], faults: [...row.faults], hasAuth: authBox !== null },
  ...{ syncedAt: row.syncedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() },
});

/** Which row and column a box belongs to. */
export const authContext = (sourceId: string): string => `catalogue source ${sourceId}`;

export type NewSource = Omit<CreateSource, 'auth'> & { readonly id: string; readonly authBox: string | null; readonly createdBy: string };

/** What is undefined stays; `authBox: null` removes it. */
export type SourceChanges = Omit<UpdateSource, 'auth'> & { readonly authBox?: string | null };

/** As it will be, and every fault of that. */
export const changedSource = (before: SourceRow, { authBox, ...changes }: SourceChanges): { after: SourceRow; faults: Fault[] } => {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const after: SourceRow = { ...before, ...given, ...(authBox === undefined ? {} : { authBox }), revision: before.revision + 1 };
  const faults: Fault[] = [];
  if (after.signedTagsOnly && !(after.ref !== null && 'tag' in after.ref)) {
    faults.push({ path: 'ref', message: 'must be a tag where only signed tags are taken' });
  }
  if (after.signedTagsOnly && after.trustedSigners.length === 0) {
    faults.push({ path: 'trustedSigners', message: 'must name somebody where only signed tags are taken' });
  }
  // What opens one host must not be told to another.
  if (after.authBox !== null && authBox === undefined && hostOf(after.url) !== hostOf(before.url)) {
    faults.push({ path: 'auth', message: 'must be given again (or null), as the address leads to another host' });
  }
  return { after, faults };
};

export const refuseOtherRevision = ({ revision }: SourceRow, ifRevision: number | undefined): void => {
  if (ifRevision === undefined || ifRevision === revision) return;
  throw new AppError('PRECONDITION_FAILED', `The source is at revision ${revision} now, not ${ifRevision}`);
};

export const refuseBuiltIn = ({ builtIn, name }: SourceRow, what: string): void => {
  if (builtIn) throw new AppError('WRONG_STATE', `The source ${name} comes with Klevr and cannot be ${what}`);
};

/** Scheme, user, host and port; of the short form of ssh what stands before the colon. */
const hostOf = (url: string): string => (url.includes('://') ? url.split('/').slice(0, 3).join('/') : (url.split(':')[0] ?? ''));
