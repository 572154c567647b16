import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SealingKeys } from '@klevr/messaging/auth/sealed-box';
import { writeAtomically } from './atomic-file.js';

/**
 * The key that secrets for this agent are sealed to.
 * Promises: the private half was made here, is readable by the agent's user alone, and leaves this host never; the centre knows the public half by every hello. It
 * belongs to one identity: an agent that was removed begins with another. Does not: change while it is in use. A file that cannot be understood is no obstacle:
 * another key takes its place, and the next hello tells so.
 */
export const sealingKeyFile = 'sealing-key';

export class SealingKey {
  private constructor(private readonly keys: SealingKeys) {}

  /** As it was kept, or made now and on disk before anybody hears of it. */
  static async keptIn(folder: string): Promise<SealingKey> {
    const path = join(folder, sealingKeyFile);
    const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const known = kept === undefined ? undefined : understood(kept.trim());
    if (known !== undefined) return new SealingKey(known);
    const keys = SealingKeys.create();
    await writeAtomically(path, `${keys.seed}\n`);
    return new SealingKey(keys);
  }

  /** X…: what every hello tells. */
  get publicKey(): string {
    return this.keys.publicKey;
  }

  /** Throws for what was sealed to another key, or was changed. */
  open(sealedBase64: string): Buffer {
    return this.keys.open(Buffer.from(sealedBase64, 'base64'));
  }
}

const understood = (seed: string): SealingKeys | undefined => {
  try {
    return SealingKeys.of(seed);
  } catch {
    return undefined;
  }
};
