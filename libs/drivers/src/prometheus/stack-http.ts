/** What a program of a stack says of itself over HTTP, on this host. Every asking is bounded; undefined where nothing answers. */
const askMs = 5_000;
const mostBytes = 4 * 1024 * 1024;

const ask = async (url: string): Promise<{ status: number; text: string } | undefined> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(askMs), redirect: 'manual' });
    const text = await answer.text();
    return { status: answer.status, text: text.slice(0, mostBytes) };
  } catch {
    return undefined;
  }
};

export type Readiness = { readonly state: 'ready' | 'starting' | 'silent'; readonly message: string };

export const readiness = async (url: string, path: string): Promise<Readiness> => {
  const answer = await ask(`${url}${path}`);
  if (answer === undefined) return { state: 'silent', message: `${url} does not answer` };
  if (answer.status < 400) return { state: 'ready', message: `${url} is ready` };
  return { state: 'starting', message: `${url} says ${answer.status}: ${answer.text.trim().slice(0, 200)}` };
};

export interface Loaded {
  readonly successful: boolean;
  /** When a configuration was last taken in. */
  readonly atMs: number;
}

/** Undefined where it does not answer. */
export const loadedConfig = async (url: string, metrics: string): Promise<Loaded | undefined> => {
  const text = (await ask(`${url}/metrics`))?.text;
  const value = (name: string): number | undefined => {
    const found = text === undefined ? null : new RegExp(`^${metrics}_config_last_reload_${name} (\\S+)$`, 'm').exec(text);
    return found?.[1] === undefined ? undefined : Number(found[1]);
  };
  const [successful, seconds] = [value('successful'), value('success_timestamp_seconds')];
  return successful === undefined || seconds === undefined ? undefined : { successful: successful === 1, atMs: seconds * 1000 };
};

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
}

/** The value of an expression that gives one, 0 where it gives nothing. */
export const valueOf = async (url: string, expression: string): Promise<number | undefined> => {
  const answer = await ask(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  if (answer?.status !== 200) return undefined;
  const { data } = JSON.parse(answer.text) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
};

/** Names of the alerts that fire, each once. */
export const firingAlerts = async (url: string): Promise<string[] | undefined> => {
  const answer = await ask(`${url}/api/v1/alerts`);
  if (answer?.status !== 200) return undefined;
  const { data } = JSON.parse(answer.text) as { data: { alerts: Alert[] } };
  const firing = data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname'] ?? '');
  return [...new Set(firing)].sort();
};
