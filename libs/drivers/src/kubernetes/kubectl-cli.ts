import { AppError } from '@klevr/contracts/errors';
import { execa } from 'execa';
import { z } from 'zod';
import { KubeObject, type Reference } from './kube-object.js';

/**
 * The cluster, by `kubectl`, which knows how to sign in wherever a kubeconfig does.
 * Promises: objects go in by standard input, never on the command line; what the server says is what a failure says.
 */
export interface KubectlOptions {
  readonly binary: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly context: string | undefined;
}

export class KubectlProblem extends Error {
  override readonly name = 'KubectlProblem';
}

const manager = 'klevr';
const largestOutput = 256 * 1024 * 1024;
const List = z.object({ kind: z.literal('List'), items: z.array(KubeObject) });

export interface ApplyOptions {
  readonly namespace: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export class KubectlCli {
  constructor(private readonly options: KubectlOptions) {}

  async run(args: readonly string[], { input, signal }: { input?: string; signal?: AbortSignal } = {}): Promise<string> {
    const { binary, environment, context } = this.options;
    signal?.throwIfAborted();
    const result = await execa(binary, [...(context === undefined ? [] : [`--context=${context}`]), ...args], {
      ...{ env: environment, extendEnv: false, reject: false, maxBuffer: largestOutput, forceKillAfterDelay: 5_000 },
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(signal === undefined ? { timeout: 60_000 } : { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (!result.failed) return result.stdout;
    const said = (result.stderr ?? '').trim() || (result.shortMessage ?? '');
    if (/connection refused|no such host|i\/o timeout|was refused|Unable to connect|TLS handshake/i.test(said)) {
      throw new AppError('UNAVAILABLE', `the cluster cannot be reached: ${said.slice(0, 1_000)}`);
    }
    throw new KubectlProblem(said.slice(-4_000));
  }

  /** Line by line, until the server ends it, or the signal does. */
  async follow(args: readonly string[], onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const { binary, environment, context } = this.options;
    const all = [...(context === undefined ? [] : [`--context=${context}`]), ...args];
    const child = execa(binary, all, {
      env: environment,
      extendEnv: false,
      cancelSignal: signal,
      stdin: 'ignore',
      buffer: false,
      forceKillAfterDelay: 2_000,
    });
    for await (const line of child.iterable()) onLine(line);
    await child;
  }

  /** As they are at the cluster; what is not there is left out. Kinds that it does not know have no objects. */
  async get(references: readonly Reference[], namespace: string, signal: AbortSignal): Promise<KubeObject[]> {
    const [first, ...others] = byNamespace(references, namespace);
    if (first === undefined) return [];
    if (others.length > 0) return (await eachOf([first, ...others], (of, own) => this.get(of, own, signal))).flat();
    const args = ['get', `--namespace=${first.namespace}`, '--ignore-not-found', '-o', 'json', '-f', '-'];
    try {
      return objectsOf(await this.run(args, { input: documents(references.map(bare)), signal }));
    } catch (error) {
      if (!(error instanceof KubectlProblem) || !isUnknownKind(error.message)) throw error;
      if (references.length === 1) return [];
      const found: KubeObject[] = [];
      for (const one of references) found.push(...(await this.get([one], namespace, signal)));
      return found;
    }
  }

  /** All of a kind that are in a namespace, or in any. */
  async list(kind: string, namespace: string | undefined, signal: AbortSignal, label?: string): Promise<KubeObject[]> {
    const where = namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`;
    const selector = label === undefined ? [] : [`--selector=${label}`];
    return objectsOf(await this.run(['get', kind, where, ...selector, '-o', 'json'], { signal }));
  }

  /** What they are then, in the same order. */
  async apply(objects: readonly Reference[], { namespace, force, dryRun, signal }: ApplyOptions): Promise<KubeObject[]> {
    const conflicts = force ? ['--force-conflicts'] : [];
    const how = ['--server-side', `--field-manager=${manager}`, ...conflicts, ...(dryRun ? ['--dry-run=server'] : [])];
    const groups = byNamespace(objects, namespace);
    const applied = await eachOf(groups, async (own, at) =>
      objectsOf(await this.run(['apply', `--namespace=${at}`, ...how, '-o', 'json', '-f', '-'], { input: documents(own), signal })),
    );
    const after = new Map(groups.flatMap(({ own }, group) => own.map((object, index) => [object, applied[group]?.[index]])));
    return objects.flatMap((object) => after.get(object) ?? []);
  }

  /** In the first pod of it. What the command says is all that is told of a failure. */
  async execute(
    { kind, metadata }: Reference,
    namespace: string,
    command: readonly string[],
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }> {
    try {
      const output = await this.run(['exec', `--namespace=${namespace}`, `${kind.toLowerCase()}/${metadata.name}`, '--', ...command], {
        signal,
      });
      return { exitCode: 0, output };
    } catch (error) {
      if (!(error instanceof KubectlProblem)) throw error;
      return { exitCode: Number(/exit code (\d+)/.exec(error.message)?.[1] ?? 1), output: error.message };
    }
  }

  /** Until it is gone, finalizers included. */
  async delete(reference: Reference, namespace: string, signal: AbortSignal): Promise<void> {
    const at = reference.metadata.namespace ?? namespace;
    const args = ['delete', `--namespace=${at}`, '--ignore-not-found', '--wait=true', '--cascade=foreground', '-f', '-'];
    await this.run(args, { input: JSON.stringify(bare(reference)), signal });
  }
}

const bare = ({ apiVersion, kind, metadata: { name, namespace } }: Reference): object => ({
  ...{ apiVersion, kind },
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
interface OfNamespace<T> {
  readonly namespace: string;
  readonly own: readonly T[];
}

/** kubectl takes those of one namespace at a time; what has none counts to the given one. */
const byNamespace = <T extends Reference>(objects: readonly T[], given: string): OfNamespace<T>[] => {
  const found = new Map<string, T[]>();
  for (const object of objects) {
    const namespace = object.metadata.namespace ?? given;
    found.set(namespace, [...(found.get(namespace) ?? []), object]);
  }
  return [...found].map(([namespace, own]) => ({ namespace, own }));
};
const eachOf = async <T, R>(groups: readonly OfNamespace<T>[], ask: (own: readonly T[], namespace: string) => Promise<R>): Promise<R[]> => {
  const all: R[] = [];
  for (const { own, namespace } of groups) all.push(await ask(own, namespace));
  return all;
};

/** One after the other, as kubectl reads them. */
const documents = (objects: readonly unknown[]): string => objects.map((object) => JSON.stringify(object)).join('\n');

const objectsOf = (text: string): KubeObject[] => {
  if (text.trim() === '') return [];
  const value: unknown = JSON.parse(text);
  const list = List.safeParse(value);
  return list.success ? list.data.items : [KubeObject.parse(value)];
};

export const isForbidden = (message: string): boolean => /\(Forbidden\)/.test(message);
export const isUnknownKind = (message: string): boolean => /no matches for kind|ensure CRDs are installed first/.test(message);
export const isImmutable = (message: string): boolean => /immutable|updates to .* are forbidden|may not be changed/i.test(message);
