import type { SealedCredential } from '@klevr/contracts/command';
import { Masks } from './masking.js';
import type { RunFolder } from './run-folder.js';

/**
 * The secrets that a run was given, opened.
 * Promises: all of them can be opened, or the run hears which cannot; they reach scripts by variables and files of the private folder alone, and leave the memory
 * of the agent with the run. Does not: keep a script from passing them on.
 */
export interface SecretOpener {
  open(sealedBase64: string): Buffer;
}

export class SecretsUnreadable extends Error {}

interface Secret extends Pick<SealedCredential, 'name' | 'as' | 'variable'> {
  readonly value: Buffer;
}

export class RunSecrets {
  /** For built-in commands. */
  readonly byName: ReadonlyMap<string, string>;

  private constructor(
    private readonly secrets: readonly Secret[],
    readonly masks: Masks,
  ) {
    this.byName = new Map(secrets.map(({ name, value }) => [name, value.toString()]));
  }

  /** Throws SecretsUnreadable with all that is wrong. */
  static open(credentials: readonly SealedCredential[], opener: SecretOpener | undefined): RunSecrets {
    const faults: string[] = [];
    const secrets: Secret[] = [];
    for (const { name, as, variable, sealed } of credentials) {
      try {
        if (opener === undefined) throw new Error('it has no key');
        const value = opener.open(sealed);
        if (as === 'environment' && value.includes(0)) throw new Error('its value holds a NUL, so it can only be given as a file');
        secrets.push({ name, as, variable, value });
      } catch (error) {
        faults.push(`credential ${name} cannot be used by this agent: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (faults.length > 0) throw new SecretsUnreadable(faults.join('; '));
    return new RunSecrets(secrets, new Masks(secrets.map(({ value }) => value.toString())));
  }

  /** The variables with the values, or with the paths of the files that hold them. */
  variables(folder: RunFolder): Record<string, string> {
    return Object.fromEntries(
      this.secrets.map(({ as, variable, value }) => [
        variable,
        as === 'file' ? folder.write(`secret-${variable}`, value) : value.toString(),
      ]),
    );
  }
}
