import type { PlanChange } from '@klevr/contracts/resource';
import { oneByOne, type DriverSession, type DriverWork, type Goal, type Observed, type Progress } from '../driver.js';
import { Inventory, inventoryPart, referenceOf } from './inventory.js';
import { fieldChanges, filled, keyOf, KubeObject, ownerLabel, partOf, rankOf, stripped, type Reference } from './kube-object.js';
import { isImmutable, isUnknownKind, KubectlProblem, type KubectlCli } from './kubectl-cli.js';
import type { AppliedSpec } from './kubernetes-spec.js';
import { heldIn, reasonToKeep, type Held } from './keeping.js';
import { readinessOf } from './readiness.js';

export interface KubernetesSessionOptions {
  readonly work: DriverWork;
  readonly spec: AppliedSpec;
  readonly cli: KubectlCli;
  /** What is wished, each marked as the resource's. */
  readonly objects: readonly KubeObject[];
}

interface Known {
  /** What is at the cluster, of what is wished and of what was once listed. */
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly listed: readonly Reference[];
  readonly stored: KubeObject | undefined;
  /** Lists that this one takes the place of. */
  readonly old: readonly Reference[];
  /** By the names of namespaces of its own that would go. */
  readonly held: ReadonlyMap<string, Held>;
}

/** One resource at a cluster: rendered objects against what is there. */
export class KubernetesSession implements DriverSession {
  private readonly inventory: Inventory;

  constructor(private readonly options: KubernetesSessionOptions) {
    const { cli, work, spec } = options;
    this.inventory = new Inventory(cli, work, spec.namespace);
  }

  async plan(goal: Goal): Promise<PlanChange[]> {
    const known = await this.look(goal);
    const wished = goal.present ? await this.planned(known) : [];
    const gone = this.toDelete(goal, known).map((one) => this.deletion(one, goal, known));
    const changes = [...wished, ...gone];
    const after = this.listAfter(goal, known);
    const [was, will] = [known.listed.map((one) => this.key(one)).sort(), after.map((one) => this.key(one)).sort()];
    const isSame = JSON.stringify(was) === JSON.stringify(will) && known.old.length === 0;
    if (isSame && (known.stored !== undefined) === after.length > 0) return changes;
    const action = after.length === 0 ? 'delete' : known.stored === undefined ? 'create' : 'update';
    return [...changes, { part: inventoryPart, action, reason: 'the list of what is there', fields: [] }];
  }

  async carryOut(changes: readonly PlanChange[], goal: Goal, progress: Progress): Promise<void> {
    const known = await this.look(goal);
    const wished = new Map(this.wished().map((object) => [this.part(object), object]));
    const going = this.toDelete(goal, known).filter((one) => this.keeps(one, goal, known) === undefined);
    if (changes.some(({ action }) => action !== 'none' && action !== 'keep'))
      await this.list([...known.listed, ...(goal.present ? this.wished() : [])], known.old);
    await oneByOne(changes, progress, async ({ part, action }) => {
      if (part === inventoryPart) return this.list(this.listAfter(goal, known), known.old);
      if (action === 'delete') {
        for (const one of going) if (this.part(one) === part) await this.delete(one);
        return undefined;
      }
      const object = wished.get(part);
      if (object === undefined) return undefined;
      if (action === 'replace') await this.delete(object);
      await this.apply([{ object, there: known.live.get(this.key(object)) }], false);
      this.options.work.say(`${part}: ${action === 'create' ? 'made' : 'brought up to date'}`);
      return this.established(object);
    });
  }

  async observe(): Promise<Observed> {
    const { live, listed } = await this.look();
    const own = listed
      .flatMap((one) => live.get(this.key(one)) ?? [])
      .filter((object) => this.owner(object) === this.options.work.resource.id);
    const parts = own.map((object) => {
      const { state, message } = readinessOf(object);
      return { part: this.part(object), state: state === 'healthy' ? 'ready' : state, details: message === '' ? {} : { message } };
    });
    const values = own
      .filter(({ kind }) => kind !== 'Secret')
      .map((object) => [this.part(object), { spec: object['spec'] ?? null, status: object['status'] ?? null }]);
    return { parts, values: { objects: Object.fromEntries(values) } };
  }

