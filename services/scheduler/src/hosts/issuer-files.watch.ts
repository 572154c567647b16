import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { FileWatch } from '@klevr/platform/file-watch';
import { Log } from '@klevr/platform/log';
import { IssuerKeysService } from './issuer-keys.service.js';

/** Where the files lie. */
export class IssuerPlaces {
  constructor(
    readonly account: string,
    readonly agents: string,
  ) {}
}

/** Tells of changes of the files whose keys sign the account, agents and services. What cannot be used now is tried again. */
@Injectable()
export class IssuerFilesWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly watches: FileWatch[] = [];

  constructor(
    private readonly places: IssuerPlaces,
    private readonly keys: IssuerKeysService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    // At the start as well: what the account names may have to be left out later.
    this.watch(this.places.account, (text) => this.keys.useAccountIssuer(text));
    this.watch(this.places.agents, (text) => Promise.resolve(this.keys.useAgentIssuer(text)));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.stop()));
    await this.keys.stop();
  }

  private watch(path: string, onText: (text: string) => Promise<void>): void {
    const onError = (error: unknown): void => this.log.warn({ error, path }, 'the keys that sign credentials were not taken up');
    const watch = new FileWatch({ path, onText, onError, clock: this.clock });
    this.watches.push(watch);
    watch.start();
  }
}
