import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { libvirtObstacle, PrivateLibvirtd } from '@klevr/testing/private-libvirtd';
import type { LibvirtEvent } from './events.js';
import { Hypervisor } from './hypervisor.js';
import { LibvirtError } from './libvirt-error.js';

const obstacle = await libvirtObstacle();

(obstacle === undefined ? describe : describe.skip)(`a libvirt daemon${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  let daemon: PrivateLibvirtd;
  const opened: Hypervisor[] = [];
  const open = async (uri: string): Promise<Hypervisor> => {
    const hypervisor = await Hypervisor.open({ socketPath: daemon.socketPath, uri });
    opened.push(hypervisor);
    return hypervisor;
  };
  beforeAll(async () => void (daemon = await PrivateLibvirtd.start()), 240_000);
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await daemon?.close();
  });

  it('tells what it is', async () => {
    const qemu = await open('qemu:///session');
    expect(await qemu.type()).toBe('QEMU');
    expect(await qemu.uri()).toBe('qemu:///session');
    expect(await qemu.version()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await qemu.libvirtVersion()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await qemu.hostname()).not.toBe('');
    expect(await qemu.capabilities()).toContain('<uuid>');
    expect(await qemu.domainCapabilities('qemu')).toContain('<domain>qemu</domain>');
    expect(await qemu.domainCapabilities('xen')).toBeUndefined();
  });

  it('carries a machine through its life, and tells each step by an event', async () => {
    const test = await open('test:///default');
    const heard: LibvirtEvent[] = [];
    await test.listen((event) => heard.push(event));
    const made = await test.domains.define(
      '<domain type="test"><name>one</name><memory unit="MiB">8</memory><os><type>hvm</type></os></domain>',
    );
    expect(await test.domains.findByName('one')).toEqual(made);
    expect(await test.domains.findByUuid(made.uuid)).toEqual(made);
    expect(await test.domains.state(made)).toBe('shut off');
    const running = await test.domains.start(made);
    expect(await test.domains.state(running)).toBe('running');
    expect((await test.domains.list()).map(({ name }) => name).sort()).toEqual(['one', 'test']);
    await test.domains.setMetadata(running, { uri: 'urn:x', key: 'x', element: '<a n="1"/>' });
    expect(await test.domains.metadata(running, 'urn:x')).toContain('n="1"');
    expect(await test.domains.metadata(running, 'urn:y')).toBeUndefined();
    await test.domains.setAutostart(running, true);
    expect(await test.domains.autostart(running)).toBe(true);
    await test.domains.createSnapshot(running, '<domainsnapshot><name>s</name></domainsnapshot>');
    expect((await test.domains.snapshots(running)).map(({ name }) => name)).toEqual(['s']);
    await test.domains.destroy(running);
    await test.domains.destroy(running);
    const snapshot = await test.domains.findSnapshot(running, 's');
    if (snapshot === undefined) throw new Error('the snapshot is gone');
    await test.domains.revert(snapshot);
    expect(await test.domains.state(running)).toBe('running');
    await test.domains.deleteSnapshot(snapshot);
    await test.domains.shutdown(running);
    expect(await test.domains.xml(running, 'kept')).toContain('<name>one</name>');
    await test.domains.undefine(running);
    expect(await test.domains.findByName('one')).toBeUndefined();
    await eventually('the last event', 10_000, () => heard.find(({ what, uuid }) => what === 'undefined' && uuid === made.uuid));
    const told = heard.filter(({ uuid }) => uuid === made.uuid).map(({ what }) => what);
    expect(told).toEqual(['defined', 'started', 'metadata', 'stopped', 'started', 'stopped', 'undefined']);
  });

  it('knows networks and their events', async () => {
    const test = await open('test:///default');
    const heard: LibvirtEvent[] = [];
    await test.listen((event) => heard.push(event));
    const made = await test.networks.define('<network><name>lan</name><ip address="192.0.2.1" prefix="24"/></network>');
    await test.networks.start(made);
    expect(await test.networks.isActive(made)).toBe(true);
    expect(await test.networks.findByName('lan')).toEqual(made);
    expect((await test.networks.list()).length).toBe(2);
    await test.networks.setAutostart(made, true);
    expect(await test.networks.autostart(made)).toBe(true);
    expect(await test.networks.xml(made)).toContain('192.0.2.1');
    await test.networks.stop(made);
    await test.networks.stop(made);
    await test.networks.undefine(made);
    expect(await test.networks.findByUuid(made.uuid)).toBeUndefined();
    await eventually('the last event', 10_000, () => heard.find(({ of, what }) => of === 'network' && what === 'undefined'));
    const told = heard.filter(({ name }) => name === 'lan').map(({ what }) => what);
    expect([...new Set(told)]).toEqual(['defined', 'started', 'stopped', 'undefined']);
  });

  it('keeps volumes in a pool: made, filled, read, cloned, grown', async () => {
    const qemu = await open('qemu:///session');
    const { storage } = qemu;
    const heard: LibvirtEvent[] = [];
    await qemu.listen((event) => heard.push(event));
    const pool = await storage.definePool(`<pool type="dir"><name>p</name><target><path>${daemon.folder}/pool</path></target></pool>`);
    await storage.buildPool(pool);
    await storage.startPool(pool);
    expect(await storage.isPoolActive(pool)).toBe(true);
    const xml = (name: string, format: string): string =>
      `<volume><name>${name}</name><capacity>3000000</capacity><target><format type="${format}"/></target></volume>`;
    const vol = await storage.createVolume(pool, xml('a', 'raw'));
    const content = Buffer.alloc(1_000_000, 'klevr ');
    await storage.upload(vol, { offset: 500_000, length: content.length }, [content]);
    const read = await storage.download(vol, { offset: 500_000, length: content.length });
    expect(read.equals(content)).toBe(true);
    const clone = await storage.cloneVolume(pool, xml('b', 'qcow2'), vol);
    await storage.resizeVolume(clone, 4_194_304);
    expect(await storage.volumeXml(clone)).toContain("<capacity unit='bytes'>4194304");
    expect((await storage.volumes(pool)).map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(await storage.findVolumeByPath(vol.key)).toEqual(vol);
    for (const one of [vol, clone]) await storage.deleteVolume(one);
    expect(await storage.findVolume(pool, 'a')).toBeUndefined();
    await storage.refreshPool(pool);
    await storage.stopPool(pool);
    await storage.undefinePool(pool);
    expect(await storage.findPool('p')).toBeUndefined();
    await eventually('the last event', 10_000, () => heard.find(({ of, what }) => of === 'pool' && what === 'undefined'));
    const told = heard.filter(({ of }) => of === 'pool').map(({ what }) => what);
    expect([...new Set(told)]).toEqual(['defined', 'created', 'started', 'refreshed', 'stopped', 'undefined']);
  });

  it("answers with libvirt's own errors", async () => {
    const qemu = await open('qemu:///session');
    const refused = await qemu.domains.define('<domain type="qemu"><name>x</name></domain>').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LibvirtError);
    expect(refused).toMatchObject({ code: 27, level: 2 });
    await expect(Hypervisor.open({ socketPath: daemon.socketPath, uri: 'nothing:///here' })).rejects.toThrow(LibvirtError);
  });

  it('answers many questions at once, each with its own answer', async () => {
    const test = await open('test:///default');
    const names = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 'test' : `absent-${index}`));
    const found = await Promise.all(names.map((name) => test.domains.findByName(name)));
    expect(found.map((dom) => dom?.name)).toEqual(names.map((name) => (name === 'test' ? name : undefined)));
  });

  it('says that the connection ended when the daemon dies, and can be opened anew', async () => {
    const qemu = await open('qemu:///session');
    await daemon.restart();
    expect(await qemu.closed).toBeInstanceOf(Error);
    await expect(qemu.hostname()).rejects.toThrow(/connection to libvirt|closed the connection/);
    const again = await open('qemu:///session');
    expect(await again.type()).toBe('QEMU');
  });
});
