import { mkdir, rm } from 'node:fs/promises';
import type { PlanChange } from '@klevr/contracts/resource';
import { oneByOne, type DriverSession, type DriverWork, type Goal, type Observed, type Progress } from '../driver.js';
import { desiredStack, type DesiredStack } from './desired-stack.js';
import type { StackProcess } from './stack-process.js';
import type { OwnProcess } from './own-processes.js';
import { reloadProcess, runningOf, startProcess, stopProcess, type ProcessWork } from './process-work.js';
import type { PrometheusSpec } from './prometheus-spec.js';
import { missingOf, neededPrograms, packagesOf, type Programs } from './programs.js';
import { checkStack } from './stack-check.js';
import { sha256, type RecipeFile } from './stack-file.js';
import type { StackRecord } from './stack-folder.js';
import { lookAtStack, surplusFiles, type SeenStack } from './stack-look.js';
import { healthOfStack, observeStack } from './stack-observation.js';
import { planGone, planPresent } from './stack-plan.js';

export interface StackHost {
  readonly processes: Omit<ProcessWork, 'signal' | 'say'>;
  readonly work: DriverWork;
  readonly spec: PrometheusSpec;
  readonly files: { readonly rules: readonly RecipeFile[]; readonly dashboards: readonly RecipeFile[] };
  programs(): Promise<Programs>;
  /** Brings Debian's packages here, as the specification wants them. */
  fetch(packages: readonly string[]): Promise<void>;
  /** Processes or files are others now, so other things are to be watched. */
  touched(): void;
}

/** One stack on this host, from what is there to what shall be there. */
export class StackSession implements DriverSession {
  private checked = false;
  private cleared = false;

  constructor(private readonly host: StackHost) {}

  async plan(goal: Goal): Promise<PlanChange[]> {
    if (!goal.present) return planGone(await this.look(undefined), goal.deleteData);
    const programs = await this.host.programs();
    const desired = this.desired(programs);
    const missing = missingOf(programs, neededPrograms(this.host.spec));
    return planPresent(desired, await this.look(desired), packagesOf(missing), this.host.spec.prometheus.deleteDataOfRemovedShards);
  }

  async carryOut(changes: readonly PlanChange[], goal: Goal, progress: Progress): Promise<void> {
    this.checked = false;
    this.cleared = false;
    const { signal } = this.host.work;
    try {
      await oneByOne(changes, progress, async (change) => {
        signal.throwIfAborted();
        this.host.work.say(`${change.action} ${change.part}`);
        await this.carry(change);
      });
      if (goal.present) await this.tidyRecord();
    } finally {
      this.host.touched();
    }
  }

  async observe(): Promise<Observed> {
    const { spec, processes, work } = this.host;
    const programs = await this.host.programs().catch((): Programs => ({}));
    const desired = this.desired(programs);
    return observeStack(spec, desired, await this.look(desired), { kind: processes.keeper.kind, zone: work.resource.zoneName });
  }

