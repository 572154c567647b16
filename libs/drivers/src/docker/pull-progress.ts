/** Tells how a pull goes on, every few seconds at most: an engine tells of each layer many times a second. */
const everyMs = 5_000;

interface Layer {
  status: string;
  current: number;
  total: number;
}

export class PullProgress {
  private readonly layers = new Map<string, Layer>();
  private saidAtMs: number;

  constructor(
    private readonly reference: string,
    private readonly say: (line: string) => void,
    private readonly monotonicMs: () => number,
  ) {
    this.saidAtMs = monotonicMs();
    say(`pulling ${reference}`);
  }

  hear(line: Record<string, unknown>): void {
    const { id, status, progressDetail } = line;
    if (typeof id !== 'string' || typeof status !== 'string') return;
    const before = this.layers.get(id);
    const { current, total } = numbersIn(progressDetail);
    this.layers.set(id, { status, current: current ?? before?.current ?? 0, total: total ?? before?.total ?? 0 });
    if (this.monotonicMs() - this.saidAtMs < everyMs) return;
    this.saidAtMs = this.monotonicMs();
    this.say(this.summary());
  }

  private summary(): string {
    const layers = [...this.layers.values()];
    const done = layers.filter(({ status }) => status === 'Pull complete' || status === 'Already exists').length;
    const loading = layers.filter(({ status }) => status === 'Downloading');
    const mebibytes = (pick: (layer: Layer) => number): string =>
      (loading.reduce((sum, layer) => sum + pick(layer), 0) / 2 ** 20).toFixed(1);
    const bytes =
      loading.length === 0 ? '' : `, ${mebibytes(({ current }) => current)} of ${mebibytes(({ total }) => total)} MiB under way`;
    return `pulling ${this.reference}: ${done} of ${layers.length} layers${bytes}`;
  }
}

const numbersIn = (detail: unknown): { current?: number; total?: number } => {
  if (typeof detail !== 'object' || detail === null) return {};
  const { current, total } = detail as { current?: unknown; total?: unknown };
  return { ...(typeof current === 'number' ? { current } : {}), ...(typeof total === 'number' ? { total } : {}) };
};
