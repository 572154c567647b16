import { EventFact, LogFact, type FactBatch, type FactBatchReply } from '@klevr/contracts/fact';
import type { LoadedRun } from '../runs/run-row.js';
import { applyEvent, type EventEffects } from './apply-event.js';
import { applyLog, type StoredChunk } from './apply-log.js';

/** Judges the facts of one agent's batch, each by itself. Pure: runs and effects are changed in memory. */
export interface FactSource {
  readonly zoneId: string;
  readonly agentId: string;
  readonly batch: FactBatch;
}

export interface RefusedFact {
  readonly source: FactSource;
  readonly seq: number;
  readonly detail: string;
  readonly body: string;
}

export interface Effects {
  readonly events: EventEffects[];
  readonly chunks: StoredChunk[];
  readonly refused: RefusedFact[];
  readonly staleZones: Set<string>;
}

type Result = FactBatchReply['results'][number];
type AnyFact = EventFact | LogFact;

const largestIndex = 1_000;

/** A fact as it was sent, parsed or not. */
export interface ParsedFact {
  readonly seq: number;
  readonly fact: AnyFact | undefined;
  readonly fault: string;
  readonly raw: unknown;
}

export const parseFacts = ({ batch }: FactSource): ParsedFact[] => {
  const schema = batch.lane === 'events' ? EventFact : LogFact;
  return batch.facts.map((raw) => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { seq: raw.seq, fact: parsed.data, fault: '', raw };
    const fault = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    return { seq: raw.seq, fact: undefined, fault: fault.slice(0, 500), raw };
  });
};

export interface World {
  readonly runs: ReadonlyMap<string, LoadedRun>;
  /** Who had earlier attempts of runs that are another agent's now, by run and attempt. */
  readonly pastAgents: ReadonlyMap<string, string>;
  readonly effects: Effects;
  readonly now: Date;
}

/** Answers one result a fact, in their order. `cursor.lastSeq` moves on. */
export const judgeBatch = (source: FactSource, facts: readonly ParsedFact[], cursor: { lastSeq: number }, world: World): Result[] =>
  facts.map((parsed): Result => {
    const { seq } = parsed;
    if (seq <= cursor.lastSeq) return { seq, result: 'duplicate' };
    cursor.lastSeq = seq;
    const detail = judgeFact(source, parsed, world);
    if (detail === undefined) return { seq, result: 'stored' };
    world.effects.refused.push({ source, seq, detail, body: JSON.stringify(parsed.raw) });
    return { seq, result: 'refused', detail };
  });

/** Answers why the fact is refused, or undefined once it has had its effect. */
const judgeFact = (source: FactSource, { fact, fault }: ParsedFact, { runs, pastAgents, effects, now }: World): string | undefined => {
  if (fact === undefined) return fault;
  const run = runs.get(fact.runId);
  if (run === undefined) return 'there is no such run';
  const own = run.row.agentId === source.agentId || pastAgents.get(`${fact.runId} ${fact.attempt}`) === source.agentId;
  if (!own || run.row.zoneId !== source.zoneId) return 'the run is of another agent';
  if (fact.attempt > run.row.attempt) return 'this attempt was never sent';
  if ('index' in fact && fact.index > largestIndex) return 'there is no such step';
  if (fact.kind === 'log') {
    const chunk = applyLog(run, fact);
    if (chunk !== undefined) effects.chunks.push(chunk);
    return undefined;
  }
  const effect = applyEvent(run, fact, source.batch.journalId, now);
  effects.events.push(effect);
  if (effect.staleEpoch === true) effects.staleZones.add(source.zoneId);
  return undefined;
};
