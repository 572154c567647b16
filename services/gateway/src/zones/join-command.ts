/**
 * The one command that makes a host join, to be pasted in the folder of this repository.
 *
 * Promises: whatever the address, each value is one word for the shell.
 */
export const joinCommand = (serverUrl: string, token: string): string =>
  [
    `KLEVR_SERVER_URL=${shellWord(serverUrl)}`,
    `KLEVR_JOIN_TOKEN=${shellWord(token)}`,
    'KLEVR_AGENT_DIR="$HOME/.klevr-agent"',
    'node services/agent/dist/main.js',
  ].join(' ');

const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
