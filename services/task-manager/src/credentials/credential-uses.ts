import type { CredentialUse } from '@klevr/contracts/credential';
import type { Fault } from '@klevr/contracts/errors';

/** How tasks name credentials, and what is wrong with that. Pure. */
export interface NamedUse {
  readonly name: string;
  readonly as: 'environment' | 'file';
  readonly variable: string;
}

/** What all values of one task may have together, in bytes: sealed and signed they grow by four fifths, and have to fit one message with the work. */
export const largestValuesBytes = 1024 * 1024;

export const namedUse = (use: CredentialUse): NamedUse =>
  typeof use === 'string'
    ? { name: use, as: 'environment', variable: use }
    : { name: use.name, as: use.as, variable: use.variable ?? use.name };

const isOurs = (variable: string): boolean =>
  variable.startsWith('KLEVR_') || variable === 'TASK_ORIGIN_PARAM' || variable === 'TASK_RESULT';

/** `sizes`: the bytes of the values that the zone has, by name. */
export const faultsOfUses = (uses: readonly CredentialUse[], sizes: ReadonlyMap<string, number>): Fault[] => {
  const faults: Fault[] = [];
  const taken = new Map<string, number>();
  let bytes = 0;
  uses.map(namedUse).forEach(({ name, variable }, index) => {
    const fault = (message: string): void => void faults.push({ path: `credentials.${index}`, message });
    const size = sizes.get(name);
    if (size === undefined) fault(`the zone has no credential ${name}`);
    bytes += size ?? 0;
    const other = taken.get(variable);
    if (other !== undefined) fault(`the variable ${variable} is that of credentials.${other} already`);
    else taken.set(variable, index);
    if (isOurs(variable)) fault(`the variable ${variable} is one that every step gets from Klevr; name another by "variable"`);
  });
  if (bytes > largestValuesBytes) {
    faults.push({ path: 'credentials', message: `their values together have ${bytes} bytes; ${largestValuesBytes} are possible` });
  }
  return faults;
};
