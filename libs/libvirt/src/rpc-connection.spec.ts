import { afterEach, describe, expect, it } from '@jest/globals';
import { FakeDaemon } from './fake-daemon.fixture.js';
import { type Frame, frameStatuses, frameTypes, programs } from './frame.js';
import { Hypervisor } from './hypervisor.js';
import { LibvirtConnectionError, LibvirtError } from './libvirt-error.js';
import { procedures } from './procedures.js';
import { RpcConnection, type RpcOptions } from './rpc-connection.js';
import { uploadVolume } from './volume-stream.js';
import { toXdr } from './xdr.js';

const error = (message: string): Buffer =>
  Buffer.concat([
    Buffer.from('0000000900000007', 'hex'),
    Buffer.from('00000001', 'hex'),
    textBytes(message),
    Buffer.from('00000002', 'hex'),
    Buffer.alloc(28),
  ]);
const textBytes = (text: string): Buffer => toXdr(procedures.domainByName.args, { name: text });
const volume = { pool: 'p', name: 'v', key: '/v' };

describe('a connection to libvirt', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  const daemonThat = async (answer: (frame: Frame, daemon: FakeDaemon) => void): Promise<FakeDaemon> => {
    const daemon = await FakeDaemon.start(answer);
    open.push(daemon);
    return daemon;
  };
  const connected = async (daemon: FakeDaemon, options: Partial<RpcOptions> = {}): Promise<RpcConnection> => {
    const rpc = await RpcConnection.open({ socketPath: daemon.socketPath, ...options });
    open.push(rpc);
    return rpc;
  };
  const version = Buffer.alloc(8);

  it('says where nobody is', async () => {
    await expect(RpcConnection.open({ socketPath: '/nonexistent/libvirt-sock' })).rejects.toThrow(
      'not to be reached at /nonexistent/libvirt-sock',
    );
  });

  it('refuses a daemon that wants polkit, and says what to do', async () => {
    const daemon = await daemonThat((frame, self) => self.reply(frame, Buffer.from('0000000100000002', 'hex')));
    await expect(Hypervisor.open({ socketPath: daemon.socketPath, uri: 'qemu:///system' })).rejects.toThrow(
      /wants authentication by polkit; run as root/,
    );
  });

  it('gives each call its own answer, in whatever order they come', async () => {
    const asked: Frame[] = [];
    const daemon = await daemonThat((frame, self) => {
      asked.push(frame);
      if (asked.length === 3)
        for (const one of asked.reverse()) self.reply(one, Buffer.from(`00000000${one.head.serial.toString(16).padStart(8, '0')}`, 'hex'));
    });
    const rpc = await connected(daemon);
    const answers = await Promise.all([1, 2, 3].map(() => rpc.call(procedures.getVersion, undefined)));
    expect(answers.map((answer) => answer.version)).toEqual([1, 2, 3]);
  });

  it('has no more calls under way than the daemon reads', async () => {
    let most = 0;
    const waiting: Frame[] = [];
    const daemon = await daemonThat((frame, self) => {
      waiting.push(frame);
      most = Math.max(most, waiting.length);
      setImmediate(() => {
        for (const one of waiting.splice(0)) self.reply(one, version);
      });
    });
    const rpc = await connected(daemon);
    await Promise.all(Array.from({ length: 20 }, () => rpc.call(procedures.getVersion, undefined)));
    expect(most).toBeLessThanOrEqual(4);
  });

  it('gives up a call that is not answered in time, and drops the answer that comes too late', async () => {
    const late: Frame[] = [];
    const daemon = await daemonThat((frame, self) => {
      if (late.length === 0) late.push(frame);
      else for (const one of [...late, frame]) self.reply(one, version);
    });
    const rpc = await connected(daemon);
    await expect(rpc.call(procedures.getVersion, undefined, 20)).rejects.toThrow('did not answer call 4 within 20 ms');
    await expect(rpc.call(procedures.getVersion, undefined)).resolves.toEqual({ version: 0 });
  });

  it('turns an error reply into an error with its numbers', async () => {
    const daemon = await daemonThat((frame, self) => self.reply(frame, error('no luck'), 'error'));
    const rpc = await connected(daemon);
    const refused = await rpc.call(procedures.getVersion, undefined).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(LibvirtError);
    expect(refused).toMatchObject({ message: 'no luck', code: 9, domain: 7, level: 2 });
  });

  it('ends all calls when the connection ends, and refuses new ones', async () => {
    const daemon = await daemonThat((_, self) => void self.close());
    const rpc = await connected(daemon);
    await expect(rpc.call(procedures.getVersion, undefined)).rejects.toThrow(LibvirtConnectionError);
    expect(await rpc.closed).toBeInstanceOf(LibvirtConnectionError);
    await expect(rpc.call(procedures.getVersion, undefined)).rejects.toThrow(LibvirtConnectionError);
    open.splice(open.indexOf(daemon as { close(): unknown }), 1);
  });

  it('ends when the daemon says what cannot be read', async () => {
    const daemon = await daemonThat((_, self) => self.raw(Buffer.from('ffffffff', 'hex')));
    const rpc = await connected(daemon);
    await expect(rpc.call(procedures.getVersion, undefined)).rejects.toThrow('cannot be read: a message of 4294967295 bytes');
  });

  it('answers the keepalive of the daemon', async () => {
    const ponged = new Promise<Frame>((resolve) => {
      void daemonThat((frame, self) => {
        if (frame.head.program === programs.keepalive) resolve(frame);
        else self.say('keepalive', 1);
      }).then(async (daemon) => (await connected(daemon)).call(procedures.getVersion, undefined).catch(() => undefined));
    });
    expect((await ponged).head.procedure).toBe(2);
  });

  it('asks a silent daemon whether it lives, and gives it up when it does not answer', async () => {
    const daemon = await daemonThat(() => undefined);
    const rpc = await connected(daemon, { keepAliveMs: 5 });
    rpc.keepAlong();
    await expect(rpc.call(procedures.getVersion, undefined)).rejects.toThrow('libvirt no longer answers');
    expect(daemon.heard.filter(({ head }) => head.program === programs.keepalive && head.procedure === 1)).toHaveLength(3);
  });

  it('ends an upload that the daemon breaks off, with its reason', async () => {
    const daemon = await daemonThat((frame, self) => {
      if (frame.head.type === frameTypes.stream) self.reply(frame, error('disk full'), 'error');
      else self.reply(frame, Buffer.alloc(0));
    });

    const rpc = await connected(daemon);
    await expect(uploadVolume(rpc, volume, { offset: 0, length: 4 }, [Buffer.from('data')])).rejects.toThrow('disk full');
  });

  it('tells the daemon to drop an upload whose source fails', async () => {
    const dropped = new Promise<number>((resolve) => {
      void daemonThat((frame, self) => {
        if (frame.head.type === frameTypes.stream) resolve(frame.head.status);
        else self.reply(frame, Buffer.alloc(0));
      }).then(async (daemon) => {
        // eslint-disable-next-line require-yield
        const broken = async function* (): AsyncGenerator<Buffer> {
          throw new Error('cannot read');
        };
        await expect(uploadVolume(await connected(daemon), volume, { offset: 0, length: 4 }, broken())).rejects.toThrow('cannot read');
      });
    });
    expect(await dropped).toBe(frameStatuses.error);
  });
});
