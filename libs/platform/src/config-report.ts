/** One key of the configuration as it took effect. */
export interface Setting {
  readonly key: string;
  readonly env: string;
  readonly secret: boolean;
  readonly origin: 'environment' | 'file' | 'default';
  readonly value: unknown;
}

/** One line a setting, `NAME = value (origin)`. No secret leaves here, nor a password inside an address that nobody marked. */
export function effectiveLines(settings: readonly Setting[]): string[] {
  return settings.map(
    ({ env, value, secret, origin }) => `${env} = ${value === undefined ? '(not set)' : shown(value, secret)} (${origin})`,
  );
}

function shown(value: unknown, secret: boolean): string {
  if (Array.isArray(value)) return value.map((item) => shown(item, secret)).join(',');
  if (typeof value === 'object' && value !== null) return secret ? '***' : JSON.stringify(value);
  return maskedAddress(String(value)) ?? (secret ? '***' : String(value));
}

/** An address with its password masked, or undefined if the text is not an address with a host. */
function maskedAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.host === '') return undefined;
  if (url.password !== '') url.password = '***';
  return url.href;
}
