import os from 'node:os';
import { Counter, Gauge, type Registry } from 'prom-client';
import { sampleHost } from './host-sample.js';

/**
 * The host as Prometheus metrics: processors, load, memory, disks, network, uptime.
 * Promises: read when somebody asks and never else; the number of series is bounded. Does not: replace an exporter of its own where one wants every detail.
 */
export const hostMetrics = (registry: Registry): (() => Promise<void>) => {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `klevr_host_${name}`, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `klevr_host_${name}`, help, labelNames, registers });
  const uptime = gauge('uptime_seconds', 'since the host started');
  const cpus = gauge('cpus', 'processors');
  const load = gauge('load', 'runnable processes, mean over some minutes', 'minutes');
  const cpu = counter('cpu_seconds_total', 'processor time by mode, all processors together', 'mode');
  const memory = gauge('memory_bytes', 'memory and swap by kind', 'kind');
  const diskSize = gauge('disk_size_bytes', 'size of the file system', 'mount');
  const diskFree = gauge('disk_free_bytes', 'space that users could have', 'mount');
  const received = counter('network_received_bytes_total', 'bytes in', 'device');
  const sent = counter('network_sent_bytes_total', 'bytes out', 'device');
  const errors = counter('network_errors_total', 'errors in and out', 'device');

  return async () => {
    const sample = await sampleHost();
    for (const metric of [cpu, memory, diskSize, diskFree, received, sent, errors]) metric.reset();
    uptime.set(os.uptime());
    cpus.set(os.availableParallelism());
    for (const [index, minutes] of ['1', '5', '15'].entries()) load.set({ minutes }, os.loadavg()[index] ?? 0);
    for (const [mode, seconds] of Object.entries(sample.cpuSeconds)) cpu.inc({ mode }, seconds);
    for (const [kind, bytes] of Object.entries(sample.memoryBytes)) memory.set({ kind }, bytes);
    for (const { mount, totalBytes, freeBytes } of sample.disks) {
      diskSize.set({ mount }, totalBytes);
      diskFree.set({ mount }, freeBytes);
    }
    for (const { device, ...told } of sample.network) {
      received.inc({ device }, told.receivedBytes);
      sent.inc({ device }, told.sentBytes);
      errors.inc({ device }, told.errors);
    }
  };
};
