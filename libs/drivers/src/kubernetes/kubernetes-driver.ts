import { join } from 'node:path';
import { AppError } from '@klevr/contracts/errors';
import type { Engine } from '@klevr/contracts/resource';
import { secretsIn } from '@klevr/recipes/secret';
import { execa } from 'execa';
import { z } from 'zod';
import { SpecProblem, type Driver, type DriverHost, type DriverSession, type DriverWork, type OpenDriver, type Watch } from '../driver.js';
import { readSection } from '../read-section.js';
import { watchCluster } from './cluster-watch.js';
import { filled } from './kube-object.js';
import { KubectlCli } from './kubectl-cli.js';
import { HelmSpec, KubectlSpec } from './kubernetes-spec.js';
import { KubernetesSession } from './kubernetes-session.js';
import { checked, documentsOf, objectsOf } from './objects-of.js';

/**
 * A Kubernetes cluster, by kubectl: manifests, kustomizations, and charts as `helm template` renders them.
 * Promises: what the server would make of an object is asked of the server; what leaves the recipe is deleted, by a list that is kept at the cluster; objects of
 * others are never touched. Does not: run Helm's hooks or make releases of Helm; an earlier revision of the resource is what one rolls back to.
 */
export const openKubectlDriver: OpenDriver = (host) => new KubernetesDriver('kubectl', host);
export const openHelmDriver: OpenDriver = (host) => new KubernetesDriver('helm', host);

const Versions = z.object({ serverVersion: z.object({ gitVersion: z.string() }) });
const lookTimeoutMs = 15_000;

class KubernetesDriver implements Driver {
  private readonly cli: KubectlCli;

  constructor(
    readonly name: 'kubectl' | 'helm',
    private readonly host: DriverHost,
  ) {
    const { kubectlBinary, kubeContext } = host.settings;
    this.cli = new KubectlCli({ binary: kubectlBinary ?? 'kubectl', environment: this.environment, context: kubeContext });
  }

  /** A cluster is known by the identity of its namespace `kube-system`, however it is reached. */
  async engines(): Promise<Engine[]> {
    try {
      const signal = AbortSignal.timeout(lookTimeoutMs);
      const { serverVersion } = Versions.parse(JSON.parse(await this.cli.run(['version', '-o', 'json'], { signal })));
      const id = await this.cli.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'], { signal });
      const helm = this.name === 'helm' ? await this.helm(['version', '--short'], signal) : undefined;
      return [
        {
          driver: this.name,
          id,
          version: serverVersion.gitVersion,
          description: helm === undefined ? 'Kubernetes' : `Kubernetes, helm ${helm.trim()}`,
        },
      ];
    } catch (error) {
      this.host.log.debug({ error }, `no engine for ${this.name}`);
      return [];
    }
  }

  async open(work: DriverWork): Promise<DriverSession> {
    return this.name === 'kubectl' ? this.openManifests(work) : this.openChart(work);
  }

  watch(_engine: Engine, changed: (resourceId: string, what: string) => void): Promise<Watch> {
    return Promise.resolve(watchCluster({ cli: this.cli, clock: this.host.clock, log: this.host.log, changed }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async openManifests(work: DriverWork): Promise<DriverSession> {
    const spec = readSection(KubectlSpec, work.spec);
    const objects = await objectsOf(work, spec, (folder) => this.cli.run(['kustomize', folder], { signal: work.signal }));
    return new KubernetesSession({ work, spec, cli: this.cli, objects });
  }

  private async openChart(work: DriverWork): Promise<DriverSession> {
    const spec = readSection(HelmSpec, work.spec);
    const objects = checked(documentsOf(spec.chart, await this.rendered(work, spec)), spec, work.resource.id);
    return new KubernetesSession({ work, spec, cli: this.cli, objects });
  }

  private async rendered({ resource, files, signal }: DriverWork, spec: HelmSpec): Promise<string> {
    if (secretsIn(spec.values).some(({ known }) => !known))
      throw new AppError('UNAVAILABLE', 'rendering its chart needs its credentials, which come with operations only');
    const isOwn = spec.repository === undefined && !spec.chart.startsWith('oci://');
    const args = [
      'template',
      spec.release ?? resource.name,
      isOwn ? join(files.folder, spec.chart) : spec.chart,
      `--namespace=${spec.namespace}`,
      '--no-hooks',
    ];
    if (spec.repository !== undefined) args.push(`--repo=${spec.repository}`);
    if (spec.version !== undefined) args.push(`--version=${spec.version}`);
    if (spec.includeCrds) args.push('--include-crds');
    args.push(...spec.valuesFiles.map((path) => `--values=${join(files.folder, path)}`), '--values=-');
    return this.helm(args, signal, JSON.stringify(filled(spec.values, undefined)));
  }

  private async helm(args: readonly string[], cancelSignal: AbortSignal, input = ''): Promise<string> {
    const env = { ...this.environment, HELM_CACHE_HOME: join(this.host.folder, 'helm'), HELM_CONFIG_HOME: join(this.host.folder, 'helm') };
    const result = await execa(this.host.settings.helmBinary ?? 'helm', [...args], {
      env,
      extendEnv: false,
      input,
      reject: false,
      cancelSignal,
    });
    cancelSignal.throwIfAborted();
    if (result.failed)
      throw new SpecProblem([{ path: 'chart', message: ((result.stderr ?? '').trim() || (result.shortMessage ?? '')).slice(-4_000) }]);
    return result.stdout;
  }

  private get environment(): Record<string, string> {
    const { kubeconfig } = this.host.settings;
    // kubectl keeps what it found out about a cluster in its home.
    return { ...this.host.environment, HOME: this.host.folder, ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }) };
  }
}
