import { subjects } from '@klevr/contracts/subjects';
import { type RunStatus, isTerminal } from '@klevr/contracts/task';
import type { RawNats } from './raw-nats.fixture.js';

/** Hears from the event log which ends each run was ever given. An event that is published twice has the same id and counts once. */
export class RunEnds {
  private readonly ends = new Map<string, Map<string, RunStatus>>();

  static async watch(administrator: RawNats): Promise<RunEnds> {
    const watch = new RunEnds();
    await administrator.subscribe(subjects.event.wildcard({ topic: 'run' }), ({ body }) => {
      const event = JSON.parse(body.toString()) as { id: string; type: string; subjectId: string; data: { status: RunStatus } };
      if (event.type !== 'run.status' || !isTerminal(event.data.status)) return;
      const ends = watch.ends.get(event.subjectId) ?? new Map<string, RunStatus>();
      watch.ends.set(event.subjectId, ends.set(event.id, event.data.status));
    });
    return watch;
  }

  of(runId: string): RunStatus[] {
    return [...(this.ends.get(runId)?.values() ?? [])];
  }
}
