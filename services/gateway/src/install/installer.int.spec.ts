import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';

const agent = 'console.log("agent")\n';
const script = `#!/bin/sh\nserved_from='@KLEVR_SERVER_URL@'\n`;
const names = ['klevr-agent.mjs', 'klevr-agent.mjs.sha256', 'klevr-agent.service', 'THIRD_PARTY_NOTICES.txt'];

describe('what hosts download', () => {
  let gateway: GatewayBed;
  let folder: string;
  const get = (path: string, headers: Record<string, string> = {}, replica = 0) =>
    gateway.send('GET', path, { token: '', headers, replica });

  beforeAll(async () => {
    gateway = await GatewayBed.open();
    folder = join(gateway.bed.folder, 'downloads');
    await mkdir(folder);
    await writeFile(join(gateway.bed.folder, 'secret'), 'not yours');
    await writeFile(join(folder, 'other'), 'not yours');
    await writeFile(join(folder, 'install.sh'), script);
    for (const name of names) await writeFile(join(folder, name), name === 'klevr-agent.mjs' ? agent : name);
    await gateway.start({ downloadsDir: folder });
    await gateway.start({ downloadsDir: folder, publicUrl: "https://klevr.test/it's $HOME/" });
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
  });

  it('is there for everybody, with its type and length', async () => {
    const answer = await get('/downloads/klevr-agent.mjs');
    expect([answer.status, answer.text]).toEqual([200, agent]);
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(answer.headers.get('content-length')).toBe(String(agent.length));
    for (const name of names.slice(1)) {
      const { status, text, headers } = await get(`/downloads/${name}`);
      expect([status, text, headers.get('content-type')]).toEqual([200, name, 'text/plain; charset=utf-8']);
    }
  });

  it('tells the head alone to HEAD', async () => {
    for (const path of ['/install.sh', ...names.map((name) => `/downloads/${name}`)]) {
      const [head, whole] = [await gateway.send('HEAD', path, { token: '' }), await get(path)];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const field of ['content-length', 'content-type', 'etag']) expect(head.headers.get(field)).toBe(whole.headers.get(field));
      expect(Number(head.headers.get('content-length'))).toBe(Buffer.byteLength(whole.text));
    }
  });

  it('is not sent again to who has it, until it is another', async () => {
    for (const path of ['/install.sh', '/downloads/klevr-agent.service']) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
        const again = await get(path, { 'if-none-match': known });
        expect([known, again.status, again.text, again.headers.get('etag')]).toEqual([known, 304, '', etag]);
      }
      expect((await get(path, { 'if-none-match': '"another"' })).status).toBe(200);
    }
    const before = (await get('/downloads/klevr-agent.service')).headers.get('etag') ?? '';
    await writeFile(join(folder, 'klevr-agent.service'), 'a longer text than before');
    const after = await get('/downloads/klevr-agent.service', { 'if-none-match': before });
    expect([after.status, after.text]).toEqual([200, 'a longer text than before']);
  });

  it('is a script with the address at which it was asked for, or the public one, as one word of the shell', async () => {
    const answer = await get('/install.sh');
    expect(answer.headers.get('content-type')).toBe('text/x-shellscript; charset=utf-8');
    expect(answer.text).toBe(`#!/bin/sh\nserved_from=${gateway.origin}\n`);
    expect((await get('/install.sh', {}, 1)).text).toBe(`#!/bin/sh\nserved_from='https://klevr.test/it'\\''s $HOME'\n`);
  });

  it('puts nothing of a host into the script that is none', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(gateway.origin);
      const asked = request({ hostname, port, path: '/install.sh', headers: { host: 'x;reboot' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.once('error', reject).end();
    });
    expect(status).toBe(400);
  });

  it('is these files and no others, whatever path is asked for', async () => {
    const paths = [
      'other',
      'install.sh',
      '',
      '../secret',
      '..%2fsecret',
      '%2e%2e/secret',
      'klevr-agent.mjs/',
      'klevr-agent.mjs%00',
      '//klevr-agent.mjs',
    ];
    for (const path of paths) {
      const answer = await get(`/downloads/${path}`);
      expect({ path, status: answer.status, code: Problem.safeParse(answer.json).data?.code }).toEqual({
        path,
        status: answer.status === 400 ? 400 : 404,
        code: answer.status === 400 ? 'BAD_REQUEST' : 'NOT_FOUND',
      });
    }
    expect((await gateway.send('POST', '/downloads/klevr-agent.mjs', { token: '', body: {} })).status).toBe(405);
  });

  it('says what is missing while the files are not there, and has them as soon as they are', async () => {
    await rm(join(folder, 'klevr-agent.mjs'));
    const missing = await get('/downloads/klevr-agent.mjs');
    expect([missing.status, Problem.parse(missing.json)]).toMatchObject([
      503,
      { code: 'UNAVAILABLE', detail: expect.stringMatching(/no klevr-agent\.mjs.*KLEVR_DOWNLOADS_DIR/) },
    ]);
    expect(missing.text).not.toContain(folder);
    await writeFile(join(folder, 'klevr-agent.mjs'), agent);
    expect((await get('/downloads/klevr-agent.mjs')).text).toBe(agent);
  });

  it('is found beside the gateway where nothing else is said, with the checksum that it has', async () => {
    await gateway.start();
    const [file, checksum] = [await get('/downloads/klevr-agent.mjs', {}, 2), await get('/downloads/klevr-agent.mjs.sha256', {}, 2)];
    expect(checksum.text).toBe(`${createHash('sha256').update(file.text).digest('hex')}  klevr-agent.mjs\n`);
    expect((await get('/downloads/THIRD_PARTY_NOTICES.txt', {}, 2)).text).toMatch(/zod \d+\.\d+\.\d+ \(MIT\)/);
    expect((await get('/install.sh', {}, 2)).text).toContain(`served_from=${gateway.originOf(2)}\n`);
  });

  it('is the worker too, from a folder of its own', async () => {
    const other = join(gateway.bed.folder, 'worker-downloads');
    await mkdir(other);
    for (const name of ['klevr-worker.mjs', 'klevr-agent.mjs']) await writeFile(join(other, name), 'of the other folder');
    await gateway.start({ downloadsDir: `${folder},${other}` });
    const [worker, same] = [await get('/downloads/klevr-worker.mjs', {}, 3), await get('/downloads/klevr-agent.mjs', {}, 3)];
    expect([worker.status, worker.text, same.text]).toEqual([200, 'of the other folder', agent]);
    expect((await get('/downloads/klevr-worker.mjs')).status).toBe(503);
  });
});
