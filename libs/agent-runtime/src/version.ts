import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version in the package's own manifest; told at enrolment and at every hello. */
export const agentVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
