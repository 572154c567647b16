/** What the box of a credential is bound to: one that is put into another row does not open there. */
export const contextOf = (zoneId: string, name: string): string => `credentials ${zoneId} ${name}`;
