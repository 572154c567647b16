import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '@klevr/agent-runtime/identity/atomic-file';
import { ProvisionStep } from '@klevr/contracts/provision';
import { Engine } from '@klevr/contracts/resource';
import type { Log } from '@klevr/platform/log';
import { z } from 'zod';

/**
 * What this worker has brought about, so that it can watch over it after a restart.
 * Promises: one file a resource, replaced whole; of secrets it holds what they are recognized by, never their values. What cannot be read is set aside by being left out and
 * told. Does not: decide what shall be; that is the centre's.
 */
const Kept = z.object({
  resource: ProvisionStep.shape.resource,
  recipe: ProvisionStep.shape.recipe,
  parameters: ProvisionStep.shape.parameters,
  zoneName: z.string(),
  engine: Engine,
  secrets: z.record(z.string(), z.string()).describe('name of the credential → its fingerprint'),
  /** The operation that began last, and whether it is over here. */
  operationId: z.string(),
  phase: z.enum(['applying', 'applied', 'destroying']),
  /** The centre's time. */
  appliedAtMs: z.number().nullable(),
});
export type KeptResource = z.infer<typeof Kept>;

export class ResourceJournal {
  private readonly entries = new Map<string, KeptResource>();

  private constructor(private readonly folder: string) {}

  static open(folder: string, log: Log): ResourceJournal {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const journal = new ResourceJournal(folder);
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.json')) continue;
      try {
        const entry = Kept.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
        journal.entries.set(entry.resource.id, entry);
      } catch (error) {
        log.error({ error, file: name }, 'what was kept of a resource cannot be read');
      }
    }
    return journal;
  }

  all(): KeptResource[] {
    return [...this.entries.values()];
  }

  find(resourceId: string): KeptResource | undefined {
    return this.entries.get(resourceId);
  }

  recipesInUse(): Set<string> {
    return new Set(this.all().map(({ recipe }) => recipe.digest));
  }

  async keep(entry: KeptResource): Promise<void> {
    await writeAtomically(this.fileOf(entry.resource.id), JSON.stringify(entry));
    this.entries.set(entry.resource.id, entry);
  }

  async forget(resourceId: string): Promise<void> {
    this.entries.delete(resourceId);
    await rm(this.fileOf(resourceId), { force: true });
  }

  private fileOf(resourceId: string): string {
    return join(this.folder, `${resourceId}.json`);
  }
}
