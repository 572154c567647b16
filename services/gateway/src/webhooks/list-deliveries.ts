import { Delivery } from '@klevr/contracts/callback';
import { PageQuery } from '@klevr/contracts/contract';
import type { z } from 'zod';

export const ListDeliveries = PageQuery.extend({ state: Delivery.shape.state.optional() }).strict();
export type ListDeliveries = z.infer<typeof ListDeliveries>;
