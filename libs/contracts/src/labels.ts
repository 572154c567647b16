import { z } from 'zod';

export const labelKey = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
export const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
export const Labels = z
  .record(z.string().regex(labelKey, 'is not a label name'), z.string().regex(labelValue, 'is not a label value'))
  .refine((labels) => Object.keys(labels).length <= 64, 'has more than 64 labels')
  .meta({ examples: [{ role: 'web' }], maxProperties: 64 });
