import type { PlanChange } from '@klevr/contracts/resource';
import type { DesiredStack } from './desired-stack.js';
import type { StackProcess } from './stack-process.js';
import { lineDiff } from './line-diff.js';
import type { StackFile } from './stack-file.js';
import type { SeenFile } from './stack-folder.js';
import { surplusFiles, type SeenStack } from './stack-look.js';

/** What is to be done, in the order in which it is done: files before the programs that read them, programs before the data that they hold. Pure. */
export const planPresent = (
  desired: DesiredStack,
  seen: SeenStack,
  missingPrograms: readonly string[],
  deleteSurplusData: boolean,
): PlanChange[] => [
  ...(missingPrograms.length > 0
    ? [change('programs', 'create', `${missingPrograms.join(', ')} of Debian's packages, as this host has none`)]
    : []),
  stackChange(seen),
  ...desired.data.map((name) => change(`data/${name}`, seen.data.includes(name) ? 'none' : 'create')),
  ...desired.files.map((file) => fileChange(file, seen.files.get(file.part))),
  ...surplusProcesses(desired, seen).map((name) => change(`process/${name}`, 'delete', 'is not wanted any more')),
  ...desired.processes.map((process) => processChange(process, desired, seen)),
  ...surplusFiles(seen.record, desired.files).map(({ part }) => change(part, 'delete', 'is not wanted any more')),
  ...surplusData(desired, seen, deleteSurplusData),
];

export const planGone = (seen: SeenStack, deleteData: boolean): PlanChange[] => {
  const nothingKept = deleteData || seen.data.length === 0;
  const stands = seen.names.length > 0 || seen.unfinished.length > 0 || (nothingKept && seen.data.length > 0);
  return [
    ...namesOf(seen).map((name) => change(`process/${name}`, 'delete')),
    ...seen.data.map((name) => change(`data/${name}`, deleteData ? 'delete' : 'keep')),
    ...(stands ? [change('stack', 'delete', 'its configuration, secrets and logs')] : []),
  ];
};

const change = (part: string, action: PlanChange['action'], reason?: string, fields: PlanChange['fields'] = []): PlanChange => ({
  ...{ part, action, fields },
  ...(reason === undefined ? {} : { reason }),
});

const stackChange = ({ record, unfinished }: SeenStack): PlanChange => {
  if (record === undefined) return change('stack', 'create');
  return unfinished.length > 0 ? change('stack', 'update', 'work that was cut off left files behind') : change('stack', 'none');
};

const fileChange = (file: StackFile, seen: SeenFile | undefined): PlanChange => {
  if (seen === undefined || seen.state === 'missing') return change(file.part, 'create');
  if (seen.state === 'same') return change(file.part, 'none');
  const mode = seen.mode === file.mode ? [] : [{ path: 'mode', before: octal(seen.mode), after: octal(file.mode) }];
  return change(file.part, 'update', undefined, [...mode, ...textField(file, seen)]);
};

const textField = (file: StackFile, seen: SeenFile): PlanChange['fields'] => {
  if (file.sensitive || wasSecret(seen)) return [{ path: 'text', before: '***', after: '***' }];
  if (file.text === undefined || file.text === seen.text) return [];
  return [{ path: 'lines', ...lineDiff(seen.text, file.text) }];
};

/** What was for nobody else's eyes held secrets, though what takes its place has none. */
const wasSecret = ({ mode }: SeenFile): boolean => (mode & 0o077) === 0;

const octal = (mode: number): string => `0${mode.toString(8)}`;

const processChange = (process: StackProcess, desired: DesiredStack, seen: SeenStack): PlanChange => {
  const part = `process/${process.name}`;
  const [running, ...more] = seen.processes.filter(({ name }) => name === process.name);
  if (running === undefined) return change(part, 'create', seen.record?.processes[process.name] === undefined ? undefined : 'does not run');
  if (more.length > 0) return change(part, 'replace', 'runs more than once');
  if (running.flags !== process.flags) return change(part, 'replace', 'is started with other arguments', argumentFields(process, seen));
  if (running.outdated) return change(part, 'replace', 'the file of its program was replaced');
  const rewritten = desired.files.some(({ part: file, path }) => process.reload?.files.includes(path) && !isSame(seen.files.get(file)));
  if (rewritten) return change(part, 'update', 'reads its configuration again');
  switch (seen.loaded.get(process.name)) {
    case 'stale':
      return change(part, 'update', 'has not read its configuration since it was written');
    case 'refused':
      return change(part, 'update', 'refused its configuration when it read it last');
    case 'silent':
      return change(part, 'update', 'does not answer');
    case 'loaded':
    case undefined:
      return change(part, 'none');
  }
};

const isSame = (seen: SeenFile | undefined): boolean => seen?.state === 'same';

const argumentFields = (process: StackProcess, seen: SeenStack): PlanChange['fields'] => {
  const before = (seen.record?.processes[process.name] ?? []).join('\n');
  const after = [process.program, ...process.args].join('\n');
  return before === after ? [] : [{ path: 'arguments', ...lineDiff(before, after) }];
};

const namesOf = ({ processes }: SeenStack): string[] => [...new Set(processes.map(({ name }) => name))].sort();

const surplusProcesses = (desired: DesiredStack, seen: SeenStack): string[] =>
  namesOf(seen).filter((name) => desired.processes.every((one) => one.name !== name));

const surplusData = (desired: DesiredStack, seen: SeenStack, remove: boolean): PlanChange[] => {
  const going = surplusProcesses(desired, seen);
  return seen.data
    .filter((name) => !desired.data.includes(name))
    .map((name) => {
      if (remove) return change(`data/${name}`, 'delete', 'of a program that is not wanted any more');
      return change(
        `data/${name}`,
        going.includes(name) ? 'keep' : 'none',
        'of a program that is no more; it is found again when there is one',
      );
    });
};
