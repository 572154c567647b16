import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { printFigure } from './figures.js';

/**
 * For scale, in the same run and on the same Redis: how many empty jobs a second a job queue in one process's memory of Redis does on this machine. It promises less (no
 * database, no signature, no journal on another host, nothing synced before it is answered), so the figures bound what could be, and do not compare.
 */
const queueName = 'klevr-bench';

export const measureBullmq = async (redisUrl: string, options: { jobs: number; concurrency: number; atOnce: number }): Promise<void> => {
  const connect = (): Redis => new Redis(redisUrl, { maxRetriesPerRequest: null });
  const connections = [connect(), connect()] as const;
  const queue = new Queue(queueName, { connection: connections[0] });
  let done = 0;
  let allDone: () => void = () => undefined;
  const worker = new Worker(queueName, () => Promise.resolve(), { connection: connections[1], concurrency: options.concurrency });
  worker.on('completed', () => {
    done += 1;
    if (done === options.jobs) allDone();
  });
  try {
    await worker.waitUntilReady();
    for (const atOnce of [1, options.atOnce]) {
      done = 0;
      const ended = new Promise<void>((resolve) => {
        allDone = resolve;
      });
      const startedAt = performance.now();
      await add(queue, options.jobs, atOnce);
      await ended;
      const seconds = (performance.now() - startedAt) / 1000;
      const settings = { ...options, atOnce, processes: 1, durable: 'memory of Redis, as configured' };
      printFigure('for scale: empty BullMQ jobs a second on the same Redis', { perSecond: options.jobs / seconds }, settings);
    }
  } finally {
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    for (const connection of connections) connection.disconnect();
  }
};

const clients = 128;

const add = async (queue: Queue, jobs: number, atOnce: number): Promise<void> => {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let first = next; first < jobs; first = next) {
      next += atOnce;
      const many = Array.from({ length: Math.min(atOnce, jobs - first) }, () => ({
        name: 'noop',
        data: {},
        opts: { removeOnComplete: true },
      }));
      await queue.addBulk(many);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
};
