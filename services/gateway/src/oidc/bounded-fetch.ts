import type { CustomFetch } from 'openid-client';

/** No answer of a provider is longer; keys and descriptions are a hundredth of it. */
const MAX_BYTES = 1024 * 1024;

/** `fetch` that reads no more than a megabyte. Its time is bounded by the signal in `options`. */
export const boundedFetch: CustomFetch = async (url, { body, ...options }) => {
  const answer = await fetch(url, { ...options, body: body ?? null });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error('the answer is longer than a megabyte');
    chunks.push(chunk);
  }
  const { status, headers } = answer;
  return new Response(bytes === 0 ? null : Buffer.concat(chunks), { status, headers });
};
