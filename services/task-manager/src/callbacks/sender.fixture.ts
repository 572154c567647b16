import type { Delivery } from '@klevr/contracts/callback';
import { newId } from '@klevr/contracts/ids';
import { inTransaction } from '@klevr/persistence/transaction';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Log } from '@klevr/platform/log';
import { eventually } from '@klevr/testing/eventually';
import { TaskManagers } from '../task-manager.fixture.js';
import { refreshHearers } from '../webhooks/hearers.store.js';
import { AddressPolicy } from './address-policy.js';
import { BodiesService } from './bodies.service.js';
import { CallbacksService, CallbackStores } from './callbacks.service.js';
import { DeliveryLogStore } from './delivery-log.store.js';
import { makeDue } from './due.store.js';
import { LaneSender } from './lane-sender.service.js';
import { LanesStore, type LeasedLane } from './lanes.store.js';
import { Receiver, type AnswerWith } from './receiver.fixture.js';
import type { NextStep } from './retry-schedule.js';
import { SettleStore } from './settle.store.js';
import { WebhookClient, type WebhookMessage } from './webhook.client.js';

/** As the real one, with less patience. */
class HastyClient extends WebhookClient {
  override post(message: WebhookMessage): ReturnType<WebhookClient['post']> {
    return super.post(message, 300);
  }
}

type Told = 'host.lost' | 'host.left';

/** The sender alone, on a clock of its own, with one receiver; its messages are events of hosts, made due by the test. */
export class SenderBed {
  clock = new FakeClock(Date.now());
  sender: CallbacksService;
  readonly log: DeliveryLogStore;
  readonly lanes: LanesStore;
  readonly settling: SettleStore;
  private hook = '';

  private constructor(
    readonly centre: TaskManagers,
    readonly receiver: Receiver,
  ) {
    this.log = new DeliveryLogStore(centre.database);
    this.lanes = new LanesStore(centre.database);
    this.settling = new SettleStore(centre.database);
    this.sender = this.newSender();
  }

  static async open(): Promise<SenderBed> {
    const centre = await TaskManagers.open(1);
    // Its own would send what is due by the real clock.
    await centre.replicas[0]?.get(CallbacksService).stop();
    return new SenderBed(centre, await Receiver.start());
  }

  /** Before each test. A hasty sender waits 300 ms for an answer. */
  async renew(options: { hasty?: boolean } = {}): Promise<void> {
    await this.sender.stop();
    for (const table of ['webhooks', 'delivery_lanes', 'callback_deliveries']) await this.centre.database.query(`DELETE FROM ${table}`);
    this.clock = new FakeClock(Date.now());
    this.sender = this.newSender(options.hasty);
  }

  startAnother(): void {
    this.sender = this.newSender();
    this.sender.wake();
  }

  async close(): Promise<void> {
    await this.sender.stop();
    await this.centre.close();
    this.receiver.stop();
  }

  get now(): Date {
    return new Date(this.clock.nowMs());
  }

  /** A subscription, the one that is meant from now on. */
  async subscribe(url: string, to: Told = 'host.lost'): Promise<void> {
    this.hook = newId('webhook');
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    await this.centre.database.query(
      `INSERT INTO webhooks (id, url, triggers, events, description, secret, enabled, revision, created_by, created_at)
       VALUES (?, ?, '[]', ?, '', ?, TRUE, 1, 'tester', ?)`,
      [this.hook, url, JSON.stringify([to]), secret, this.now],
    );
    await refreshHearers(this.centre.database, this.now);
  }

  /** A new path of the receiver, subscribed, that answers so in turn. */
  async answerWith(...answers: AnswerWith[]): Promise<string> {
    const path = `/${newId('message')}`;
    this.receiver.answers.set(path, answers);
    await this.subscribe(`${this.receiver.origin}${path}`);
    return path;
  }

  /** One message about each host; those about one host keep their order. */
  async tell(hosts: readonly string[], type: Told = 'host.lost'): Promise<void> {
    const time = this.now.toISOString();
    const events = hosts.map((subjectId) => ({ id: newId('message'), time, type, zoneId: 'zone_1', subjectId, data: {} }));
    await inTransaction(this.centre.database, (manager) => makeDue(manager, { events }, this.now));
    this.sender.wake();
  }

  /** As if its first message had been tried. */
  async settle(lane: LeasedLane, next: NextStep, durationMs = 1): Promise<void> {
    const [delivery] = lane.due;
    if (delivery === undefined) throw new Error('nothing is due in this lane');
    const tried = { at: this.now.toISOString(), status: 500, error: null, durationMs };
    await this.settling.settle([{ lane, tried: [{ delivery, tried, next }] }], this.now);
  }

  /** Newest first. */
  async deliveries(): Promise<Delivery[]> {
    return (await this.log.list({ webhookId: this.hook, limit: 200 })).items;
  }

  delivery(what: string, fits: (one: Delivery) => boolean): Promise<Delivery> {
    return eventually(what, 10_000, async () => (await this.deliveries()).find(fits));
  }

  tried(attempts: number): Promise<Delivery> {
    return this.delivery(`${attempts} tries`, (one) => one.attempts === attempts);
  }

  /** Goes on to the time of its next try; answers how long that was. */
  async passTo({ nextAt }: Delivery): Promise<number> {
    const pauseMs = Date.parse(nextAt ?? '') - this.clock.nowMs();
    await this.clock.advanceAsync(pauseMs);
    return pauseMs;
  }

  private newSender(hasty = false): CallbacksService {
    const [app] = this.centre.replicas;
    if (app === undefined) throw new Error('no replica runs');
    const policy = new AddressPolicy(true);
    const stores = new CallbackStores(this.lanes, this.settling, app.get(BodiesService));
    const sender = new LaneSender(
      hasty ? new HastyClient(policy, this.centre.secrets) : new WebhookClient(policy, this.centre.secrets),
      this.clock,
      app.get(Log),
    );
    return new CallbacksService(stores, sender, this.clock, app.get(Log));
  }
}
