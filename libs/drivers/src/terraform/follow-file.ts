import { open, watch } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a file that another process writes, as they come.
 * Promises: every line that was whole when `ended` settled, and the rest behind the last one. Does not: notice that the file was cut short or replaced.
 */
export async function* followLines(path: string, ended: Promise<unknown>): AsyncGenerator<string> {
  const stop = new AbortController();
  let over = false;
  const end = ended.then(
    () => ((over = true), stop.abort()),
    () => ((over = true), stop.abort()),
  );
  const file = await open(path, 'a+');
  const changes = watch(path, { signal: stop.signal })[Symbol.asyncIterator]();
  try {
    let [position, rest] = [0, ''];
    const decoder = new StringDecoder('utf8');
    for (;;) {
      // Asked before reading: what comes while it is read is told after it.
      const changed = over ? undefined : changes.next().catch(() => undefined);
      const last = over;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        rest += decoder.write(buffer.subarray(0, bytesRead));
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
      if (last) break;
      await changed;
    }
    if (rest !== '') yield rest;
  } finally {
    stop.abort();
    await file.close();
    await end;
  }
}
