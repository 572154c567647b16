import { Command } from 'commander';

/** The command line of `npm run simulate`. Throws a CommanderError, its text already shown, for what cannot be meant (every fault at once) and for `--help`. */
export interface SimulateOptions {
  readonly zones: number;
  readonly agents: number;
  readonly heartbeat: number;
  readonly processes: number;
  /** How long to stay once all are online; undefined: until Ctrl-C. */
  readonly seconds: number | undefined;
  readonly atOnce: number;
  readonly keep: boolean;
  readonly clean: boolean;
  readonly url: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** One event loop serves about so many agents that beat every ten seconds. */
const agentsAProcess = 5_000;
const mostAgents = 50_000;

type Read = (text: string, option: string, faults: string[]) => string | number;

const numberFrom =
  (least: number, most: number, whole: boolean): Read =>
  (text, option, faults) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most || (whole && !Number.isInteger(value))) {
      faults.push(`--${option} is '${text}'; it must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
    }
    return value;
  };

const address: Read = (text, option, faults) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  faults.push(`--${option} is '${text}'; it must be an http or https address`);
  return text;
};

type Given = Omit<SimulateOptions, 'processes'> & { readonly processes?: number };

export const simulateOptions = (args: readonly string[]): SimulateOptions => {
  const faults: string[] = [];
  const reading = (option: string, read: Read) => (text: string) => read(text, option, faults);
  const whole = (option: string, most: number) => reading(option, numberFrom(1, most, true));
  const program = new Command('npm run simulate --')
    .description('Simulated agents on a running system: the real protocol, without hosts. A system of `npm start` is found by itself.')
    .option('--zones <n>', 'zones to make', whole('zones', 2_000), 10)
    .option('--agents <n>', 'agents in each zone', whole('agents', 10_000), 10)
    .option('--heartbeat <seconds>', 'heartbeat period of the zones', reading('heartbeat', numberFrom(0.2, 300, false)), 10)
    .option('--processes <n>', `processes that share the agents (default: one for ${agentsAProcess} agents)`, whole('processes', 64))
    .option('--seconds <s>', 'end so long after all are online (default: at Ctrl-C)', reading('seconds', numberFrom(0, 604_800, false)))
    .option('--at-once <n>', 'agents that join at the same time', whole('at-once', 512), 32)
    .option('--keep', 'leave the zones behind', false)
    .option('--clean', 'delete what earlier runs left behind, and do nothing else', false)
    .option('--url <address>', 'the API of a system that was not started by npm start here', reading('url', address))
    .option('--user <name>', 'who signs in there')
    .option('--password <text>', 'with which password (or KLEVR_PASSWORD)')
    .exitOverride()
    .allowExcessArguments(false);
  program.parse(args, { from: 'user' });
  const given = program.opts<Given>();
  const total = given.zones * given.agents;
  if (faults.length === 0 && total > mostAgents) faults.push(`${total} agents are asked for; ${mostAgents} are possible`);
  if (faults.length > 0) program.error(faults.map((fault) => `error: ${fault}`).join('\n'));
  return { ...given, processes: Math.min(given.processes ?? Math.ceil(total / agentsAProcess), total) };
};
