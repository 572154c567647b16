import { cpus, release, totalmem } from 'node:os';

/** Prints one line of JSON a figure, with the machine and the settings it was measured under. */
const machine = {
  cpus: cpus().length,
  cpuModel: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  kernel: release(),
  node: process.version,
};

export const printFigure = (figure: string, values: Record<string, number>, settings: Record<string, unknown>): void => {
  const rounded = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.round(value * 100) / 100]));
  console.log(JSON.stringify({ figure, ...rounded, settings, machine }));
};

/** Nearest-rank percentile of at least one sample; `p` in 0..100. */
export const percentile = (samples: readonly number[], p: number): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
};

export const spread = (samples: readonly number[]): Record<string, number> => ({
  n: samples.length,
  minMs: percentile(samples, 0),
  p50Ms: percentile(samples, 50),
  p99Ms: percentile(samples, 99),
  maxMs: percentile(samples, 100),
});
