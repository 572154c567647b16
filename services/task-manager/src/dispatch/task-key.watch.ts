import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AgentAddressesStore } from '../hosts/agent-addresses.store.js';
import { CommandSigner } from './command-signer.js';
import { TaskKeysClient } from './task-keys.client.js';

/** Where the file lies. */
export class TaskKeyPlace {
  constructor(readonly path: string | undefined) {}
}

/** For file systems that tell nothing of changes. */
const safetyNetMs = 30_000;

/**
 * Takes up another set of keys as soon as the file has it, and tells every agent.
 * Promises: a file that cannot be understood changes nothing and is told in the log. Does not: know which agents heard it; who did not learns the keys at its next
 * hello, at the latest when a command comes whose key it does not know.
 */
@Injectable()
export class TaskKeyWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private watcher: FSWatcher | undefined;
  private cancelTimer: CancelTimer = () => undefined;
  private looking: Promise<void> = Promise.resolve();
  private seen: string | undefined;

  constructor(
    private readonly place: TaskKeyPlace,
    private readonly signer: CommandSigner,
    private readonly told: AgentsTold,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { path } = this.place;
    if (path === undefined) return;
    const name = basename(path);
    try {
      // The folder: the file is replaced as a whole. A link that is turned (as Kubernetes does) has another name, so every change is looked at.
      this.watcher = watch(dirname(path), { persistent: false }, (_, changed) => {
        if (changed === null || changed === name || changed.startsWith('.')) this.look();
      });
      this.watcher.on('error', (error) => this.log.warn({ error }, 'the file of the task keys is not watched, but looked at'));
    } catch (error) {
      this.log.warn({ error }, 'the file of the task keys is not watched, but looked at');
    }
    this.arm();
  }

  async onModuleDestroy(): Promise<void> {
    this.watcher?.close();
    this.cancelTimer();
    await this.looking;
  }

  private arm(): void {
    this.cancelTimer = this.clock.setTimer(() => {
      this.look();
      this.arm();
    }, safetyNetMs);
  }

  private look(): void {
    const { path } = this.place;
    if (path !== undefined) this.looking = this.looking.then(() => this.read(path));
  }

  private async read(path: string): Promise<void> {
    try {
      const text = await readFile(path, 'utf8');
      if (text === this.seen) return;
      this.seen = text;
      if (!(await this.signer.use(text))) return;
      const agents = await this.told.tell(this.signer.toldKeys);
      this.log.info({ agents }, 'the keys that sign tasks are others now');
    } catch (error) {
      this.log.error({ error }, 'the file of the task keys was not taken up');
    }
  }
}

/** Every agent that there is, told. */
@Injectable()
export class AgentsTold {
  constructor(
    private readonly addresses: AgentAddressesStore,
    private readonly client: TaskKeysClient,
  ) {}

  async tell(keys: CommandSigner['toldKeys']): Promise<number> {
    let count = 0;
    for (let after = ''; ;) {
      const agents = await this.addresses.after(after);
      await this.client.tell(agents, keys);
      count += agents.length;
      const last = agents.at(-1);
      if (last === undefined) return count;
      after = last.agentId;
    }
  }
}
