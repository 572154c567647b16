import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256, type StackFile } from './stack-file.js';

/**
 * The folder of one stack: `config`, `secrets`, `data`, `log`, `run`, and `stack.json`, the record of what was put there.
 * Promises: a file is replaced as a whole or not at all, and is never readable for more than those who may. Does not: keep other programs of this user out.
 */
const Written = z.object({ path: z.string(), fingerprint: z.string(), digest: z.string() });
const Record_ = z.object({
  resourceId: z.string(),
  resourceName: z.string(),
  files: z.record(z.string(), Written),
  /** Arguments with which each was started last. */
  processes: z.record(z.string(), z.array(z.string())),
});
export type StackRecord = z.infer<typeof Record_>;

export class StackFolder {
  constructor(readonly root: string) {}

  at(...path: string[]): string {
    return join(this.root, ...path);
  }

  /** Undefined where there is none, or none that can be read: everything is then compared with what is there. */
  async record(): Promise<StackRecord | undefined> {
    const text = await readFile(this.at('stack.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      return Record_.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }

  async keep(record: StackRecord): Promise<void> {
    await this.put(this.at('stack.json'), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
  }

  async make(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    for (const name of ['config', 'secrets', 'data', 'log', 'run']) await mkdir(this.at(name), { recursive: true, mode: 0o700 });
  }

  async write(file: StackFile): Promise<void> {
    if (file.text === undefined) throw new Error(`${file.part} needs a secret that is not on this worker now: apply the resource`);
    await this.put(file.path, file.text, file.mode);
  }

  private async put(path: string, text: string, mode: number): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Units are elsewhere, maybe in another file system.
    const unfinished = path.startsWith(this.root) ? this.at(`new-${randomUUID()}`) : join(dirname(path), `.${basename(path)}.new`);
    try {
      await writeFile(unfinished, text, { mode: 0o600 });
      // Not by `writeFile`: what the process' mask takes away would read as a change that somebody made.
      await chmod(unfinished, mode);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}

export type FileState = 'missing' | 'same' | 'different';
export interface SeenFile {
  readonly state: FileState;
  readonly text: string;
  readonly mode: number;
}

export const seeFile = async (file: StackFile, record: StackRecord | undefined): Promise<SeenFile> => {
  const found = await stat(file.path).catch(() => undefined);
  if (found === undefined) return { state: 'missing', text: '', mode: 0 };
  const bytes = await readFile(file.path);
  const written = record?.files[file.part];
  const same =
    file.text === undefined
      ? written?.fingerprint === file.fingerprint && written.digest === sha256(bytes)
      : bytes.equals(Buffer.from(file.text));
  const mode = found.mode & 0o777;
  return { state: same && mode === file.mode ? 'same' : 'different', text: bytes.toString(), mode };
};
