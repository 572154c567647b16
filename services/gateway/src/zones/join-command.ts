/**
 * The one command that makes a host join, to be pasted into a POSIX shell there: fetches the installer with curl, wget or Node.js, whichever works first,
 * and runs it. Options of the installer may follow it.
 *
 * Promises: whatever the address and the token are, each is one word for the shell; the token is in the environment of what is started and in no argument
 * list; a script that did not arrive is not run. Does not: prove who the server is (that is for https).
 */
export const joinCommand = (serverUrl: string, token: string): string =>
  `KLEVR_JOIN_TOKEN=${shellWord(token)} sh -c '${fetchAndRun}' klevr ${shellWord(`${serverUrl}/install.sh`)}`;

/** The script is taken whole before it runs. Nothing in it may need a quote of the kind around it. */
const fetchAndRun = [
  'u=$1; shift; s=$(command -v curl >/dev/null && curl -fsSL "$u")',
  '|| s=$(command -v wget >/dev/null && wget -qO- "$u")',
  '|| s=$(node -e "fetch(process.argv[1]).then(async a => { if (!a.ok) throw a.status; console.log(await a.text()) })" "$u")',
  '&& eval "$s"',
].join(' ');

/** Written so that the shell takes it as it is. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
