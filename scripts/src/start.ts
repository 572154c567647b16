/** `npm start`: the whole system with a demo zone, until a signal ends it. Asks nothing. */
import { parseArgs } from 'node:util';
import { klevrHome } from '@klevr/launcher/klevr-home';
import type { RunningSystem } from '@klevr/launcher/running-file';
import { startSystem, type StartedSystem } from '@klevr/launcher/start-system';

/** Everything is gone by then even where it had to be killed; what would be left ends with this process. */
const STOP_DEADLINE_MS = 9_500;
const SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const startedAt = performance.now();
const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
const say = (line: string): void => void process.stdout.write(`[${seconds()} s] ${line}\n`);
// A reader that went away (`npm start | head`) must not end the system.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const stopping = new AbortController();
const stopAsked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
for (const signal of SIGNALS) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    say(`${signal}: stopping`);
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    stopping.abort(new Error(`stopped by ${signal}`));
  });
}

process.exit(await main());

async function main(): Promise<number> {
  let reset = false;
  try {
    reset = parseArgs({ options: { reset: { type: 'boolean', default: false } } }).values.reset;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nusage: npm start [-- --reset]\n`);
    return 2;
  }
  let system: StartedSystem;
  try {
    system = await startSystem({ home: klevrHome(process.env), env: process.env, reset, say, signal: stopping.signal });
  } catch (error) {
    if (stopping.signal.aborted) {
      say('stopped');
      return 0;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  say('ready');
  process.stdout.write(welcome(system.running));
  await stopAsked;
  await system.stop();
  say('stopped');
  return 0;
}

function welcome({ apiUrl, username, password, zone }: RunningSystem): string {
  const task = {
    name: 'hello',
    zone,
    target: { all: '' },
    steps: [{ name: 'greet', run: 'echo hello from $(hostname) | tee "$KLEVR_OUTPUT"' }],
  };
  return `
Klevr runs.
  API       ${apiUrl}/api/v1
  Docs      ${apiUrl}/docs
  Sign in   ${username} / ${password ?? 'the password that you gave it (lost: npm run admin:reset-password -- ' + username + ')'}

A first task for the agents of zone ${zone}:

  API=${apiUrl}/api/v1
  TOKEN=$(curl -s $API/sessions -H 'content-type: application/json' -d '${JSON.stringify({ username, password: password ?? 'PASSWORD' })}' |
    node -p 'JSON.parse(require("fs").readFileSync(0)).token')
  curl -s $API/tasks -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '${JSON.stringify(task)}'

Ctrl-C stops everything; the next start finds its data.
`;
}
