import { z } from 'zod';

/** What the text of an issuer's file says. Throws with every fault where it is none; what is no JSON shows itself as such. */
export function issuerIn<S extends z.ZodType>(schema: S, text: string, name: string): z.output<S> {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error(`the ${name} issuer's file is none: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
