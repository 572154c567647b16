import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { OperationStep } from '@klevr/contracts/resource';
import { readRecipe } from '@klevr/recipes/read-recipe';
import { OperationTimes } from '../operation-task.js';
import type { OperationRow } from '../operation-row.js';
import type { RevisionRow } from '../resource-row.js';
import { BadOutput, plainChange, plannedBy, seenBy, stepsAfter, type HostRun } from './shell-outcome.js';
import { shellTask, stageOf } from './shell-task.js';
import { shellWorkOf, type ShellWork } from './shell-work.js';

const resource = { id: newId('resource'), name: 'tools', zone: 'office' };
const now = new Date('2030-01-01T00:00:00Z');

const workOf = (
  spec: string,
  parameters: Record<string, unknown> = {},
  files: readonly string[] = ['apply.sh', 'destroy.sh', 'status.sh'],
): ShellWork => {
  const manifest = `apiVersion: klevr/v1\nname: tools\nversion: 1.0.0\ndescription: x\ndriver: shell
parameters: { type: object, properties: { text: { type: string }, list: { type: array }, count: { type: integer } } }
outputs: { url: { value: '{{ observed.url }}' } }
spec:\n${spec}`;
  const read = readRecipe([
    { path: 'recipe.yaml', data: Buffer.from(manifest), executable: false },
    ...files.map((path) => ({ path, data: Buffer.from(`run ${path}`), executable: false })),
  ]);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return shellWorkOf(read, parameters, resource);
};

const operation = (more: Partial<OperationRow> = {}): OperationRow => ({
  ...{ id: newId('operation'), resourceId: resource.id, resourceName: 'tools', zoneId: newId('zone'), action: 'apply', cause: 'user' },
  ...{ status: 'queued', reason: null, revision: 3, engine: null, planDigest: null, deleteData: false, taskId: null, taskDueAt: null },
  ...{ taskTries: 0, runId: null, workerId: null, attempt: 0, seq: -1, plan: null, steps: [], cancelAt: null, createdBy: 'ada' },
  ...{ createdById: 'usr_1', createdAt: now, startedAt: null, finishedAt: null },
  ...more,
});

const taskOf = (work: ShellWork, of: OperationRow = operation(), parameters: Record<string, unknown> = {}) => {
  const stage = stageOf(of, work);
  const revision = { parameters } as RevisionRow;
  const times = new OperationTimes(3_600, 60);
  return shellTask(of, { work, stage, script: work.script(stage) ?? '', revision, deadlineAt: null, times, now });
};

const ran = (host: string, output: unknown, status: HostRun['run']['status'] = 'succeeded'): HostRun => ({
  ...{ host, run: { status, reason: null, finishedAt: now.toISOString(), output: output === null ? null : JSON.stringify(output) } },
});

describe('the task of an operation on scripts', () => {
  it('hands values over as variables and as a file, whatever signs are in them, and secrets by their names', () => {
    const evil = `'; rm -rf / #$(reboot)\n"`;
    const spec = `  target: { any: 'role = web' }
  environment: { TEXT: '{{ parameters.text }}', LIST: '{{ parameters.list }}', COUNT: '{{ parameters.count }}', KEY: { fromCredential: api_key } }
  secretFiles: { TOKEN: { fromCredential: token } }\n`;
    const parameters = { text: evil, list: ['a', 'b'], count: 3 };
    const { task } = taskOf(workOf(spec, parameters), operation(), parameters);
    expect(task.steps).toMatchObject([{ run: 'run apply.sh', env: { TEXT: evil, LIST: '["a","b"]', COUNT: '3', KLEVR_ACTION: 'apply' } }]);
    expect(JSON.stringify(task.steps)).not.toContain('KEY');
    expect(task.parameters).toMatchObject({ parameters, resource: { id: resource.id, revision: 3 } });
    expect(task.credentials).toEqual([
      { name: 'api_key', as: 'environment', variable: 'KEY' },
      { name: 'token', as: 'file', variable: 'TOKEN' },
    ]);
  });

  it('may begin again elsewhere only where it is clear which agent has it', () => {
    const any = workOf(`  target: { any: 'role = web' }\n`);
    expect(taskOf(any).task).not.toHaveProperty('execution');
    const agent = newId('agent');
    expect(taskOf(any, operation({ engine: agent })).task).toMatchObject({ target: { agent }, execution: 'atLeastOnce' });
    const all = workOf(`  target: { all: 'role = web' }\n`);
    expect(taskOf(all, operation({ engine: agent })).task).toMatchObject({ target: { all: 'role = web' }, execution: 'atLeastOnce' });
    expect(taskOf(all, operation({ status: 'canceled' })).task.schedule).toBeDefined();
  });

  it('is that of a plan first, where there is a script for it', () => {
    const work = workOf(`  target: { primary: true }\n`, {}, ['apply.sh', 'destroy.sh', 'status.sh', 'plan.sh']);
    const plan = { summary: {}, changes: [], text: '', digest: '' } as unknown as NonNullable<OperationRow['plan']>;
    expect(stageOf(operation(), work)).toBe('plan');
    expect(stageOf(operation({ plan }), work)).toBe('apply');
    expect(stageOf(operation({ action: 'destroy' }), work)).toBe('destroy');
    expect(stageOf(operation({ action: 'refresh' }), work)).toBe('status');
    expect(stageOf(operation(), workOf(`  target: { primary: true }\n`))).toBe('apply');
  });

  it('is refused for a text that only has a secret in it, and for a section that is none', () => {
    const faults = (spec: string): unknown => {
      try {
        return workOf(spec);
      } catch (error) {
        return error instanceof AppError ? error.errors?.map(({ path }) => path) : error;
      }
    };
    expect(faults(`  target: { primary: true }\n  environment: { A: "x {{ 'key' | secret }}" }\n`)).toEqual(['A']);
    expect(faults(`  target: { some: x }\n  environment: { KLEVR_ACTION: x }\n`)).toEqual(['spec.target', 'spec.environment.KLEVR_ACTION']);
  });
});

