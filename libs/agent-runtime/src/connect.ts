import { Bus } from '@klevr/messaging/bus';
import { isLoginRefused } from '@klevr/messaging/bus-errors';
import type { NatsTls } from '@klevr/messaging/nats-tls';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { natsCureOf } from '@klevr/platform/tls-cures';
import type { AgentConfig } from './config.js';
import type { Identity } from './identity/identity.js';
import type { LoginRescue } from './identity/login-rescue.js';

/**
 * The first connection to NATS.
 * Promises: it is waited for as long as it takes, the reason why it does not come is said once, and each refused login is told to the rescue. Does not: end by
 * itself; an agent that was removed is ended by its rescue. Later connections are the bus's own.
 */
export interface ConnectOptions {
  readonly identity: Identity;
  readonly rescue: Pick<LoginRescue, 'refused' | 'letIn' | 'renew'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  readonly config: Pick<AgentConfig, 'caFile' | 'natsCaFile' | 'natsCertFile' | 'natsKeyFile'>;
}

const againMs = { away: 100, refused: 1_000 };
const connectTimeoutMs = 5_000;
/** A server that restarts is back sooner. */
const sayAfterMs = 15_000;

export const connectToNats = async ({ identity, rescue, clock, log, config }: ConnectOptions): Promise<Bus> => {
  let said = false;
  let why: unknown;
  const cancelWarning = clock.setTimer(() => {
    if (said) return;
    said = true;
    log.warn({ natsUrls: identity.current.natsUrls, error: why }, 'NATS cannot be reached yet');
  }, sayAfterMs);
  for (;;) {
    const { agentId, zoneId, natsUrls, userJwt } = identity.current;
    if (userJwt === null) {
      await rescue.renew();
      continue;
    }
    try {
      const owner = { zone: zoneId, agent: agentId };
      const credentials = (): string => identity.credentials();
      const tls = tlsOf(config, natsUrls);
      const bus = await Bus.connect({
        servers: natsUrls,
        name: agentId,
        credentials,
        owner,
        waitOnFirstConnect: false,
        connectTimeoutMs,
        tls,
      });
      cancelWarning();
      if (said) log.info({}, 'NATS is reached now');
      if (bus.limitFault !== undefined) log.error({ error: bus.limitFault }, 'large tasks cannot reach this agent');
      rescue.letIn();
      return bus;
    } catch (error) {
      why = error;
      const cure = natsCureOf(error);
      if (cure !== undefined && !said) log.warn({ natsUrls, error, cure }, 'NATS cannot be reached yet');
      said ||= cure !== undefined;
      const refused = isLoginRefused(error);
      if (refused) {
        log.debug({ error }, 'NATS refuses this agent');
        rescue.refused();
      }
      const pauseMs = (refused ? againMs.refused : againMs.away) * (1 + Math.random());
      await new Promise<void>((resolve) => void clock.setTimer(resolve, pauseMs));
    }
  }
};

/** One authority for all is enough where none is named for NATS. */
const tlsOf = ({ caFile, natsCaFile, natsCertFile, natsKeyFile }: ConnectOptions['config'], natsUrls: readonly string[]): NatsTls => ({
  caFile: natsCaFile ?? (natsUrls.some((url) => url.startsWith('tls://')) ? caFile : undefined),
  certFile: natsCertFile,
  keyFile: natsKeyFile,
});
