import type { AnsweredOf, AskedOf, Observation, ProvisionVerb } from '@klevr/contracts/provision';
import { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import type { Plan, PlanChange } from '@klevr/contracts/resource';
import { subjects } from '@klevr/contracts/subjects';
import type { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';

/** A worker that does only what the test says, on a worker's own connection. */
export class FakeWorker {
  constructor(
    readonly bus: Bus,
    readonly zoneId: string,
    readonly agentId: string,
  ) {}

  ask<V extends ProvisionVerb>(verb: V, request: AskedOf<V>): Promise<AnsweredOf<V>> {
    const subject = subjects.provision.build({ zone: this.zoneId, agent: this.agentId, verb });
    return call(this.bus, provisionContracts[verb], request as never, { subject, inbox: { to: 'centre' } }) as Promise<AnsweredOf<V>>;
  }
}

export const change = (part: string, action: PlanChange['action'] = 'create'): PlanChange => ({ part, action, fields: [] });

export const planOf = (...changes: PlanChange[]): Plan => {
  const count = (action: PlanChange['action']): number => changes.filter((of) => of.action === action).length;
  const summary = { create: count('create'), update: count('update'), replace: 0, delete: count('delete'), keep: 0, none: count('none') };
  return {
    summary,
    changes,
    text: changes.map(({ part, action }) => `${action} ${part}`).join('\n'),
    digest: `digest of ${changes.length}`,
  };
};

export const seen = (more: Partial<Observation> = {}): Observation => ({
  ...{ parts: [{ part: 'thing/web', state: 'running', details: {} }], drift: [], health: [], outputs: {} },
  ...{ engine: { driver: 'pretend', id: 'engine-1', version: '1', description: '' }, observedAtMs: Date.now() },
  ...more,
});
