import { createHash } from 'node:crypto';
import type { TaskKeySet } from '@klevr/contracts/agent';
import type { SignedCommand } from '@klevr/contracts/command';
import type { Verdict } from '@klevr/contracts/presence';
import { verdictsText, type HelloStatement, type KeysStatement, type SignedHello, type SignedTaskKeys } from '@klevr/contracts/task-keys';
import { parseTaskKeys, publicPartOf, type TaskKeyFile, type TaskPrivateKey } from '@klevr/platform/task-key-file';
import { CompactSign, importJWK, type CryptoKey } from 'jose';

/**
 * Signs what agents obey with the task-manager's keys (Ed25519, compact JWS): commands, answers to hello, and the set of the keys itself.
 * Promises: the private halves leave this class in no answer; the newest key that may sign already does. Does not: read files, or choose when keys are rotated.
 */
interface SigningKey {
  readonly kid: string;
  readonly signsFromMs: number;
  readonly key: CryptoKey | Uint8Array;
}

interface Keys {
  readonly generation: number;
  readonly signing: readonly SigningKey[];
  readonly file: TaskKeyFile;
  readonly told: SignedTaskKeys;
}

const encoder = new TextEncoder();
const jws = (content: object, typ: string, { key, kid }: Pick<SigningKey, 'key' | 'kid'>): Promise<string> =>
  new CompactSign(encoder.encode(JSON.stringify(content))).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(key);

export class CommandSigner {
  private constructor(private keys: Keys) {}

  /** From the text of the key file. Throws where it is none, without showing what is in it. */
  static async of(text: string): Promise<CommandSigner> {
    return new CommandSigner(await read(text));
  }

  /** Uses these keys from now on. False where they are those in use, or older ones. Throws where the text is no key file; nothing changes then. */
  async use(text: string): Promise<boolean> {
    const keys = await read(text);
    if (keys.generation <= this.keys.generation) return false;
    this.keys = keys;
    return true;
  }

  sign(command: SignedCommand): Promise<string> {
    return jws(command, 'klevr-command', this.signerAt(command.issuedAtMs));
  }

  /** For an agent that knows how to verify it: its hello had a challenge. */
  async signHello(hello: Omit<HelloStatement, 'verdictsDigest'>, verdicts: readonly Verdict[]): Promise<SignedHello> {
    const statement: HelloStatement = { ...hello, verdictsDigest: createHash('sha256').update(verdictsText(verdicts)).digest('hex') };
    return { answer: await jws(statement, 'klevr-hello', this.signerAt(hello.issuedAtMs)), keys: this.keys.told };
  }

  /** The keys that are good, signed, as agents are told them. */
  get toldKeys(): SignedTaskKeys {
    return this.keys.told;
  }

  get generation(): number {
    return this.keys.generation;
  }

  get publicKeys(): TaskKeySet {
    const { generation, file } = this.keys;
    return { generation, keys: file.keys.map((key) => ({ ...publicPartOf(key), alg: 'EdDSA', use: 'sig' })) };
  }

  private signerAt(nowMs: number): SigningKey {
    const { signing } = this.keys;
    const found = signing.find(({ signsFromMs }) => signsFromMs <= nowMs) ?? signing.at(-1);
    if (found === undefined) throw new Error('there is no key that signs tasks');
    return found;
  }
}

const read = async (text: string): Promise<Keys> => {
  const file = parseTaskKeys(text);
  const signing = await Promise.all(
    file.keys.map(async (key: TaskPrivateKey): Promise<SigningKey> => {
      const { kid, signsFromMs } = key;
      return { kid, signsFromMs, key: await importJWK({ kty: key.kty, crv: key.crv, x: key.x, d: key.d }, 'EdDSA') };
    }),
  );
  const [newest] = signing;
  if (newest === undefined) throw new Error('there is no key that signs tasks');
  const content: KeysStatement = { generation: file.generation, keys: file.keys.map(publicPartOf) };
  const statement = await jws(content, 'klevr-keys', newest);
  return { generation: file.generation, signing, file, told: { statement, chain: file.chain } };
};
