import { describe, expect, it } from '@jest/globals';
import type { Contract } from '@klevr/contracts/contract';
import { schedulerAsks, schedulerHears, schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import * as taskManager from '@klevr/contracts/task-manager-contracts';
import { servicePermissions, systemPermissions } from './service-permissions.js';

const names = ['gateway', 'scheduler', 'task-manager'] as const;

/** Whether every subject that `wanted` can mean is among those of `pattern`. */
const covers = (pattern: string, wanted: string): boolean => {
  const [have, want] = [pattern.split('.'), wanted.split('.')];
  for (const [index, token] of have.entries()) {
    if (token === '>') return want.length > index;
    if (want[index] === undefined || want[index] === '>' || (token !== '*' && token !== want[index])) return false;
  }
  return have.length === want.length;
};

const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && 'handledBy' in value && 'subscription' in value;

const contracts = [schedulerRpc, schedulerAsks, schedulerHears, ...Object.values(taskManager)]
  .flatMap((group) => (isContract(group) ? [group] : typeof group === 'object' ? Object.values<unknown>(group) : []))
  .filter(isContract);

describe("a service's permissions", () => {
  it('hear every contract that the service handles', () => {
    const heard = contracts.filter((contract) => contract.kind !== 'consumer' && contract.handledBy !== 'agent');
    expect(heard.length).toBeGreaterThan(20);
    for (const { name, handledBy, subscription } of heard) {
      const allowed = handledBy === 'agent' ? [] : servicePermissions(handledBy).subscribe;
      expect([name, allowed.some((pattern) => covers(pattern, subscription))]).toEqual([name, true]);
    }
  });

  it.each(names)('of the %s span no service, no stream, no account', (name) => {
    const { publish, subscribe } = servicePermissions(name);
    for (const subject of [...publish, ...subscribe]) {
      for (const tooWide of ['klevr.v1.x', 'klevr.v1.x.y', '$JS.API.STREAM.DELETE.x', '$KV.x.y', '$SYS.x', '_INBOX.x', 'x']) {
        expect([subject, covers(subject, tooWide)]).toEqual([subject, false]);
      }
    }
  });

  it('let only the scheduler write the bucket of primaries', () => {
    const writers = names.filter((name) => servicePermissions(name).publish.some((pattern) => covers(pattern, '$KV.primaries.zone')));
    expect(writers).toEqual(['scheduler']);
  });

  it('let nobody but the server tell a zone its primary', () => {
    for (const name of names) expect(servicePermissions(name).publish.some((p) => covers(p, 'klevr.v1.primary.zone'))).toBe(false);
  });

  it('in the system account name the one account', () => {
    expect(systemPermissions('AKEY').subscribe).toContain('$SYS.ACCOUNT.AKEY.DISCONNECT');
    expect(systemPermissions('AKEY').subscribe.some((pattern) => covers(pattern, '$SYS.ACCOUNT.OTHER.DISCONNECT'))).toBe(false);
  });
});