describe('what scripts said', () => {
  const health = { health: { state: 'none' as const, checks: [] } };
  const outputs = (observed: Readonly<Record<string, unknown>>) => ({ ...observed });

  it('is told apart by hosts where there are many of them', () => {
    const plans = [ran('a', [{ part: 'x', action: 'create' }]), ran('b', [{ part: 'x', action: 'none' }]), ran('c', null)];
    expect(plannedBy(plans, true).map(({ part, action }) => `${part} ${action}`)).toEqual(['a/x create', 'b/x none']);
    const told = (port: number) => ({ parts: [{ part: 'x', state: 'on' }], outputs: { port }, health: [{ name: 'up', state: 'healthy' }] });
    const seen = seenBy([ran('a', told(1)), ran('b', told(2))], true, outputs, health, now);
    expect(seen?.parts.map(({ part }) => part)).toEqual(['a/x', 'b/x']);
    expect(seen?.outputs).toEqual({ port: 2, hosts: { a: { port: 1 }, b: { port: 2 } } });
    expect(seen?.health.map(({ name }) => name)).toEqual(['a/up', 'b/up']);
    expect(seenBy([ran('a', told(1))], false, outputs, health, now)?.outputs).toEqual({ port: 1 });
  });

  it('is nothing where they said nothing, and refused where it is not understood', () => {
    expect(seenBy([ran('a', null)], false, outputs, health, now)).toBeUndefined();
    const cut = { ...ran('a', null), run: { ...ran('a', null).run, output: '{"parts":[' } };
    expect(() => seenBy([cut], false, outputs, health, now)).toThrow(BadOutput);
    expect(() => plannedBy([ran('a', [{ part: 'x', action: 'explode' }])], false)).toThrow(/a: .*0\.action/);
  });

  it('makes steps done or failed, host by host', () => {
    const step = (part: string): OperationStep => ({ part, action: 'update', state: 'planned', message: null, at: null });
    const runs = [ran('a', null), ran('b', null, 'failed')];
    const states = (steps: OperationStep[], many: boolean) => stepsAfter(steps, runs, many).map(({ state }) => state);
    expect(states([step('a/x'), step('b/x'), step('c/x'), step('script')], true)).toEqual(['done', 'failed', 'planned', 'failed']);
    expect(states([{ ...step('x'), state: 'skipped' }], false)).toEqual(['skipped']);
  });

  it('is one change where no script tells of more: none for what stands', () => {
    const row = { status: 'ready' as const, appliedRevision: 3 };
    const of = (more: Partial<OperationRow>, seen: { status: 'ready' | 'failed' | 'drifted'; appliedRevision: number | null } = row) =>
      plainChange(seen, operation(more)).action;
    expect([of({}), of({ revision: 4 }), of({ cause: 'selfHeal' }), of({ action: 'destroy' })]).toEqual([
      'none',
      'update',
      'update',
      'delete',
    ]);
    expect([
      of({}, { ...row, status: 'failed' }),
      of({}, { ...row, status: 'drifted' }),
      of({}, { ...row, appliedRevision: null }),
    ]).toEqual(['update', 'update', 'create']);
  });
});
