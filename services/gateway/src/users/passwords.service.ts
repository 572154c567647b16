import { Injectable } from '@nestjs/common';
import type { Fault } from '@klevr/contracts/errors';
import { PasswordHasher } from '../auth/password-hasher.js';
import { generatedPassword } from './generated-password.js';
import { passwordFaults } from './password-policy.js';

interface Person {
  readonly username: string;
  readonly displayName?: string | null;
}

interface Wanted {
  readonly password?: string | undefined;
  readonly generatePassword: boolean;
  readonly mustChangePassword: boolean;
}

export interface ChosenPassword {
  /** Null for somebody without one. */
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  /** The generated one, to be shown once. */
  readonly shown: string | null;
}

/** Passwords that people choose, or get. */
@Injectable()
export class PasswordsService {
  constructor(private readonly hasher: PasswordHasher) {}

  faultsOf(path: string, password: string | undefined, person: Person): Fault[] {
    return password === undefined ? [] : passwordFaults(password, person).map((message) => ({ path, message }));
  }

  /** Of one that has no faults. */
  hash(password: string): Promise<string> {
    return this.hasher.hash(password);
  }

  matches(stored: string, password: string): Promise<boolean> {
    return this.hasher.verify(stored, password);
  }

  async choose({ password, generatePassword, mustChangePassword }: Wanted): Promise<ChosenPassword> {
    if (generatePassword) {
      const shown = generatedPassword();
      return { passwordHash: await this.hash(shown), mustChangePassword: true, shown };
    }
    if (password === undefined) return { passwordHash: null, mustChangePassword: false, shown: null };
    return { passwordHash: await this.hash(password), mustChangePassword, shown: null };
  }
}
