import { Masks } from '@klevr/agent-runtime/run/masking';
import type { Observation } from '@klevr/contracts/provision';
import type { PlanChange } from '@klevr/contracts/resource';

/**
 * Takes the secrets of an operation out of what is told of it: engines and tools show what they were given, and a recipe may put a secret where a driver looks for none.
 * Promises what Masks promises. Does not: touch outputs, as a recipe says itself which of them are sensitive.
 */
export class Hiding {
  private readonly masks: Masks;

  constructor(secrets: Iterable<string>) {
    this.masks = new Masks([...secrets]);
  }

  text(text: string): string {
    return this.masks.text(text);
  }

  changes(changes: readonly PlanChange[]): readonly PlanChange[] {
    return this.masks.none ? changes : changes.map((change) => this.change(change));
  }

  observation(seen: Observation): Observation {
    return {
      ...seen,
      parts: seen.parts.map((part) => ({ ...part, details: this.entries(part.details) })),
      drift: [...this.changes(seen.drift)],
      health: seen.health.map((check) => ({ ...check, message: this.text(check.message) })),
    };
  }

  private change({ reason, fields, ...rest }: PlanChange): PlanChange {
    return {
      ...rest,
      ...(reason === undefined ? {} : { reason: this.text(reason) }),
      fields: fields.map(({ path, before, after }) => ({ path, before: this.value(before), after: this.value(after) })),
    };
  }

  private value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((inner) => this.value(inner));
    return typeof value === 'object' && value !== null ? this.entries(value) : value;
  }

  private entries(value: object): Record<string, unknown> {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.value(inner)]));
  }
}
