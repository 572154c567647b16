import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** What HTTPS is served with. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Of the authority that signed the clients' certificates: with it, each client must show one. */
  readonly clientCaFile?: string | undefined;
}

export interface TlsConfig {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsClientCaFile?: string | undefined;
}

/** Undefined for HTTP. */
export const tlsFilesOf = ({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: TlsConfig): TlsFiles | undefined =>
  tlsCertFile === undefined || tlsKeyFile === undefined
    ? undefined
    : { certFile: tlsCertFile, keyFile: tlsKeyFile, clientCaFile: tlsClientCaFile };

/** Throws where the files cannot be read, or do not belong together. */
export function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2',
    ...(clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile) }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new Error(`HTTPS cannot be served with ${certFile} and ${keyFile}: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
  return options;
}
