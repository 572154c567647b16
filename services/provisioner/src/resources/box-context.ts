/** What boxes are bound to: one that is put into another row does not open there. */
export const outputsContext = (resourceId: string): string => `resource outputs ${resourceId}`;
export const pieceContext = (resourceId: string, generation: number | string, offset: number | string): string =>
  `resource state ${resourceId} ${generation} ${offset}`;
