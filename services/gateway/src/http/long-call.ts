/** For calls where the service has to ask another one, or to look at thousands of hosts, before it can answer. */
export const longCall = { timeoutMs: 20_000 } as const;
