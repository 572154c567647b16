import { ChildStartError, startChild, type ChildSpec, type ManagedChild } from './child-process.js';
import { PortTakenError } from './free-ports.js';

/** One server that this process started for itself. */
export interface PrivateServer extends ManagedChild {
  port: number;
  /** Holds the credentials; never log it. */
  url: string;
}

/** The environment of a server program: a plain locale and search path, and its own libraries; none of this process's secrets. */
export function serverEnv(own: Record<string, string>, dir: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: dir, LC_ALL: 'C', ...own };
}

/** Starts a server that listens on `port`; a port that another program took is a PortTakenError. */
export async function startListening(spec: ChildSpec, port: number): Promise<ManagedChild> {
  try {
    return await startChild(spec);
  } catch (error) {
    if (error instanceof ChildStartError && error.lastLines.some((line) => /address already in use/i.test(line))) {
      throw new PortTakenError(`${spec.name}: port ${port} is already in use`, { cause: error });
    }
    throw error;
  }
}
