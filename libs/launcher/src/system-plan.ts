/**
 * Which processes make up a started system: one gateway, two schedulers (so that nothing relies on there being one), one task-manager and
 * the demo zone's agents. Pure: what each one is told is in klevr-processes.ts.
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

/** They wait for each other by themselves, so they are started at once. */
export function planServices({ processes, gatewayPort }: SystemSettings): PlannedProcess[] {
  const specs = [processes.scheduler(1), processes.scheduler(2), processes.taskManager(1), processes.gateway(gatewayPort)];
  return specs.map((spec) => ({ spec, stage: SERVICE_STAGE, graceMs: GRACE_MS }));
}

export function planAgents({ home, processes, gatewayPort }: SystemSettings, joinToken: string | undefined): PlannedProcess[] {
  const serverUrl = `http://127.0.0.1:${gatewayPort}`;
  return AGENTS.map((name) => ({
    spec: processes.agent({ name, dir: join(home, 'agents', name), serverUrl, ...(joinToken === undefined ? {} : { joinToken }) }),
    stage: AGENT_STAGE,
    graceMs: GRACE_MS,
  }));
}
