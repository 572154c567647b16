import { describe, expect, it, jest } from '@jest/globals';
import type { ClaimReply } from '@klevr/contracts/provision';
import type { WorkersStore } from '../hosts/workers.store.js';
import { WorkerChoiceService } from './worker-choice.service.js';
import type { WorkerClaimClient } from './worker-claim.client.js';

const claim = { runId: 'run_1', driver: 'docker', engine: 'kd' } as const;

/** Workers that answer in this order, of whom some are believed. */
const choiceAmong = (answers: readonly string[], believed: readonly string[]) => {
  const replies = answers.map((answer) => (answer === 'nobody' || answer === 'silence' ? answer : { agentId: answer, session: 's' }));
  const ask = jest.fn<WorkerClaimClient['ask']>(async () => replies.shift() ?? 'nobody');
  const takesWork = async (_zone: string, { agentId }: ClaimReply): Promise<boolean> => believed.includes(agentId);
  const service = new WorkerChoiceService({ ask } as unknown as WorkerClaimClient, { takesWork } as unknown as WorkersStore);
  return { ask, choose: (full: readonly string[] = []) => service.choose('zone_1', claim, new Set(full)) };
};

describe('the choice of a worker', () => {
  it('is the first that answers and is believed', async () => {
    const { ask, choose } = choiceAmong(['w1'], ['w1']);
    expect(await choose()).toEqual({ agentId: 'w1' });
    expect(ask).toHaveBeenCalledTimes(1);
    expect(await choiceAmong(['drained', 'w1'], ['w1']).choose()).toEqual({ agentId: 'w1' });
  });

  it('is one that is full only where no other takes it', async () => {
    expect(await choiceAmong(['w1', 'w2'], ['w1', 'w2']).choose(['w1'])).toEqual({ agentId: 'w2' });
    expect(await choiceAmong(['w1', 'w1', 'w1'], ['w1']).choose(['w1'])).toEqual({ agentId: 'w1' });
    expect(await choiceAmong(['w1', 'nobody'], ['w1']).choose(['w1'])).toEqual({ agentId: 'w1' });
  });

  it('is nobody where no one has the engine, and is not asked for again', async () => {
    const { ask, choose } = choiceAmong(['nobody', 'w1'], ['w1']);
    expect(await choose()).toEqual({ message: 'no worker of the zone has the docker engine kd now', soon: false });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('is another where one of them says nothing', async () => {
    expect(await choiceAmong(['silence', 'w1'], ['w1']).choose()).toEqual({ agentId: 'w1' });
    const { ask, choose } = choiceAmong(['silence', 'silence', 'silence', 'w1'], ['w1']);
    expect(await choose()).toMatchObject({ soon: false, message: expect.stringContaining('answers now') });
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it('is nobody where none of those who answer is believed, who may be soon', async () => {
    const { ask, choose } = choiceAmong(['x', 'x', 'x', 'x'], []);
    expect(await choose()).toMatchObject({ soon: true, message: expect.stringContaining('drained or has not said hello') });
    expect(ask).toHaveBeenCalledTimes(3);
  });
});
