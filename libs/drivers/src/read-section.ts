import type { z } from 'zod';
import { SpecProblem } from './driver.js';

export type SectionFault = SpecProblem['faults'][number];

/** Every fault of a section, at its place inside of it; a key that is not known is a fault of its own. */
export const sectionFaults = (error: z.ZodError | undefined): SectionFault[] =>
  (error?.issues ?? []).flatMap((issue) => {
    const at = (...more: PropertyKey[]): string => [...issue.path, ...more].map(String).join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: at(key), message: 'is not known' }));
    return [{ path: at(), message: issue.message }];
  });

/** A rendered section as its driver takes it. Throws SpecProblem with every fault. */
export const readSection = <S extends z.ZodType>(schema: S, spec: Readonly<Record<string, unknown>>): z.output<S> => {
  const { data, error } = schema.safeParse(spec);
  if (error !== undefined) throw new SpecProblem(sectionFaults(error));
  return data;
};
