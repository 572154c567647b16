import { SourceName } from '@klevr/contracts/catalogue';
import { SourceId } from '@klevr/contracts/ids';
import { z } from 'zod';

/** A source in the path: by its id or its name. */
export const SourceRef = z
  .union([SourceId, SourceName], { error: 'must be the id or the name of a source' })
  .meta({ examples: ['platform'] });
