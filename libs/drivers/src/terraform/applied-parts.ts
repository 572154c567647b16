import type { PlanChange } from '@klevr/contracts/resource';
import { z } from 'zod';
import type { Progress } from '../driver.js';

/** What `apply -json` tells of each resource, as steps of ours: a replacement is a deletion and a creation, and one step. */
const Hook = z.object({
  '@message': z.string().default('failed'),
  type: z.enum(['apply_start', 'apply_complete', 'apply_errored']),
  hook: z.object({ resource: z.object({ addr: z.string() }) }),
});

export class AppliedParts {
  private readonly open: Map<string, { change: PlanChange; ends: number; begun: boolean }>;

  constructor(
    changes: readonly PlanChange[],
    private readonly progress: Progress,
  ) {
    this.open = new Map(changes.map((change) => [change.part, { change, ends: change.action === 'replace' ? 2 : 1, begun: false }]));
  }

  async told(line: Record<string, unknown>): Promise<void> {
    const heard = Hook.safeParse(line);
    const one = heard.success ? this.open.get(heard.data.hook.resource.addr) : undefined;
    if (!heard.success || one === undefined) return;
    if (heard.data.type === 'apply_errored') {
      this.open.delete(one.change.part);
      return this.progress(one.change, 'failed', heard.data['@message']);
    }
    if (heard.data.type === 'apply_start') return this.begin(one);
    one.ends -= 1;
    if (one.ends > 0) return undefined;
    this.open.delete(one.change.part);
    return this.progress(one.change, 'done');
  }

  /** All went well: outputs and the like, of which nothing is told by itself. */
  async finish(): Promise<void> {
    for (const one of this.open.values()) {
      await this.begin(one);
      await this.progress(one.change, 'done');
    }
  }

  private async begin(one: { change: PlanChange; begun: boolean }): Promise<void> {
    if (one.begun) return;
    one.begun = true;
    await this.progress(one.change, 'begun');
  }
}