  async engineHealth(part?: string): ReturnType<DriverSession['engineHealth']> {
    const { live } = await this.look();
    const looked = this.wished().filter((object) => part === undefined || this.part(object) === part);
    const judged = looked.map((object) => {
      const there = live.get(this.key(object));
      return {
        part: this.part(object),
        ...(there === undefined ? { state: 'unhealthy' as const, message: 'is not there' } : readinessOf(there)),
      };
    });
    const worst = judged.find(({ state }) => state === 'unhealthy') ?? judged.find(({ state }) => state === 'starting');
    if (looked.length === 0) return { state: 'unknown', message: `there is no part ${part ?? ''}` };
    return worst === undefined ? { state: 'healthy', message: '' } : { state: worst.state, message: `${worst.part}: ${worst.message}` };
  }

  async execute(part: string, command: readonly string[], signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const { cli, spec } = this.options;
    const object = this.wished().find((one) => this.part(one) === part);
    if (object === undefined) return { exitCode: 126, output: `there is no part ${part}` };
    return cli.execute(object, object.metadata.namespace ?? spec.namespace, command, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private wished(): KubeObject[] {
    return [...this.options.objects].sort((a, b) => rankOf(a.kind) - rankOf(b.kind));
  }

  private async look(goal?: Goal): Promise<Known> {
    const { cli, spec, work, objects } = this.options;
    const { stored, old, objects: listed } = await this.inventory.read(goal !== undefined);
    const all = new Map([...listed, ...objects].map((one) => [this.key(one), one]));
    const found = await cli.get([...all.values()], spec.namespace, work.signal);
    const known = { stored, old, listed, live: new Map(found.map((object) => [this.key(object), object])) };
    const held = new Map<string, Held>();
    for (const { kind, metadata } of goal === undefined ? [] : this.toDelete(goal, known))
      if (kind === 'Namespace') held.set(metadata.name, await heldIn(cli, metadata.name, work.resource.id, work.signal));
    return { ...known, held };
  }

  private async planned({ live }: Known): Promise<PlanChange[]> {
    const all = this.wished().map((object) => ({ object, there: live.get(this.key(object)) }));
    for (const { object, there } of all) if (there !== undefined) this.refuseForeign(object, there);
    // A namespace is everybody's: its being there is all that is wished.
    const compared = all.filter(
      ({ object, there }) => there !== undefined && !(object.kind === 'Namespace' && this.owner(there) !== this.options.work.resource.id),
    );
    const after = await this.wouldBe(compared);
    return all.map(({ object, there }): PlanChange => {
      const [part, would] = [this.part(object), after.get(object)];
      if (there === undefined) return { part, action: 'create', fields: [] };
      if (would instanceof KubectlProblem) return { part, action: 'replace', reason: would.message.slice(0, 1_000), fields: [] };
      const fields = would === undefined ? [] : fieldChanges(stripped(there), stripped(would), object.kind === 'Secret');
      return { part, action: fields.length === 0 ? 'none' : 'update', fields };
    });
  }

  private refuseForeign(object: KubeObject, there: KubeObject): void {
    const owner = this.owner(there);
    if (owner === this.options.work.resource.id || object.kind === 'Namespace') return;
    if (owner !== undefined || !this.options.spec.adopt)
      throw new KubectlProblem(`${this.part(object)} is there already and is not this resource's`);
  }

  /** What the server would make of each; all at once, and one by one only to find out which of them cannot be changed. */
  private async wouldBe(
    pairs: readonly { object: KubeObject; there: KubeObject | undefined }[],
  ): Promise<Map<KubeObject, KubeObject | KubectlProblem>> {
    try {
      const after = await this.apply(pairs, true);
      return new Map(pairs.flatMap(({ object }, index) => (after[index] === undefined ? [] : [[object, after[index]] as const])));
    } catch (error) {
      if (!(error instanceof KubectlProblem) || !isImmutable(error.message) || !this.options.spec.replace) throw error;
      const [only] = pairs;
      if (only !== undefined && pairs.length === 1) return new Map([[only.object, error]]);
      const found = new Map<KubeObject, KubeObject | KubectlProblem>();
      for (const pair of pairs) for (const [object, would] of await this.wouldBe([pair])) found.set(object, would);
      return found;
    }
  }

  private apply(pairs: readonly { object: KubeObject; there: KubeObject | undefined }[], dryRun: boolean): Promise<KubeObject[]> {
    const { cli, spec, work } = this.options;
    const how = { namespace: spec.namespace, force: spec.conflicts === 'force', dryRun, signal: work.signal };
    return cli.apply(
      pairs.map(({ object, there }) => KubeObject.parse(filled(object, there))),
      how,
    );
  }

  /** Whatever is listed, was made by this resource, and is wished no more: last made, first gone. */
  private toDelete(goal: Goal, { listed, live }: Pick<Known, 'listed' | 'live'>): Reference[] {
    const wished = new Set(goal.present ? this.options.objects.map((object) => this.key(object)) : []);
    return listed
      .filter((one) => !wished.has(this.key(one)))
      .flatMap((one) => live.get(this.key(one)) ?? [])
      .filter((object) => this.owner(object) === this.options.work.resource.id)
      .sort((a, b) => rankOf(b.kind) - rankOf(a.kind));
  }

  private deletion(one: Reference, goal: Goal, known: Known): PlanChange {
    const reason = this.keeps(one, goal, known);
    if (reason === undefined) return { part: this.part(one), action: 'delete', fields: [] };
    return { part: this.part(one), action: goal.present ? 'none' : 'keep', reason, fields: [] };
  }

  private keeps(one: Reference, goal: Goal, { held }: Known): string | undefined {
    return reasonToKeep(one, goal, this.options, held);
  }

  private listAfter(goal: Goal, known: Known): Reference[] {
    const kept = this.toDelete(goal, known).filter((one) => this.keeps(one, goal, known) !== undefined);
    return [...(goal.present ? this.wished() : []), ...kept].map(referenceOf);
  }

  private async list(objects: readonly Reference[], old: readonly Reference[]): Promise<void> {
    const { cli, spec } = this.options;
    const namespace =
      objects.length === 0 ? undefined : this.wished().find((one) => one.kind === 'Namespace' && one.metadata.name === spec.namespace);
    // The list is in the namespace that the recipe makes.
    if (namespace !== undefined && (await cli.get([namespace], spec.namespace, this.options.work.signal)).length === 0)
      await this.apply([{ object: namespace, there: undefined }], false);
    await this.inventory.write(objects, old);
  }

  private async delete(one: Reference): Promise<void> {
    const { cli, spec, work } = this.options;
    try {
      await cli.delete(one, spec.namespace, work.signal);
    } catch (error) {
      // Its definition went before it, and it with that.
      if (!(error instanceof KubectlProblem) || !isUnknownKind(error.message)) throw error;
    }
    work.say(`${this.part(one)}: deleted`);
  }

  /** Objects of a new kind can be made once the server serves it. */
  private async established(object: KubeObject): Promise<void> {
    if (object.kind !== 'CustomResourceDefinition') return;
    await this.options.cli.run(
      ['wait', '--for=condition=Established', '--timeout=60s', `customresourcedefinition/${object.metadata.name}`],
      {
        signal: this.options.work.signal,
      },
    );
  }

  private owner({ metadata }: KubeObject): string | undefined {
    return metadata.labels?.[ownerLabel];
  }

  private part(one: Reference): string {
    return partOf(one, this.options.spec.namespace);
  }

  private key(one: Reference): string {
    return keyOf(one, this.options.spec.namespace);
  }
}
