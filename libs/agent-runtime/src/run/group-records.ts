import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { recordGroup, type RecordedGroup } from './process-group.js';

/**
 * The process groups that may run, on disk, for the next life of the agent.
 * Promises: a group is in the file in the turn in which it is recorded, so a crash right after leaves none that nobody knows of; the file stays small. Does not:
 * tell which of them have ended: a group is known by the start of its leader, so an old record harms nobody. Not synced: a host that lost power has no processes.
 */
const Group = z.object({ pid: z.number().int().min(2), startTicks: z.string().nullable(), bootId: z.string(), mark: z.string() });

const maxBytes = 64 * 1024;

export class GroupRecords {
  private fd: number | undefined;
  private bytes = 0;
  private readonly running = new Map<number, string>();

  constructor(private readonly path: string) {}

  started(pid: number, mark: string): void {
    const line = `${JSON.stringify(recordGroup(pid, mark))}\n`;
    this.running.set(pid, line);
    if (this.fd === undefined || this.bytes > maxBytes) this.startAnew();
    else this.bytes += writeSync(this.fd, line);
  }

  ended(pid: number): void {
    this.running.delete(pid);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  /** The old file stays until the new one is there. */
  private startAnew(): void {
    this.close();
    this.fd = openSync(`${this.path}.new`, 'w', 0o600);
    this.bytes = writeSync(this.fd, [...this.running.values()].join(''));
    renameSync(`${this.path}.new`, this.path);
  }
}

export const readGroups = (path: string): RecordedGroup[] => {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => groupOf(line) ?? []);
};

const groupOf = (line: string): RecordedGroup | undefined => {
  try {
    return Group.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};
