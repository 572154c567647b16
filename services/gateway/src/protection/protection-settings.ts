import type { TlsFiles } from '../http/tls-files.js';

/** How the door is protected. */
export class ProtectionSettings {
  constructor(
    /** Requests a second that a session or an API token may make, measured over ten seconds; 0 for any number. */
    readonly ratePerSecond = 0,
    /** Requests a minute that an address may make without a session or with a wrong one; 0 for any number. */
    readonly publicRatePerMinute = 0,
    /** Whose pages may use the API from a browser, besides our own. */
    readonly corsOrigins: readonly string[] = [],
    /** Of HTTPS; undefined for HTTP. */
    readonly tls?: TlsFiles,
  ) {}
}
