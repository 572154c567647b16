import { get } from 'node:http';
import { z } from 'zod';
import type { BeaconVerdict } from './second-opinion.js';

/**
 * Asks another agent's beacon for its stamp.
 * Promises: one GET of `/chk-stamp` over plain HTTP on just that address, no redirect, a second at most, four KiB at most; an answer of another agent
 * (a loopback address means another host's beacon here) counts as none.
 */
const ChkStamp = z.object({ agentId: z.string(), healthy: z.boolean() });
const timeoutMs = 1_000;
const maxBytes = 4_096;

export const lookAtBeacon = async (url: string, agentId: string): Promise<BeaconVerdict> => {
  const body = await fetchStamp(url).catch(() => undefined);
  const told = ChkStamp.safeParse(body);
  if (!told.success || told.data.agentId !== agentId) return 'unreachable';
  return told.data.healthy ? 'healthy' : 'stale';
};

const fetchStamp = (base: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const url = new URL('/chk-stamp', base);
    if (url.protocol !== 'http:') throw new TypeError('not an http address');
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) request.destroy(new RangeError('too long'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    request.on('error', reject);
  });
