import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Smaller answers fit a packet or two; compressing them costs more than it saves. */
const WORTH_BYTES = 1_024;
/** Up to here compressing at once costs less than setting up a stream for it. */
const AT_ONCE_BYTES = 128 * 1_024;
const json = /^application\/(?:problem\+)?json(?:;|$)/;

/**
 * Compresses JSON that is read, for clients that accept it.
 *
 * Answers to reading alone: a secret that is shown once is shown by what makes it, and its length must not be told by how well it compresses beside
 * something that the caller chose (BREACH). Neither what is streamed live (it would wait in the compressor), nor requests: a few bytes could become gigabytes.
 * The quickest level: of the JSON here it leaves a sixth, in some hundredths of a millisecond for a list.
 */
export async function compressReads(server: FastifyInstance): Promise<void> {
  server.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    if (!methods.includes('GET')) route.compress = false;
  });
  await server.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: WORTH_BYTES,
    syncThreshold: AT_ONCE_BYTES,
    customTypes: (type) => json.test(type),
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
    zlibOptions: { level: 1 },
    globalDecompression: false,
  });
}
