import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { driverContract } from '../driver-contract.fixture.js';
import { consecutivePorts, StackBed } from './stack-bed.fixture.js';

driverContract('prometheus', async () => {
  const bed = await StackBed.open();
  const port = await consecutivePorts(2);
  const others = port + 1;
  const spec = { prometheus: { port, retentionTime: '1d' } };
  return {
    spec,
    changed: { prometheus: { port, retentionTime: '2d' }, scrape: { intervalSeconds: 7 } },
    open: async () => bed.driver(),
    work: (resource, given, signal) => {
      // Two stacks on one host need different ports.
      const prometheus = { ...(given['prometheus'] as object), ...(resource.name === 'other' ? { port: others } : {}) };
      return bed.work({ resource, spec: { ...given, prometheus }, signal });
    },
    things: async () => {
      const running = (await bed.processes()).map(({ resourceId, name, pid }) => `process/${resourceId}/${name}#${pid}`);
      const stacks = await readdir(join(bed.folder, 'host/stacks')).catch(() => []);
      const files = await Promise.all(
        stacks.map(async (id) =>
          (await readdir(bed.stack(id), { recursive: true }))
            .filter((name) => !/^(data\/[^/]+\/|log)/.test(name))
            .map((name) => `${id}/${name}`),
        ),
      );
      return [...running, ...files.flat()];
    },
    spoil: ({ id }) => appendFile(bed.stack(id, 'config/prometheus.yml'), '# by hand\n'),
    close: () => bed.close(),
  };
});
