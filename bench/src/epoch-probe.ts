import { readFile } from 'node:fs/promises';
import { PrimaryKey } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import type { KlevrSystem } from '@klevr/testing/klevr-system';

/**
 * Hears of the next ready primary as the task-manager does, and asks it at once on its epoch's own subject. What it measures is the election
 * itself: no database and no task is on the way.
 */
export class EpochProbe {
  private constructor(
    private readonly bus: Bus,
    private readonly zoneId: string,
  ) {}

  static async open(system: KlevrSystem): Promise<EpochProbe> {
    const creds = await readFile(system.files.serviceCreds['task-manager'], 'utf8');
    const bus = await Bus.connect({
      servers: [system.natsUrl],
      name: 'bench',
      credentials: () => creds,
      owner: { service: 'task-manager' },
    });
    return new EpochProbe(bus, (await system.api.zone(system.zone)).id);
  }

  /** When (unix ms) the first primary of an epoch above this one answered. Call it before the primary is taken away. */
  async firstAnswerAbove(epoch: number): Promise<number> {
    return new Promise((resolve) => {
      const subscription = this.bus.subscribe(subjects.primary.build({ zone: this.zoneId }), async (message) => {
        const key = message.bytes.length === 0 ? undefined : PrimaryKey.parse(message.json());
        if (key?.epoch === undefined || key.epoch === null || key.epoch <= epoch) return;
        const subject = subjects.zoneCommand.build({ zone: this.zoneId, epoch: key.epoch, verb: 'ping' });
        const inbox = { to: 'agent', zone: this.zoneId, agent: key.agentId } as const;
        const answer = await this.bus.request(subject, 'zone.ping', {}, { inbox, timeoutMs: 2_000 }).catch(() => undefined);
        if (answer === undefined) return;
        subscription.unsubscribe();
        resolve(Date.now());
      });
    });
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}
