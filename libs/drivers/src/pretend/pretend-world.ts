import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { z } from 'zod';

/**
 * An engine that is a file: what is in it is there.
 * Promises: several workers may change it at a time, each change whole; a reader sees the old content or the new one. The lock is a name of the kernel's that
 * goes with its process. Does not: keep people who edit the file from doing so in the middle of a change.
 */
const Thing = z.object({
  resource: z.string(),
  part: z.string(),
  size: z.number(),
  colour: z.string(),
  data: z.boolean(),
  secret: z.string().optional().describe('its fingerprint'),
  file: z.string().optional().describe('digest of its content'),
  state: z.string().default('running'),
});
export type Thing = z.infer<typeof Thing>;
const World = z.object({ things: z.record(z.string(), Thing).default({}) });
export type Things = z.infer<typeof World>['things'];

export class PretendWorld {
  constructor(readonly path: string) {}

  /** Nothing where there is no file. Throws where it is not a world. */
  async things(): Promise<Things> {
    return thingsOf(await readFile(this.path, 'utf8').catch(absent));
  }

  async change(edit: (things: Things) => void): Promise<void> {
    const release = await held(this.path);
    try {
      const things = await this.things();
      edit(things);
      const fresh = `${this.path}.${randomUUID()}.new`;
      await writeFile(fresh, `${JSON.stringify({ things }, null, 2)}\n`);
      await rename(fresh, this.path);
    } finally {
      await release();
    }
  }
}

export const thingsOf = (text: string | undefined): Things => (text === undefined ? {} : World.parse(JSON.parse(text)).things);

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
};

/** Answers how to let go. */
const held = async (path: string): Promise<() => Promise<void>> => {
  if (process.platform !== 'linux') return () => Promise.resolve();
  const name = `\0klevr-pretend-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
  for (;;) {
    const release = await taken(name);
    if (release !== undefined) return release;
    await gone(name);
  }
};

const taken = (name: string): Promise<(() => Promise<void>) | undefined> => {
  const waiting = new Set<Socket>();
  const lock = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => undefined);
  });
  const release = (): Promise<void> =>
    new Promise((resolve) => {
      lock.close(() => resolve());
      // Who waits hears of it by the end of its connection.
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    lock.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    lock.listen(name, () => resolve(release));
  });
};

/** Resolves when whoever has the name has let go of it, or may have. */
const gone = (name: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = createConnection(name);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
