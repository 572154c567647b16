import { Grant } from '@klevr/contracts/access';
import { jsonValue } from '@klevr/persistence/columns';
import { z } from 'zod';

const Grants = z.array(Grant).max(50);

/** Of a JSON column. */
export const grantsOf = (stored: unknown): Grant[] => Grants.parse(jsonValue(stored));
