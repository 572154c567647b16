import { open } from 'node:fs/promises';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { Observed } from '../driver.js';
import { isOff, type Present, type PresentMachine } from './present.js';

const TAIL_BYTES = 1_024;

/** What is told of a resource: its parts as libvirt has them, and what outputs may name: `observed.machines.vm.ip`, `observed.volumes.data.path`. */
export const observedOf = async (hypervisor: Hypervisor, present: Present): Promise<Observed> => {
  const machines = await Promise.all(present.machines.map(async (machine) => ({ machine, ips: await addressesOf(hypervisor, machine) })));
  const parts = [
    ...(await Promise.all(
      machines.map(async ({ machine: { part, state, ref, kept, autostart, snapshots }, ips }) => ({
        part,
        state,
        details: {
          ...{ name: ref.name, uuid: ref.uuid, virtualisation: kept.virtualisation, memoryMiB: kept.memoryKiB / 1024, vcpus: kept.vcpus },
          ...{ autostart, snapshots, ips, consoleLog: kept.consoleLog, consoleTail: await tailOf(kept.consoleLog) },
        },
      })),
    )),
    ...present.volumes.map(({ part, ref, facts, whole }) => ({
      part,
      state: whole ? 'there' : 'not whole',
      details: { name: ref.name, path: ref.key, pool: ref.pool, ...facts },
    })),
    ...present.networks.map(({ part, ref, active, facts }) => ({
      part,
      state: active ? 'active' : 'inactive',
      details: { name: ref.name, ...facts },
    })),
  ];
  const values = {
    machines: Object.fromEntries(
      machines.map(({ machine: { part, ref, state }, ips }) => [
        keyOf(part),
        { name: ref.name, uuid: ref.uuid, state, ips, ip: ips[0] ?? null },
      ]),
    ),
    volumes: Object.fromEntries(
      present.volumes.filter(({ kind }) => kind === 'data').map(({ key, ref }) => [key, { name: ref.name, path: ref.key, pool: ref.pool }]),
    ),
    networks: Object.fromEntries(present.networks.map(({ part, ref, facts }) => [keyOf(part), { name: ref.name, address: facts.address }])),
  };
  return { parts, values };
};

const keyOf = (part: string): string => part.slice(part.indexOf('/') + 1);

/** From the leases of libvirt's own networks, else from the agent in the guest. */
const addressesOf = async ({ domains }: Hypervisor, { ref, state }: PresentMachine): Promise<string[]> => {
  if (isOff(state)) return [];
  for (const source of ['lease', 'agent'] as const) {
    const found = (await domains.addresses(ref, source)).flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const useful = found.filter((address) => !address.startsWith('127.') && address !== '::1' && !address.startsWith('fe80:'));
    if (useful.length > 0) return useful;
  }
  return [];
};

/** Null where the worker is not beside libvirt, or may not read it. */
const tailOf = async (path: string | null): Promise<string | null> => {
  if (path === null) return null;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const at = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(TAIL_BYTES), position: at });
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
};
