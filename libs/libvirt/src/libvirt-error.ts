import { fromXdr } from './xdr.js';
import { int32, optional, struct, text, uuid } from './xdr-types.js';

/** libvirt's error numbers, as far as somebody decides by them. */
export const libvirtErrors = {
  noSupport: 3,
  invalidArgument: 8,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noStoragePool: 49,
  noStorageVolume: 50,
  operationInvalid: 55,
  noDomainSnapshot: 72,
  noDomainMetadata: 80,
  storageVolumeExists: 90,
} as const;

const wireError = struct({
  code: int32,
  domain: int32,
  message: optional(text),
  level: int32,
  dom: optional(struct({ name: text, uuid, id: int32 })),
  text1: optional(text),
  text2: optional(text),
  text3: optional(text),
  number1: int32,
  number2: int32,
  network: optional(struct({ name: text, uuid })),
});

/** What libvirt answered instead of a result. `code`, `domain` and `level` are its own numbers (virterror.h). */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  constructor(
    message: string,
    readonly code: number,
    readonly domain: number,
    readonly level: number,
  ) {
    super(message);
  }

  static fromPayload(payload: Buffer): LibvirtError {
    const { code, domain, message, level } = fromXdr(wireError, payload);
    return new LibvirtError(message ?? `libvirt error ${code}`, code, domain, level);
  }
}

/** The connection was not to be had, or ended; what was asked on it may have happened or not. */
export class LibvirtConnectionError extends Error {
  override readonly name = 'LibvirtConnectionError';
}

export const isLibvirtError = (error: unknown, ...codes: (keyof typeof libvirtErrors)[]): boolean =>
  error instanceof LibvirtError && codes.some((code) => libvirtErrors[code] === error.code);
