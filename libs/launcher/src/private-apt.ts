import { fetchPackages as fetchWith, type FetchOptions as FetchWith } from '@klevr/debian-packages/private-apt';

export { readMachineSources } from '@klevr/debian-packages/private-apt';

export type FetchOptions = Omit<FetchWith, 'environment'>;

/** As @klevr/debian-packages does, with this process' proxy settings. */
export const fetchPackages = (options: FetchOptions): Promise<void> => fetchWith({ ...options, environment: process.env });
