import { type Xdr, XdrError } from './xdr.js';

/** The longest text and the longest list that libvirt sends or takes. */
const MAX_TEXT_BYTES = 4_194_304;
const MAX_ITEMS = 65_536;

export const nothing: Xdr<undefined> = { encode: () => undefined, decode: () => undefined };
export const int32: Xdr<number> = { encode: (value, to) => to.int32(value), decode: (from) => from.int32() };
export const uint32: Xdr<number> = { encode: (value, to) => to.uint32(value), decode: (from) => from.uint32() };

/** A count that fits into a number without loss; a larger one is refused. */
export const uint64: Xdr<number> = {
  encode: (value, to) => to.uint64(BigInt(value)),
  decode: (from) => {
    const value = Number(from.uint64());
    if (!Number.isSafeInteger(value)) throw new XdrError(`${value} is too large`);
    return value;
  },
};

/** 64 bits of which nobody asks the number: times in the far future, all ones for "unknown". */
export const int64: Xdr<bigint> = {
  encode: (value, to) => to.uint64(BigInt.asUintN(64, value)),
  decode: (from) => BigInt.asIntN(64, from.uint64()),
};

export const flag: Xdr<boolean> = {
  encode: (value, to) => to.int32(value ? 1 : 0),
  decode: (from) => from.int32() !== 0,
};

export const text: Xdr<string> = {
  encode: (value, to) => {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > MAX_TEXT_BYTES) throw new XdrError(`a text of ${bytes.length} bytes is longer than libvirt takes`);
    to.uint32(bytes.length);
    to.opaque(bytes);
  },
  decode: (from) => {
    const length = from.uint32();
    if (length > MAX_TEXT_BYTES) throw new XdrError(`a text of ${length} bytes`);
    return from.opaque(length).toString('utf8');
  },
};

/** 16 bytes on the wire, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` here. */
export const uuid: Xdr<string> = {
  encode: (value, to) => {
    const bytes = Buffer.from(value.replaceAll('-', ''), 'hex');
    if (bytes.length !== 16) throw new XdrError(`${value} is not a UUID`);
    to.opaque(bytes);
  },
  decode: (from) =>
    from
      .opaque(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
};

export const optional = <T>(type: Xdr<T>): Xdr<T | undefined> => ({
  encode: (value, to) => {
    flag.encode(value !== undefined, to);
    if (value !== undefined) type.encode(value, to);
  },
  decode: (from) => (flag.decode(from) ? type.decode(from) : undefined),
});

export const listOf = <T>(type: Xdr<T>): Xdr<readonly T[]> => ({
  encode: (values, to) => {
    if (values.length > MAX_ITEMS) throw new XdrError(`a list of ${values.length} is longer than libvirt takes`);
    to.uint32(values.length);
    for (const value of values) type.encode(value, to);
  },
  decode: (from) => {
    const length = from.uint32();
    if (length > MAX_ITEMS) throw new XdrError(`a list of ${length}`);
    return Array.from({ length }, () => type.decode(from));
  },
});

/** Fields one after the other, in the order in which they stand here. */
export const struct = <T extends object>(fields: { readonly [K in keyof T]: Xdr<T[K]> }): Xdr<T> => {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    encode: (value, to) => {
      for (const name of names) fields[name].encode(value[name], to);
    },
    decode: (from) => {
      const value: Partial<T> = {};
      for (const name of names) value[name] = fields[name].decode(from);
      return value as T;
    },
  };
};
