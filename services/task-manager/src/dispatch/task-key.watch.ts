import { Clock } from '@klevr/platform/clock';
import { FileWatch } from '@klevr/platform/file-watch';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AgentAddressesStore } from '../hosts/agent-addresses.store.js';
import { CommandSigner } from './command-signer.js';
import { TaskKeysClient } from './task-keys.client.js';

/** Where the file lies. */
export class TaskKeyPlace {
  constructor(readonly path: string | undefined) {}
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

/**
 * Takes up another set of keys as soon as the file has it, and tells every agent.
 * Promises: a file that cannot be understood changes nothing and is told in the log; where agents could not be told they are told again, all of them. Keys that were
 * ever rotated are told at the start as well: that may have been while nothing ran, and an agent that has no work would go on trusting a stolen one. Does not: know
 * which agents heard it; who did not learns the keys at its next hello, at the latest when a command comes whose key it does not know.
 */
@Injectable()
export class TaskKeyWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private watch: FileWatch | undefined;
  private toldGeneration: number | undefined;

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
    if (this.signer.toldKeys.chain.length === 0) this.toldGeneration = this.signer.generation;
    this.watch = new FileWatch({
      path,
      onText: (text) => this.use(text),
      onError: (error) => this.log.error({ error }, 'the file of the task keys was not taken up'),
      clock: this.clock,
    });
    this.watch.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
  }

  private async use(text: string): Promise<void> {
    await this.signer.use(text);
    const { generation, toldKeys } = this.signer;
    if (generation === this.toldGeneration) return;
    const agents = await this.told.tell(toldKeys);
    this.toldGeneration = generation;
    this.log.info({ agents, generation }, 'agents are told the keys that sign tasks');
  }
}
