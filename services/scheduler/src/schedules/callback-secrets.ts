import { randomBytes } from 'node:crypto';
import type { TaskTemplate } from '@klevr/contracts/schedule';
import { SecretLocked, type SecretBox } from '@klevr/platform/secret-box';

/** Secrets of callbacks in a template: one is made where none is given, so that each task of the schedule has the same; they are shown once. */
export const withSecrets = (task: TaskTemplate, before?: TaskTemplate): TaskTemplate => ({
  ...task,
  callbacks: task.callbacks.map((callback) => {
    const known = before?.callbacks.find(({ url }) => url === callback.url)?.secret;
    return { ...callback, secret: callback.secret ?? known ?? `whsec_${randomBytes(24).toString('base64')}` };
  }),
});

export const withoutSecrets = (task: TaskTemplate): TaskTemplate => ({
  ...task,
  callbacks: task.callbacks.map(({ url, on }) => ({ url, on })),
});

export const withEachSecret = (task: TaskTemplate, change: (secret: string) => string): TaskTemplate => ({
  ...task,
  callbacks: task.callbacks.map(({ secret, ...rest }) => ({ ...rest, ...(secret === undefined ? {} : { secret: change(secret) }) })),
});

/** What the box of a secret is bound to: one that is put into another schedule does not open there. */
export const contextOf = (scheduleId: string): string => `schedule ${scheduleId}`;

/**
 * The secrets of schedules at rest.
 * Promises: sealing what is sealed changes nothing, and what was stored before it was sealed still reads as it is.
 */
export class ScheduleSecrets {
  constructor(private readonly box: SecretBox) {}

  sealed(id: string, task: TaskTemplate): TaskTemplate {
    return withEachSecret(task, (secret) => (this.box.isBox(secret) ? secret : this.box.seal(secret, contextOf(id))));
  }

  /** Throws `SecretLocked`. */
  opened(id: string, task: TaskTemplate): TaskTemplate {
    return withEachSecret(task, (secret) => (this.box.isBox(secret) ? this.box.open(secret, contextOf(id)).toString() : secret));
  }

  /** For reading and changing the rest of a schedule: what does not open stays sealed. */
  openedWherePossible(id: string, task: TaskTemplate): TaskTemplate {
    try {
      return this.opened(id, task);
    } catch (error) {
      if (error instanceof SecretLocked) return task;
      throw error;
    }
  }
}
