import type { RequestInput, RequestOf, ReplyOf } from '@klevr/contracts/contract';
import type { ErrorBody } from '@klevr/contracts/errors';
import { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import type { Fire } from '@klevr/contracts/schedule';
import type { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';

type Created = RequestOf<typeof taskManagerRpc.createScheduledTask>;
type Answer = { data: ReplyOf<typeof taskManagerRpc.createScheduledTask> } | { error: ErrorBody };
export type WantedSchedule = Partial<RequestInput<(typeof schedulerRpc)['createSchedule']>['schedule']>;

/** Two scheduler replicas, and a task-manager of which only what schedules need is there: a task a fire, whatever else a test wants it to answer. */
export class ScheduleBed {
  /** Every call, repeated ones included, with when it came. */
  readonly calls: (Created & { atMs: number })[] = [];
  readonly events: Event[] = [];
  private readonly tasks = new Map<string, string>();
  /** Undefined: no answer at all. */
  answer: (asked: Created) => Answer | undefined = (asked) => this.made(asked);
  /** How slow it is to make a task. */
  answerAfterMs = 0;
  checked: ErrorBody | undefined;
  private bus: Bus | undefined;

  private constructor(readonly schedulers: Schedulers) {}

  static async open(replicas = 2): Promise<ScheduleBed> {
    const bed = new ScheduleBed(await Schedulers.open(replicas));
    await bed.taskManagerComes();
    const ear = await bed.schedulers.bed.serviceBus('scheduler');
    ear.subscribe(subjects.event.wildcard({ topic: 'schedule' }), (message) => bed.events.push(Event.parse(message.json())));
    return bed;
  }

  async taskManagerGoes(): Promise<void> {
    await this.bus?.close();
  }

  async taskManagerComes(): Promise<void> {
    const bus = await this.schedulers.bed.serviceBus('task-manager');
    this.bus = bus;
    bus.subscribe(taskManagerRpc.checkTask.subscription, (message) => {
      const { task } = taskManagerRpc.checkTask.request.parse(message.json());
      const found = this.checked ? { ok: false, error: this.checked } : { ok: true, data: { zoneId: task.zone, zoneName: 'zone' } };
      bus.respond(message.reply ?? '', found);
    });
    bus.subscribe(taskManagerRpc.zoneClosing.subscription, (message) => {
      bus.respond(message.reply ?? '', { ok: true, data: { openTasks: 0 } });
    });
    bus.subscribe(taskManagerRpc.createScheduledTask.subscription, (message) => {
      const asked = taskManagerRpc.createScheduledTask.request.parse(message.json());
      this.calls.push({ ...asked, atMs: Date.now() });
      const answer = this.answer(asked);
      if (answer === undefined) return;
      const respond = () => bus.respond(message.reply ?? '', 'data' in answer ? { ok: true, ...answer } : { ok: false, ...answer });
      if (this.answerAfterMs > 0) setTimeout(respond, this.answerAfterMs);
      else respond();
    });
    await bus.flush();
  }

  made({ fireId }: Created): Answer {
    const taskId = this.tasks.get(fireId) ?? newId('task');
    this.tasks.set(fireId, taskId);
    return { data: { outcome: 'created', taskId, reason: null } };
  }

  callsOf(scheduleId: string): (Created & { atMs: number })[] {
    return this.calls.filter((call) => call.scheduleId === scheduleId);
  }

  async create(zone: string, more: WantedSchedule = {}, task: object = {}) {
    const template = { name: 'rotate', zone, target: { all: '' }, steps: [{ name: 'one', run: 'true' }], ...task };
    const timing = more.at === undefined ? { cron: '0 0 1 1 *' } : {};
    return this.schedulers.rpc('createSchedule', { actor, schedule: { name: 'nightly', task: template, ...timing, ...more } });
  }

  /** Earliest first. */
  async fires(id: string): Promise<Fire[]> {
    return (await this.schedulers.rpc('listFires', { id, limit: 200 })).items.reverse();
  }

  firesWhen(id: string, what: string, wanted: (fires: Fire[]) => boolean, timeoutMs = 5_000): Promise<Fire[]> {
    return eventually(what, timeoutMs, async () => {
      const fires = await this.fires(id);
      return wanted(fires) ? fires : undefined;
    });
  }

  /** As if nobody had been there since. */
  async dueSince(id: string, at: Date): Promise<void> {
    await this.schedulers.database.query('UPDATE schedules SET next_due_at = ? WHERE id = ?', [at, id]);
  }

  event(type: Event['type'], subjectId: string, wanted: (event: Event) => boolean = () => true): Promise<Event> {
    return eventually(`${type} of ${subjectId}`, 5_000, () =>
      this.events.find((event) => event.type === type && event.subjectId === subjectId && wanted(event)),
    );
  }

  close(): Promise<void> {
    return this.schedulers.close();
  }
}
