import { Injectable } from '@nestjs/common';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { AccountClaimsPublisher } from './account-claims.publisher.js';
import { AgentCredentialsIssuer } from './agent-credentials.issuer.js';
import { AgentNotifier } from './agent.notifier.js';
import { AgentsStore } from './agents.store.js';
import { RevocationsService } from './revocations.service.js';

@Injectable()
export class Issuers {
  constructor(
    readonly account: AccountClaimsPublisher,
    readonly agents: AgentCredentialsIssuer,
  ) {}
}

/** Each of them asks for credentials, dials and says hello: this is how many a second the centre takes on beside its work. */
const [agentsAtOnce, pauseMs] = [100, 250];
const againMs = 30_000;

/** Every agent that there is, asked for. */
@Injectable()
export class AgentsAsked {
  constructor(
    private readonly agents: AgentsStore,
    private readonly notifier: AgentNotifier,
  ) {}

  /** `pause` ends it where it answers false. */
  async ask(publicKey: string, pause: () => Promise<boolean>): Promise<number> {
    let count = 0;
    for (let after: string | undefined; ;) {
      const agents = await this.agents.list(after === undefined ? {} : { afterId: after }, agentsAtOnce);
      for (const { id, zoneId } of agents) this.notifier.renewWanted({ id, zoneId }, publicKey);
      count += agents.length;
      after = agents.at(-1)?.id;
      if (agents.length < agentsAtOnce || !(await pause())) return count;
    }
  }
}

/**
 * Takes up other keys that sign agents and services.
 * Promises: the servers know an account's new keys before anything is signed with them; every agent is asked to renew at once, a few at a time; a key whose time is
 * over is taken out of the account when it is. Does not: wait for agents; one that did not hear it renews by itself within three days, or asks the gateway.
 */
@Injectable()
export class IssuerKeysService {
  private cancelEnd: CancelTimer = () => undefined;
  private asking: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly issuers: Issuers,
    private readonly revocations: RevocationsService,
    private readonly told: AgentsAsked,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Throws where the text is no issuer, or the servers cannot be told now. */
  async useAccountIssuer(text: string): Promise<void> {
    this.issuers.account.use(text);
    await this.revocations.push();
    this.log.info({}, 'the NATS servers know the keys of the account');
    this.armEnd();
  }

  useAgentIssuer(text: string): void {
    if (!this.issuers.agents.use(text)) return;
    const { publicKey } = this.issuers.agents;
    this.log.info({ publicKey }, 'another key signs the credentials of agents');
    this.asking = this.asking.then(() => this.askAll(publicKey));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelEnd();
    await this.asking;
  }

  private async askAll(publicKey: string): Promise<void> {
    try {
      const agents = await this.told.ask(publicKey, () => this.pause());
      this.log.info({ agents }, 'agents are asked to renew their credentials');
    } catch (error) {
      this.log.warn({ error }, 'not every agent could be asked to renew its credentials; they will by themselves');
    }
  }

  private pause(): Promise<boolean> {
    return new Promise((resolve) => void this.clock.setTimer(() => resolve(!this.stopped), this.stopped ? 0 : pauseMs));
  }

  private armEnd(): void {
    this.cancelEnd();
    const nowMs = this.clock.nowMs();
    const end = this.issuers.account.nextEndSeconds(nowMs / 1000);
    if (end === undefined || end === Number.MAX_SAFE_INTEGER || this.stopped) return;
    this.cancelEnd = this.clock.setTimer(() => void this.leaveOut(), end * 1000 - nowMs);
  }

  private async leaveOut(): Promise<void> {
    try {
      await this.revocations.push();
      this.armEnd();
    } catch (error) {
      this.log.warn({ error }, 'a key whose time is over could not be taken out of the account yet');
      if (!this.stopped) this.cancelEnd = this.clock.setTimer(() => void this.leaveOut(), againMs);
    }
  }
}
