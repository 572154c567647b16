import { access, chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PlanChange } from '@klevr/contracts/resource';
import type { DriverSession, DriverWork, Goal, Observed, Progress } from '../driver.js';
import { AppliedParts } from './applied-parts.js';
import type { StateServer } from './state-server.js';
import { jsonOf, TerraformProblem, type TerraformCli } from './terraform-cli.js';
import { changesOf, resourcesOf, ShownOutputs, ShownPlan, ShownState, type ShownResource } from './terraform-plan.js';
import { isWithin, variablesOf, type TerraformSpec } from './terraform-spec.js';

const planFile = 'klevr.plan';
const variablesFile = 'klevr.tfvars.json';
const erroredState = 'errored.tfstate';
/** Of a folder these stay from one session to the next; all else is the recipe's, anew. */
const kept = new Set(['.terraform', '.klevr-lock', erroredState]);

export interface TerraformSessionOptions {
  readonly work: DriverWork;
  readonly spec: TerraformSpec;
  readonly cli: TerraformCli;
  readonly state: StateServer;
  readonly folder: string;
  readonly pluginFolder: string | undefined;
  readonly mask: (value: unknown) => unknown;
}

/** One resource in the hands of terraform, from `init` on. */
export class TerraformSession implements DriverSession {
  private constructor(private readonly options: TerraformSessionOptions) {}

  static async open(options: TerraformSessionOptions): Promise<TerraformSession> {
    const session = new TerraformSession(options);
    await session.prepare();
    return session;
  }

  async plan(goal: Goal): Promise<PlanChange[]> {
    const { cli, spec, mask } = this.options;
    const there = goal.present || goal.deleteData ? [] : await this.inState();
    const keeps = there.filter((one) => isData(one.address, spec));
    const targets = keeps.length === 0 ? undefined : there.filter((one) => !isData(one.address, spec));
    const left = keeps.map(({ address }): PlanChange => ({ part: address, action: 'keep', reason: 'holds data', fields: [] }));
    // Without a target terraform would take everything.
    if (targets?.length === 0) return left;
    const only = targets?.map(({ address }) => `-target=${address}`) ?? [];
    const destroy = goal.present ? [] : ['-destroy'];
    const common = ['-input=false', '-no-color', `-parallelism=${spec.parallelism}`, `-var-file=${variablesFile}`];
    await cli.run(['plan', ...common, ...destroy, ...only, '-detailed-exitcode', `-out=${planFile}`], { good: [0, 2] });
    await chmod(join(this.options.folder, planFile), 0o600);
    const shown = ShownPlan.parse(JSON.parse(await cli.run(['show', '-json', planFile])));
    const changes = changesOf(shown, mask).filter(({ part }) => goal.present || !part.startsWith('output.'));
    const caught = changes.find(({ part, action }) => keeps.some(({ address }) => address === part) && action === 'delete');
    if (caught !== undefined) {
      throw new TerraformProblem(
        `${caught.part} holds data and cannot stay where the rest goes, as it needs something of it; destroy with its data`,
      );
    }
    return [...changes.filter(({ part }) => !keeps.some(({ address }) => address === part)), ...left];
  }

  async carryOut(changes: readonly PlanChange[], goal: Goal, progress: Progress): Promise<void> {
    const { cli, work, spec } = this.options;
    const todo = changes.filter(({ action }) => action !== 'none' && action !== 'keep');
    if (todo.length === 0) return;
    // What is carried out is the plan that stands in the file; it is made anew where another came between.
    if (!(await exists(join(this.options.folder, planFile)))) await this.plan(goal);
    const parts = new AppliedParts(todo, progress);
    try {
      await cli.follow(['apply', '-json', '-input=false', `-parallelism=${spec.parallelism}`, planFile], async (line) => {
        const told = jsonOf(line);
        if (told === undefined) return;
        if (typeof told['@message'] === 'string') work.say(String(this.options.mask(told['@message'])));
        await parts.told(told);
      });
    } finally {
      await rm(join(this.options.folder, planFile), { force: true });
    }
    await parts.finish();
  }

  async observe(): Promise<Observed> {
    const parts = (await this.inState()).map(({ address, type, tainted, values }) => ({
      part: address,
      state: tainted === true ? 'tainted' : 'present',
      details: { type, ...(typeof values['id'] === 'string' ? { id: this.options.mask(values['id']) } : {}) },
    }));
    const outputs = Object.entries(ShownOutputs.parse(JSON.parse(await this.options.cli.run(['output', '-json']))));
    const those = (sensitive: boolean): Record<string, unknown> =>
      Object.fromEntries(outputs.filter(([, output]) => output.sensitive === sensitive).map(([name, { value }]) => [name, value]));
    return { parts, values: { outputs: those(false), sensitive: those(true) } };
  }

  engineHealth(): ReturnType<DriverSession['engineHealth']> {
    return Promise.resolve({
      state: 'unknown',
      message: 'terraform does not know how what it made fares; give the recipe a check of its own',
    });
  }

  async close(): Promise<void> {
    await rm(join(this.options.folder, planFile), { force: true });
    await this.options.state.close();
  }

  private async inState(): Promise<ShownResource[]> {
    return resourcesOf(ShownState.parse(JSON.parse(await this.options.cli.run(['show', '-json']))).values?.root_module);
  }

  private async prepare(): Promise<void> {
    const { folder, work, spec, pluginFolder, cli } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The first command waits for a terraform of an earlier life; the files are changed under its lock only.
    await cli.run(['version', '-json']);
    for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { recursive: true });
    const from = join(work.files.folder, spec.module);
    await cp(from, folder, { recursive: true, filter: (path) => basename(path) !== '.terraform' && basename(path) !== '.git' });
    // Of several the last counts, by their names.
    await writeFile(join(folder, '~klevr_override.tf.json'), JSON.stringify({ terraform: { backend: { http: {} } } }));
    await writeFile(join(folder, variablesFile), variablesOf(spec).file, { mode: 0o600 });
    const plugins = pluginFolder === undefined ? [] : [`-plugin-dir=${pluginFolder}`];
    await cli.run(['init', '-input=false', '-no-color', '-reconfigure', ...plugins]);
    if (!(await exists(join(folder, erroredState)))) return;
    // A terraform whose worker was killed has made these, and nobody took its word.
    work.say('taking over what an interrupted apply has left');
    await cli.run(['state', 'push', erroredState]);
    await rm(join(folder, erroredState));
  }
}

const isData = (address: string, { data }: TerraformSpec): boolean => data.some((named) => isWithin(address, named));
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
