import type { SimulatorCounts } from '@klevr/contracts/simulation';

/** What several processes of simulated agents tell, together. */
export const sumOf = (simulators: readonly { readonly counts: SimulatorCounts | undefined }[]): SimulatorCounts =>
  simulators.reduce<SimulatorCounts>(
    (sum, { counts }) => ({
      enrolled: sum.enrolled + (counts?.enrolled ?? 0),
      online: sum.online + (counts?.online ?? 0),
      primaries: sum.primaries + (counts?.primaries ?? 0),
      refused: sum.refused + (counts?.refused ?? 0),
      refusal: sum.refusal ?? counts?.refusal ?? null,
      runsFinished: sum.runsFinished + (counts?.runsFinished ?? 0),
      rssBytes: sum.rssBytes + (counts?.rssBytes ?? 0),
    }),
    { enrolled: 0, online: 0, primaries: 0, refused: 0, refusal: null, runsFinished: 0, rssBytes: 0 },
  );

export interface Joined {
  readonly total: number;
  readonly zones: number;
  readonly joinSeconds: number;
}

export const summaryOf = (counts: SimulatorCounts, { total, zones, joinSeconds }: Joined): string[] => {
  const { online, enrolled, primaries, refused, refusal, rssBytes } = counts;
  const kibibytes = rssBytes / 1024 / Math.max(1, online);
  return [
    `online ${online} of ${total}, primaries ${primaries} of ${zones} zones`,
    `joined in ${joinSeconds.toFixed(1)} s: ${(enrolled / Math.max(joinSeconds, 0.001)).toFixed(0)} agents a second`,
    `memory ${(rssBytes / 1024 ** 2).toFixed(0)} MiB in all, ${kibibytes.toFixed(0)} KiB an agent (the processes themselves included)`,
    ...(refused > 0 ? [`${refused} enrolments were refused: ${refusal ?? 'no reason told'}`] : []),
  ];
};
