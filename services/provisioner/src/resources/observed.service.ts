import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import { judgeObservation, type ToldObservation, type Witness } from './judge.js';
import { mendIfDrifted } from './life.js';
import { ObservedStore } from './observed.store.js';
import { takeOver } from './seen.js';
import { become } from './story.js';

/** What workers see by themselves. They observe; what it means is decided here. */
@Injectable()
export class ObservedService {
  constructor(
    private readonly store: ObservedStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async observed(witness: Witness, told: ToldObservation): Promise<{ known: boolean }> {
    const known = await this.store.change(told.resourceId, told.revision, new Date(this.clock.nowMs()), (story, recipe) => {
      const judgement = judgeObservation(story.row, witness, told);
      if (judgement !== 'take' || recipe === undefined) return judgement !== 'forget';
      story.row.workerId = witness.agentId;
      const drifted = takeOver(story, told.observation, recipe);
      become(story, drifted ? 'seenDrifted' : 'seenGood', null);
      mendIfDrifted(story);
      return true;
    });
    this.wakeUps.committed();
    return { known: known ?? false };
  }
}
