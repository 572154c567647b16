import type { ManagedChild } from './child-process.js';

/** One server that this process started for itself. */
export interface PrivateServer extends ManagedChild {
  port: number;
  /** Holds the credentials; never log it. */
  url: string;
}

/** The environment of a server program: a plain locale and search path, and its own libraries; none of this process's secrets. */
export function serverEnv(own: Record<string, string>, dir: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dir,
    LC_ALL: 'C',
    ...own,
  };
}
