import type { SealedCredential } from '@klevr/contracts/command';
import type { CredentialUse } from '@klevr/contracts/credential';
import type { RunRow } from '../runs/run-row.js';

/** Which secrets the runs that are to be sent now get. Pure. */
export interface WantingRun {
  readonly run: RunRow;
  readonly uses: readonly CredentialUse[];
}

/** Why a run is not sent. Only what is `gone` can end it; the others are waited for. */
export interface Unsendable {
  readonly run: RunRow;
  readonly why: 'gone' | 'locked' | 'noKey';
  readonly message: string;
}

export interface CommandSecrets {
  readonly sealed: ReadonlyMap<string, readonly SealedCredential[]>;
  readonly unsendable: ReadonlySet<string>;
}

export const noSecrets: CommandSecrets = { sealed: new Map(), unsendable: new Set() };

export const wantingRuns = (
  runs: readonly RunRow[],
  works: ReadonlyMap<string, { readonly credentials: readonly CredentialUse[] }>,
): WantingRun[] =>
  runs.flatMap((run) => {
    const uses = works.get(run.taskId)?.credentials ?? [];
    return uses.length === 0 ? [] : [{ run, uses }];
  });

/** The first so many, so that what is kept stays bounded: the oldest goes for the newest. */
export class Newest<V> {
  private readonly kept = new Map<string, V>();

  constructor(private readonly size: number) {}

  get(key: string): V | undefined {
    return this.kept.get(key);
  }

  set(key: string, value: V): void {
    const oldest = this.kept.keys().next();
    if (this.kept.size >= this.size && oldest.done !== true) this.kept.delete(oldest.value);
    this.kept.set(key, value);
  }
}
