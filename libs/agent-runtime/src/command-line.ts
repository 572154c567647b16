import { agentVersion } from './version.js';

/**
 * What the agent's program answers instead of running. It takes no settings as arguments: those of a process are seen by everybody on the host.
 */
export const helpText = `Usage: klevr-agent.mjs [--check | --version | --help]

Runs the Klevr agent of this host; its settings come from the environment. Each can be given as <NAME>_FILE as well, the path of a file that holds the value.

  KLEVR_AGENT_DIR       state folder: identity, journal, spools (required)
  KLEVR_SERVER_URL      http or https address of the gateway, for the first start
  KLEVR_CA_FILE         certificate of the gateway's authority, where it is one of your own; of NATS too
  KLEVR_NATS_CA_FILE    certificate of the authority of NATS, where it is another one
  KLEVR_NATS_CERT_FILE  the agent's own certificate, where NATS asks for one
  KLEVR_NATS_KEY_FILE   its key
  KLEVR_JOIN_TOKEN      join token, for the first start
  KLEVR_BEACON_HOST     where the local status page listens (127.0.0.1)
  KLEVR_BEACON_PORT     its port (18800); the next free one is taken where it is in use
  KLEVR_LOG_LEVEL       trace, debug, info, warn, error or fatal (info)

  --check    print the effective settings, secrets masked
  --version  print the version
`;

/** Undefined where the agent is to run, or the configuration to be judged. */
export const answerTo = (argv: readonly string[], help = helpText): string | undefined => {
  if (argv.includes('--help') || argv.includes('-h')) return help;
  return argv.includes('--version') ? `${agentVersion}\n` : undefined;
};
