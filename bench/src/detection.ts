import { Event } from '@klevr/contracts/event';
import type { EventClient } from '@klevr/testing/event-client';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import type { SimulatorProcess, Taken } from '@klevr/testing/simulator-process';
import { printFigure, spread } from './figures.js';

/**
 * How soon the centre knows that single agents are gone: from the end of a connection, or from the moment an agent falls silent, to the event `host.suspect` in the
 * hands of a program that follows `GET /events`.
 */
export interface DetectionOptions {
  readonly cut: number;
  readonly silent: number;
  readonly heartbeatSeconds: number;
}

const cutEveryMs = 50;
const edgesMs = [10, 20, 50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 40_000, 60_000];

export const measureDetection = async (
  system: KlevrSystem,
  simulators: readonly SimulatorProcess[],
  { cut, silent, heartbeatSeconds }: DetectionOptions,
  settings: Record<string, unknown>,
): Promise<void> => {
  const client = await system.api.follow('?type=host.suspect');
  const seen = new Map<string, number>();
  // Looked at with each message, so the time is that of its arrival.
  const noteUntil = async (gone: Taken, timeoutMs: number): Promise<void> => {
    const all = (): boolean => {
      note(client, seen);
      return gone.every(({ agentId }) => seen.has(agentId));
    };
    await client.until('all losses are known', all, timeoutMs).catch((error: unknown) => console.error(String(error).slice(0, 200)));
  };
  const result = (gone: Taken): number[] =>
    gone.flatMap(({ agentId, atMs }) => (seen.has(agentId) ? [(seen.get(agentId) ?? 0) - atMs] : []));
  try {
    const cuts: Taken = [];
    const watching = new AbortController();
    const pump = watch(client, seen, watching.signal);
    for (let index = 0; index < cut; index += 1) {
      cuts.push(...((await simulators[index % simulators.length]?.take('cut', 1)) ?? []));
      await new Promise((resolve) => setTimeout(resolve, cutEveryMs));
    }
    watching.abort();
    await pump;
    await noteUntil(cuts, 30_000);
    print('a lost connection, to host.suspect heard over GET /events', result(cuts), cuts.length, { ...settings, cutEveryMs });
    const silences: Taken = [];
    for (const simulator of simulators) silences.push(...(await simulator.take('silence', Math.ceil(silent / simulators.length))));
    await noteUntil(silences, 6 * heartbeatSeconds * 1000);
    print('a silent agent, to host.suspect heard over GET /events', result(silences), silences.length, settings);
  } finally {
    client.hangUp();
  }
};

const note = (client: EventClient, seen: Map<string, number>): void => {
  for (const { event, data } of client.messages.splice(0)) {
    const { subjectId } = event === 'host.suspect' ? Event.parse(data) : { subjectId: '' };
    if (subjectId !== '' && !seen.has(subjectId)) seen.set(subjectId, Date.now());
  }
};

/** Notes what comes until it is told to end; looks once more with the next message or after a second. */
const watch = async (client: EventClient, seen: Map<string, number>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await client.until('watched', () => (note(client, seen), signal.aborted), 1_000).catch(() => undefined);
  }
};

const print = (figure: string, samplesMs: readonly number[], expected: number, settings: Record<string, unknown>): void => {
  const unseen = expected - samplesMs.length;
  if (samplesMs.length === 0) return printFigure(figure, { unseen }, settings);
  const histogram = edgesMs.map((edge) => ({ toMs: edge, n: samplesMs.filter((sample) => sample <= edge).length }));
  printFigure(
    figure,
    { ...spread(samplesMs), unseen },
    { ...settings, atMost: histogram.filter(({ n }, at) => n > (histogram[at - 1]?.n ?? 0)) },
  );
};
