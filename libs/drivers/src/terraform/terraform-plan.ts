import type { PlanChange } from '@klevr/contracts/resource';
import { z } from 'zod';

/** What terraform shows of a plan (`show -json`), as the changes of ours. Sensitive values stand as `***`. */
const actions = z.array(z.enum(['no-op', 'create', 'read', 'update', 'delete', 'forget']));
const Change = z.object({
  actions,
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
});
export const ShownPlan = z.object({
  resource_changes: z
    .array(z.object({ address: z.string(), mode: z.string(), action_reason: z.string().optional(), change: Change }))
    .default([]),
  output_changes: z.record(z.string(), Change).default({}),
});
export type ShownPlan = z.infer<typeof ShownPlan>;

const valuesShown = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  tainted: z.boolean().optional(),
  values: z.record(z.string(), z.unknown()).default({}),
});
interface ShownModule {
  readonly resources?: z.infer<typeof valuesShown>[] | undefined;
  readonly child_modules?: ShownModule[] | undefined;
}
const ShownModule: z.ZodType<ShownModule> = z.lazy(() =>
  z.object({ resources: z.array(valuesShown).optional(), child_modules: z.array(ShownModule).optional() }),
);
export const ShownState = z.object({ values: z.object({ root_module: ShownModule.optional() }).optional() });
export const ShownOutputs = z.record(z.string(), z.object({ sensitive: z.boolean(), value: z.unknown() }));

export type ShownResource = z.infer<typeof valuesShown>;
export const resourcesOf = (module: ShownModule | undefined): ShownResource[] => [
  ...(module?.resources ?? []).filter(({ mode }) => mode === 'managed'),
  ...(module?.child_modules ?? []).flatMap(resourcesOf),
];

const words: Partial<Record<string, PlanChange['action']>> = { 'no-op': 'none', create: 'create', update: 'update', delete: 'delete' };

export const changesOf = (
  { resource_changes: resources, output_changes: outputs }: ShownPlan,
  mask: (value: unknown) => unknown,
): PlanChange[] => [
  ...resources
    .filter(({ mode, change }) => mode === 'managed' && !change.actions.includes('read') && !change.actions.includes('forget'))
    .map(({ address, action_reason: reason, change }): PlanChange => {
      const action = change.actions.length > 1 ? 'replace' : (words[change.actions[0] ?? 'no-op'] ?? 'none');
      return {
        part: address,
        action,
        ...(reason === undefined ? {} : { reason: reason.replaceAll('_', ' ') }),
        fields: action === 'none' ? [] : fieldsOf(change, mask),
      };
    }),
  ...Object.entries(outputs)
    .filter(([, change]) => !change.actions.includes('no-op'))
    .map(([name, change]): PlanChange => ({
      part: `output.${name}`,
      action: words[change.actions[0] ?? ''] ?? 'update',
      fields: fieldsOf(
        {
          ...change,
          before: { value: change.before },
          after: { value: change.after },
          after_unknown: { value: change.after_unknown },
          before_sensitive: { value: change.before_sensitive },
          after_sensitive: { value: change.after_sensitive },
        },
        mask,
      ),
    })),
];

const fieldsOf = (change: z.infer<typeof Change>, mask: (value: unknown) => unknown): PlanChange['fields'] => {
  const [before, after] = [asRecord(change.before), asRecord(change.after)];
  const unknown = asRecord(change.after_unknown);
  const shown = (value: unknown, sensitive: unknown): unknown => mask(covered(value ?? null, sensitive));
  return [...new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(unknown)])].sort().flatMap((path) => {
    const [was, will] = [
      shown(before[path], sensitiveAt(change.before_sensitive, path)),
      later(after[path], unknown[path], sensitiveAt(change.after_sensitive, path), shown),
    ];
    const same = JSON.stringify(before[path] ?? null) === JSON.stringify(after[path] ?? null) && will !== laterText;
    return same ? [] : [{ path, before: was, after: will }];
  });
};

const laterText = '(known after the apply)';
const later = (value: unknown, unknown: unknown, sensitive: unknown, shown: (value: unknown, sensitive: unknown) => unknown): unknown =>
  unknown === true ? laterText : shown(value, sensitive);

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const sensitiveAt = (sensitive: unknown, path: string): unknown => (sensitive === true ? true : asRecord(sensitive)[path]);

const covered = (value: unknown, sensitive: unknown): unknown => {
  if (sensitive === true) return value === null ? null : '***';
  if (Array.isArray(value)) return value.map((inner: unknown, index) => covered(inner, sensitiveAt(sensitive, String(index))));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, covered(inner, sensitiveAt(sensitive, key))]));
};
