import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';

/** The section of a recipe for the pretend driver: things to have, and how carrying out shall go wrong. */
const token = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens');
const part = z.string().max(255);

const PretendThing = z.strictObject({
  kind: token.default('thing'),
  name: token,
  size: z.number().default(1).describe('can be changed where it stands'),
  colour: z.string().max(64).default('grey').describe('another one needs another thing'),
  data: z.boolean().default(false).describe('is kept when its resource goes'),
  secret: z.union([z.instanceof(Secret), z.string()]).optional(),
  file: z.string().max(255).optional().describe('of the recipe; what is in it belongs to the thing'),
});

const Sections = z.strictObject({
  things: z.array(PretendThing).max(1_000).default([]),
  delayMs: z.number().min(0).max(600_000).default(0).describe('how long each change takes'),
  failAt: part.optional().describe('the part whose change fails'),
  stopWorkerAt: part.optional().describe('the part after whose change the worker is killed, once'),
  healthy: z.boolean().default(true),
});
export type PretendSpec = z.infer<typeof Sections>;

export const PretendSpec = Sections.superRefine(({ things }, context) => {
  const parts = things.map(partOf);
  for (const [index, name] of parts.entries())
    if (parts.indexOf(name) < index) context.addIssue({ code: 'custom', path: ['things', index], message: `there is another ${name}` });
});

export const partOf = ({ kind, name }: Pick<z.infer<typeof PretendThing>, 'kind' | 'name'>): string => `${kind}/${name}`;