  async engineHealth(part?: string): ReturnType<DriverSession['engineHealth']> {
    const { processes } = this.desired(await this.host.programs().catch((): Programs => ({})));
    const asked = part === undefined ? processes : processes.filter(({ name }) => name === part || `process/${name}` === part);
    if (asked.length === 0) return { state: 'unknown', message: `the stack has no ${part}` };
    return healthOfStack(asked, await runningOf(this.host.processes));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private desired(programs: Programs, root = this.folder.root): DesiredStack {
    const stack = desiredStack(this.host.spec, programs, this.host.files, root);
    const { keeper } = this.host.processes;
    const units = root === this.folder.root ? keeper.files(this.host.processes.stack, stack.processes) : [];
    return { ...stack, files: [...stack.files, ...units] };
  }

  private get folder() {
    return this.host.processes.stack.folder;
  }

  private get working(): ProcessWork {
    const { work, processes } = this.host;
    return { ...processes, signal: work.signal, say: (line) => work.say(line) };
  }

  private async look(desired: DesiredStack | undefined): Promise<SeenStack> {
    return lookAtStack(this.folder, desired, await runningOf(this.host.processes));
  }

  private async carry({ part, action }: PlanChange): Promise<void> {
    const [kind, ...rest] = part.split('/');
    const name = rest.join('/');
    if (part === 'programs') return this.fetchPrograms();
    if (part === 'stack') return action === 'delete' ? this.removeStack() : this.makeStack();
    if (kind === 'data') return this.data(name, action === 'delete');
    if (kind === 'process') return this.process(name, action);
    return action === 'delete' ? this.removeFile(part) : this.writeFile(part);
  }

  private async fetchPrograms(): Promise<void> {
    const needed = neededPrograms(this.host.spec);
    await this.host.fetch(packagesOf(needed));
    const missing = missingOf(await this.host.programs(), needed);
    if (missing.length > 0) throw new Error(`the packages are there, but not their programs: ${missing.join(', ')}`);
  }

  private async makeStack(): Promise<void> {
    await this.folder.make();
    const { unfinished } = await this.look(undefined);
    for (const left of unfinished) await rm(this.folder.at(left), { recursive: true, force: true });
    await this.folder.keep(await this.recorded());
  }

  private async removeStack(): Promise<void> {
    const { record, names, unfinished, data } = await this.look(undefined);
    const { keeper, stack } = this.host.processes;
    for (const name of Object.keys(record?.processes ?? {})) await keeper.forget(stack, name);
    for (const { path } of surplusFiles(record, [])) await rm(path, { force: true });
    // The record goes last, as it names what lies elsewhere.
    const rest = [...names.filter((name) => name !== 'stack.json'), ...unfinished, ...(names.includes('stack.json') ? ['stack.json'] : [])];
    for (const name of rest) await rm(this.folder.at(name), { recursive: true, force: true });
    if (data.length === 0) await rm(this.folder.root, { recursive: true, force: true });
  }

  private async data(name: string, remove: boolean): Promise<void> {
    if (remove) await rm(this.folder.at('data', name), { recursive: true, force: true });
    else await mkdir(this.folder.at('data', name), { recursive: true, mode: 0o700 });
  }

  private async writeFile(part: string): Promise<void> {
    await this.folder.make();
    const programs = await this.host.programs();
    const { files } = this.desired(programs);
    const file = files.find((one) => one.part === part);
    if (file === undefined) throw new Error(`${part} is none of the files of this stack`);
    await this.check(programs);
    const record = await this.recorded();
    const written = { path: file.path, fingerprint: file.fingerprint, digest: sha256(file.text ?? '') };
    await this.folder.keep({ ...record, files: { ...record.files, [part]: written } });
    await this.folder.write(file);
  }

  /** All of the new files together, once, before the first of them is written. */
  private async check(programs: Programs): Promise<void> {
    if (this.checked) return;
    const folder = this.folder.at('new-check');
    const { signal } = this.host.work;
    await checkStack(this.desired(programs, folder), { programs, folder, root: this.folder.root, signal });
    this.checked = true;
  }

  private async removeFile(part: string): Promise<void> {
    const record = await this.folder.record();
    const path = record?.files[part]?.path;
    const { keeper, stack } = this.host.processes;
    for (const name of Object.keys(record?.processes ?? {})) if (part === keeper.filePart(stack, name)) await keeper.forget(stack, name);
    if (path !== undefined) await rm(path, { force: true });
  }

  private async process(name: string, action: PlanChange['action']): Promise<void> {
    if (action === 'delete') {
      await stopProcess(this.working, name);
      return this.host.processes.keeper.forget(this.host.processes.stack, name);
    }
    const { processes } = this.desired(await this.host.programs());
    const process = processes.find((one) => one.name === name);
    if (process === undefined) throw new Error(`${name} is none of the programs of this stack`);
    if (action === 'update') return reloadProcess(this.working, process);
    await this.folder.make();
    await this.clear(processes);
    await stopProcess(this.working, name);
    await this.recordStart(process);
    await startProcess(this.working, process);
  }

  /** What is to be started with other arguments ends before the first start: one program may get the port of another. */
  private async clear(processes: readonly StackProcess[]): Promise<void> {
    if (this.cleared) return;
    const stays = ({ name, flags }: OwnProcess): boolean => processes.some((one) => one.name === name && one.flags === flags);
    const going = (await runningOf(this.host.processes)).filter((running) => !stays(running));
    for (const name of new Set(going.map((running) => running.name))) await stopProcess(this.working, name);
    this.cleared = true;
  }

  private async recordStart({ name, program, args }: StackProcess): Promise<void> {
    const record = await this.recorded();
    await this.folder.keep({ ...record, processes: { ...record.processes, [name]: [program, ...args] } });
  }

  private async recorded(): Promise<StackRecord> {
    const { id, name } = this.host.work.resource;
    return (await this.folder.record()) ?? { resourceId: id, resourceName: name, files: {}, processes: {} };
  }

  /** What is not there any more is forgotten once all is as it shall be. */
  private async tidyRecord(): Promise<void> {
    const record = await this.folder.record();
    if (record === undefined) return;
    const { files, processes } = this.desired(await this.host.programs());
    const surplus = new Set(surplusFiles(record, files).map(({ part }) => part));
    const names = new Set(processes.map(({ name }) => name));
    const left = Object.keys(record.processes).filter((name) => !names.has(name));
    if (surplus.size === 0 && left.length === 0) return;
    await this.folder.keep({
      ...record,
      files: Object.fromEntries(Object.entries(record.files).filter(([part]) => !surplus.has(part))),
      processes: Object.fromEntries(Object.entries(record.processes).filter(([name]) => names.has(name))),
    });
  }
}
