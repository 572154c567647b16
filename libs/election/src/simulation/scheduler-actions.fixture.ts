import type { PrimaryKey } from '@klevr/contracts/presence';
import type { Candidate, ElectionAction, ElectionEvent } from '../settlement-types.js';
import type { Database } from './database.fixture.js';
import type { Dialer } from './dialer.fixture.js';
import type { Hub } from './hub.fixture.js';
import type { SimulatedProcess } from './process.fixture.js';
import { Requests, type Ending } from './requests.fixture.js';

const requestTimeoutMs = 2_000;
const probeTimeoutMs = 1_000;
const loadAgainMs = 4_500;

interface Replica {
  readonly process: SimulatedProcess;
  readonly dialer: Dialer;
  tell(event: ElectionEvent): void;
}

/** Carries out what the settlement of one replica decides, and tells it what came of it. */
export class SchedulerActions {
  readonly timers = new Map<string, () => void>();
  private readonly answers = new Map<number, (outcome: string) => void>();
  private readonly requests: Requests;
  private nextRef = 1;

  constructor(
    private readonly replica: Replica,
    private readonly hub: Hub,
    private readonly database: Database,
  ) {
    this.requests = new Requests(replica.process);
  }

  /** The process is another one now. */
  forget(): void {
    for (const map of [this.timers, this.answers]) map.clear();
    this.requests.forget();
  }

  /** A lost connection answers nobody. */
  lose(): void {
    this.requests.lose();
  }

  /** The reference by which the settlement answers. */
  expect(reply: (outcome: string) => void): number {
    const ref = this.nextRef++;
    this.answers.set(ref, reply);
    return ref;
  }

  perform(action: ElectionAction): void {
    const { connection } = this.replica.dialer;
    if (action.kind === 'read') {
      const { knownRevision } = action;
      this.requests.start<{ revision: number; key: PrimaryKey | null } | undefined>(
        (reply) => connection && this.hub.read(connection, reply),
        requestTimeoutMs,
        (found) => this.replica.tell(found ? { kind: 'keyRead', ...found, knownRevision } : { kind: 'readFailed' }),
      );
    } else if (action.kind === 'write') {
      const { writeId, key, expectedRevision } = action;
      this.requests.start<Extract<ElectionEvent, { kind: 'wrote' }>['result']>(
        (reply) => connection && this.hub.write(connection, key, expectedRevision, reply),
        requestTimeoutMs,
        (result) => this.replica.tell({ kind: 'wrote', writeId, result: result ?? { outcome: 'unknown' } }),
      );
    } else if (action.kind === 'lookUp') this.lookUp(action.agentId);
    else if (action.kind === 'probe') this.probe(action.epoch);
    else if (action.kind === 'arm') {
      const { timer } = action;
      this.timers.get(timer)?.();
      const delayMs = action.delayMs + this.hub.time.random() * action.jitterMs;
      const cancel = this.replica.process.after(delayMs, () => {
        this.timers.delete(timer);
        this.replica.tell({ kind: 'timer', timer });
      });
      this.timers.set(timer, cancel);
    } else if (action.kind === 'answer') {
      const reply = this.answers.get(action.ref);
      this.answers.delete(action.ref);
      reply?.(action.outcome);
    } else if (action.kind === 'record') this.database.record(this.replica, action.record.epoch);
    else if (action.kind === 'checkBucket') this.checkBucket();
  }

  private probe(epoch: number): void {
    const { connection } = this.replica.dialer;
    const send = (reply: (answered: boolean) => void): void =>
      connection?.toServer('data', () =>
        this.hub.zoneCommand(epoch, 'ping', (answered) => connection.toClient('data', () => reply(answered))),
      );
    const told = (alive: boolean | undefined, ending: Ending): void =>
      this.replica.tell({ kind: 'probed', epoch, answer: ending === 'lost' ? 'unknown' : alive ? 'alive' : 'dead' });
    this.requests.start(send, probeTimeoutMs, told);
  }

  lookUp(agentId: string): void {
    const found = (session: string | undefined): void => this.replica.tell({ kind: 'lookedUp', agentId, session });
    this.database.ask(
      this.replica,
      () => found(this.database.sessionOf(agentId)),
      () => found(undefined),
    );
  }

  loadCandidates(): void {
    const load = (candidate: Candidate): void => this.replica.tell({ kind: 'candidateLoaded', candidate });
    this.database.ask(
      this.replica,
      () => this.database.candidates().forEach(load),
      () => this.replica.process.after(loadAgainMs, () => this.loadCandidates()),
    );
  }

  checkBucket(): void {
    const ensure = (): void => {
      if (this.database.ensureBucket(this.replica.process.wallMs())) this.replica.tell({ kind: 'reconnected' });
    };
    // Making it needs the bucket's server as well as the database.
    const { connection } = this.replica.dialer;
    this.database.ask(this.replica, () => connection?.toServer('data', () => connection.toClient('data', ensure, false)));
  }
}
