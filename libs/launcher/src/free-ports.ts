/**
 * Free TCP ports on the loopback. A port can be taken between the question and its use: who starts a server asks again then (`onFreePort`).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const ATTEMPTS = 5;

export async function findFreePort(): Promise<number> {
  return listenOnce(0);
}

export async function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** The port kept in `portFile` if it is still free, else a new one that is kept from now on. For a program that is given its port. */
export async function keepPort(portFile: string): Promise<number> {
  const port = await choosePort(portFile);
  await writeFile(portFile, `${port}\n`);
  return port;
}

/** The port kept in `portFile` if it is still free, else any. */
async function choosePort(portFile: string): Promise<number> {
  const kept = Number(await readFile(portFile, 'utf8').catch(() => ''));
  return Number.isInteger(kept) && kept > 0 && (await isPortFree(kept)) ? kept : findFreePort();
}

/** Thrown by a start that found its port taken. */
export class PortTakenError extends Error {}

/**
 * Starts something on the port kept in `portFile` if that is still free, else on a new one, and keeps the port for the next start;
 * a `fixedPort` is used as it is.
 * `start` throws PortTakenError when another program was quicker; every other error ends the attempt.
 */
export async function onFreePort<T>(portFile: string, start: (port: number) => Promise<T>, fixedPort?: number): Promise<T> {
  if (fixedPort !== undefined) return start(fixedPort);
  let port = await choosePort(portFile);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const started = await start(port);
      await writeFile(portFile, `${port}\n`);
      return started;
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error;
      port = await findFreePort();
    }
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
