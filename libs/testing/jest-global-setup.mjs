import { sharedServersVariable, startSharedServers } from './dist/shared-servers.js';

/** Runs once a test run, on the built code: Jest transforms no imports here. */
export default async function setUp() {
  const { stop, ...servers } = await startSharedServers((line) => console.log(line));
  globalThis.klevrStopServers = stop;
  process.env[sharedServersVariable] = JSON.stringify(servers);
}
