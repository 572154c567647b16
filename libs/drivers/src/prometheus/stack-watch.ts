import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import { watchLifeLine } from './life-line.js';
import { rotateLog } from './log-rotation.js';
import { ownProcesses } from './own-processes.js';
import { lifeLinePath, logPath } from './process-keeper.js';
import { namesIn } from './programs.js';
import { stackFolderOf } from './stack-look.js';
import { StackFolder } from './stack-folder.js';

/**
 * Tells which stacks of this host are to be looked at: files changed, or processes ended, came or went.
 * Promises: an ended process or a changed file is told within moments, where the system grants watches; else with the next look of the timer. One telling stands for
 * all that happened shortly before. Does not: tell what of it is wrong, nor leave out what the driver did itself.
 */
interface Options {
  readonly hostFolder: string;
  readonly owner: string;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly changed: (resourceId: string, what: string) => void;
}

/** Systems that tell nothing of files or processes, and logs that grow. */
const safetyNetMs = 30_000;
const settleMs = 100;
/** Where systemd's units have their processes: a folder for each that runs. */
const unitsFolder = '/sys/fs/cgroup/system.slice';

export class StackWatch {
  private readonly stops = new Map<string, (() => void)[]>();
  private readonly settling = new Map<string, CancelTimer>();
  private running = new Map<string, string>();
  private looking: Promise<void> = Promise.resolve();
  private cancelTimer: CancelTimer = () => undefined;
  private stopped = false;

  constructor(private readonly options: Options) {}

  async start(): Promise<void> {
    const stacks = join(this.options.hostFolder, 'stacks');
    this.watchFolder('', stacks, () => this.look());
    this.watchFolder('', unitsFolder, (name) => {
      if (name?.startsWith('klevr-') === true) this.look();
    });
    this.look();
    await this.looking;
    this.arm();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    for (const cancel of this.settling.values()) cancel();
    for (const key of this.stops.keys()) this.letGo(key);
    await this.looking;
    for (const key of this.stops.keys()) this.letGo(key);
  }

  /** Folders and processes of stacks may be others than before. `afresh`: folders too of which nothing is told yet. */
  look(afresh = false): void {
    this.looking = this.looking.then(() => this.lookNow(afresh)).catch(() => undefined);
  }

  private arm(): void {
    this.cancelTimer = this.options.clock.setTimer(() => {
      this.look();
      if (!this.stopped) this.arm();
    }, safetyNetMs);
  }

  private async lookNow(afresh: boolean): Promise<void> {
    if (this.stopped) return;
    const { hostFolder, owner } = this.options;
    const processes = await ownProcesses(owner);
    const ids = await namesIn(join(hostFolder, 'stacks'));
    for (const known of this.stops.keys()) if (known !== '' && !ids.includes(known)) this.letGo(known);
    const running = new Map<string, string>();
    for (const id of ids) {
      const own = processes.filter(({ resourceId }) => resourceId === id);
      const now = own.map(({ pid, name, startTicks }) => `${name}:${pid}:${startTicks}`).join(' ');
      running.set(id, now);
      const folder = new StackFolder(stackFolderOf(hostFolder, id));
      for (const { name } of own) await rotateLog(logPath(folder, name)).catch(() => undefined);
      const before = this.running.get(id);
      if (!afresh && before === now && this.stops.has(id)) continue;
      this.watchStack(
        id,
        folder,
        own.map(({ name }) => name),
      );
      if (before !== undefined && before !== now) this.tell(id, 'processes of the stack are others than before');
    }
    this.running = running;
  }

  private watchStack(id: string, folder: StackFolder, names: readonly string[]): void {
    this.letGo(id);
    for (const name of ['', 'config', 'config/rules', 'config/grafana', 'config/dashboards', 'secrets']) {
      this.watchFolder(id, folder.at(name), (file) => {
        // What is written beside, and the driver's own record, are no news.
        if (file === null || !/^(new-|stack\.json|log|run)/.test(file)) this.tell(id, `${name}/${file ?? ''} changed`);
      });
    }
    const lines = names.map((name) =>
      watchLifeLine(lifeLinePath(folder, name), () => {
        if (this.stopped) return;
        this.tell(id, `${name} ended`);
        this.look();
      }),
    );
    this.stops.set(id, [...(this.stops.get(id) ?? []), ...lines]);
  }

  private watchFolder(key: string, folder: string, heard: (name: string | null) => void): void {
    let watcher: FSWatcher;
    try {
      watcher = watch(folder, { persistent: false }, (_event, name) => heard(name));
    } catch {
      // Not there: the safety net stands in.
      return;
    }
    watcher.on('error', () => watcher.close());
    this.stops.set(key, [...(this.stops.get(key) ?? []), () => watcher.close()]);
  }

  private letGo(key: string): void {
    for (const stop of this.stops.get(key) ?? []) stop();
    this.stops.delete(key);
  }

  private tell(id: string, what: string): void {
    if (this.stopped || this.settling.has(id)) return;
    this.settling.set(
      id,
      this.options.clock.setTimer(() => {
        this.settling.delete(id);
        this.options.changed(id, what);
      }, settleMs),
    );
  }
}

export const isSystemdHost = (): Promise<boolean> =>
  stat('/run/systemd/system').then(
    (there) => there.isDirectory(),
    () => false,
  );
