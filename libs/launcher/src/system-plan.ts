/**
 * Which processes make up a started system: one gateway, two schedulers (so that nothing relies on there being one), one task-manager, one
 * provisioner, the demo zone's agents and its worker. Pure: what each one is told is in klevr-processes.ts.
 */
import { join } from 'node:path';
import type { ChildSpec } from './child-process.js';
import type { KlevrProcesses } from './klevr-processes.js';

export interface PlannedProcess {
  spec: ChildSpec;
  /** See SupervisedProcess. */
  stage: number;
  graceMs: number;
}

export interface SystemSettings {
  home: string;
  processes: KlevrProcesses;
  gatewayPort: number;
}

const SERVICE_STAGE = 1;
const AGENT_STAGE = 2;
/** With the servers' grace all ends within 10 s, also when each has to be killed. */
const GRACE_MS = 3_000;
const AGENTS = ['agent-1', 'agent-2', 'agent-3'];
const WORKER = 'worker-1';

/** They wait for each other by themselves, so they are started at once. */
export function planServices({ processes, gatewayPort }: SystemSettings): PlannedProcess[] {
  const central = [processes.scheduler(1), processes.scheduler(2), processes.taskManager(1), processes.provisioner(1)];
  const specs = [...central, processes.gateway(gatewayPort)];
  return specs.map((spec) => ({ spec, stage: SERVICE_STAGE, graceMs: GRACE_MS }));
}

export function planAgents({ home, processes, gatewayPort }: SystemSettings, joinToken: string | undefined): PlannedProcess[] {
  return AGENTS.map((name) => planned(processes.agent({ name, dir: join(home, 'agents', name), ...joining(gatewayPort, joinToken) })));
}

/** What provisions in the demo zone: with the engines of this machine, and one that is a file. */
export function planWorkers({ home, processes, gatewayPort }: SystemSettings, joinToken: string | undefined): PlannedProcess[] {
  const [dir, pretendWorld] = [join(home, 'workers', WORKER), join(home, 'pretend-world.json')];
  return [planned(processes.worker({ name: WORKER, dir, pretendWorld, ...joining(gatewayPort, joinToken) }))];
}

const planned = (spec: ChildSpec): PlannedProcess => ({ spec, stage: AGENT_STAGE, graceMs: GRACE_MS });

const joining = (gatewayPort: number, joinToken: string | undefined): { serverUrl: string; joinToken?: string } => ({
  serverUrl: `http://127.0.0.1:${gatewayPort}`,
  ...(joinToken === undefined ? {} : { joinToken }),
});
