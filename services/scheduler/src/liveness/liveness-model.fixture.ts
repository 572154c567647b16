import type { AgentStatus } from '@klevr/contracts/agent';
import {
  livenessOf,
  step,
  wakeAtMs,
  type Liveness,
  type LivenessEffect,
  type LivenessSignal,
  type ProbeResult,
  type Setting,
} from './liveness-machine.js';

export interface Change {
  readonly from: AgentStatus;
  readonly to: AgentStatus;
  readonly cause: string;
  readonly atMs: number;
}

/** One agent under the machine: time moves by hand, wakes and probes come about as the service makes them. */
export class LivenessModel {
  nowMs = 0;
  incident = false;
  /** What probes are answered, after `probeMs`. */
  answer: ProbeResult = 'dead';
  probeMs = 1_000;
  state: Liveness;
  readonly changes: Change[] = [];
  /** Times at which a probe was answered, and how. */
  readonly probed: { atMs: number; answer: ProbeResult }[] = [];
  private aliveAtMs = Number.NEGATIVE_INFINITY;
  private pending: { atMs: number; dueMs: number; answer: ProbeResult } | undefined;

  constructor(
    status: AgentStatus,
    drained = false,
    readonly heartbeatMs = 1_000,
    readonly graceMs = 10_000,
  ) {
    this.state = livenessOf(status, drained, this.setting());
  }

  give(signal: LivenessSignal): void {
    if (signal.kind === 'hello') this.aliveAtMs = this.nowMs;
    const before = this.state.status;
    const { next, effects } = step(this.state, signal, this.setting());
    this.state = next;
    for (const effect of effects) this.perform(effect, before);
  }

  /** Moves on, and wakes the machine at every time that it asked for. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const wakeMs = wakeAtMs(this.state);
      const nextMs = Math.min(this.pending?.dueMs ?? Infinity, wakeMs === undefined ? Infinity : Math.max(wakeMs, this.nowMs));
      if (nextMs > endMs) break;
      this.nowMs = nextMs;
      if (this.pending && this.pending.dueMs <= nextMs) this.deliver(this.pending);
      else this.give({ kind: 'tick' });
    }
    this.nowMs = endMs;
  }

  private deliver({ atMs, answer }: NonNullable<LivenessModel['pending']>): void {
    this.pending = undefined;
    if (answer === 'alive') this.aliveAtMs = this.nowMs;
    this.probed.push({ atMs: this.nowMs, answer });
    this.give({ kind: 'probed', atMs, answer });
  }

  private perform(effect: LivenessEffect, from: AgentStatus): void {
    if (effect.kind === 'probe') {
      this.pending = { atMs: effect.atMs, dueMs: this.nowMs + this.probeMs, answer: this.answer };
      return;
    }
    this.changes.push({ from, to: effect.to, cause: effect.cause, atMs: this.nowMs });
  }

  private setting(): Setting {
    const { nowMs, heartbeatMs, graceMs, incident } = this;
    return { nowMs, aliveAtMs: this.aliveAtMs, heartbeatMs, graceMs, incident };
  }
}
