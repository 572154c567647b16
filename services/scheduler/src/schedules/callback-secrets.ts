import { randomBytes } from 'node:crypto';
import type { TaskTemplate } from '@klevr/contracts/schedule';

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
