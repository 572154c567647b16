import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import { Hypervisor } from '@klevr/libvirt/hypervisor';
import { SystemClock } from '@klevr/platform/clock';
import { libvirtObstacle, PrivateLibvirtd } from '@klevr/testing/private-libvirtd';
import { comesUpInMs } from './kvm-probe.js';

const obstacle = await libvirtObstacle();
const clock = new SystemClock();

(obstacle === undefined ? describe : describe.skip)(
  `whether a way of running machines works${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let daemon: PrivateLibvirtd;
    let hypervisor: Hypervisor;
    const hearers = new Set<(event: LibvirtEvent) => void>();
    const listen = (hear: (event: LibvirtEvent) => void): (() => void) => (hearers.add(hear), () => void hearers.delete(hear));
    beforeAll(async () => {
      daemon = await PrivateLibvirtd.start();
      hypervisor = await Hypervisor.open({ socketPath: daemon.socketPath, uri: 'qemu:///session' });
      await hypervisor.listen((event) => {
        for (const hear of hearers) hear(event);
      });
    }, 240_000);
    afterAll(async () => {
      await hypervisor?.close();
      await daemon?.close();
    });

    // There is no host with KVM that works to try it on; emulation takes the same way.
    it('is found out by a machine that ends by itself', async () => {
      expect(await comesUpInMs(hypervisor, 'qemu', { listen, clock })).toBeGreaterThan(0);
    }, 60_000);

    it('is denied where that machine breaks down', async () => {
      const brokenDown = (event: LibvirtEvent): LibvirtEvent => ({ ...event, what: event.what === 'stopped' ? 'crashed' : event.what });
      expect(
        await comesUpInMs(hypervisor, 'qemu', { listen: (hear) => listen((event) => hear(brokenDown(event))), clock }),
      ).toBeUndefined();
    }, 60_000);
  },
);
