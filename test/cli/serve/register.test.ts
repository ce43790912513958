import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { registerAll, registrations } from '../../../cli/serve/register.ts';
import { connectCaller } from '../../../client/caller.ts';
import { PortmapClient } from '../../../client/portmap.ts';
import { programs } from '../../../codec/programs/virt.gen.ts';
import { Engine } from '../../../server/engine/engine.ts';
import { listenPortmap } from '../../../server/portmap/listen.ts';

const program = programs.find(({ number }) => number === 0x20001a65)!;
const services = [{ program, handler: () => undefined }];

describe('cli/serve/register', () => {
  it('registers what rpcbind knows of: TCP, UDP and UNIX listeners', () => {
    const urls = ['tcp://127.0.0.1:258', 'udp://[::1]:1', 'unix:///run/s', 'tls://127.0.0.1:9'];
    const made = registrations(urls, services);
    expect(made.map(({ key, address }) => [key.netid, key.version, address])).to.deep.equal([
      ['tcp', 1, '127.0.0.1.1.2'],
      ['udp6', 1, '::1.0.1'],
      ['local', 1, '/run/s'],
    ]);
  });

  describe('with a port mapper', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-register-'));
    const socket = `unix://${folder}/rpcbind.sock`;
    const engines: Engine[] = [];
    let portmap: Awaited<ReturnType<typeof listenPortmap>>;
    let client: PortmapClient;
    const connect = async () => new PortmapClient(await connectCaller(socket));
    const key = { program: program.number, version: 1, netid: 'tcp' };

    beforeEach(async () => {
      portmap = await listenPortmap([socket]);
      client = await connect();
    });
    afterEach(async () => {
      client.close();
      for (const engine of engines.splice(0)) await engine.stop({ drainMs: 0 });
      await portmap.stop();
    });
    after(() => rmSync(folder, { recursive: true }));

    const daemon = async (served = services) => {
      const engine = new Engine({ descriptors: null });
      engines.push(engine);
      for (const service of served) engine.addService(service);
      return { engine, url: (await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' })).url };
    };
    const register = (...urls: string[]) =>
      registerAll(
        urls.map((url) => ({ url })),
        services,
        () => undefined,
        connect,
      );
    const refusal = (...urls: string[]) =>
      register(...urls).then(
        () => '',
        (e: Error) => e.message,
      );
    const addressOf = (url: string) => registrations([url], services)[0]!.address;
    const registered = async () =>
      (await client.dump())
        .filter((one) => one.program === key.program)
        .map(({ netid, address }) => `${netid} ${address}`);

    it('leaves to another daemon what it answers at, and takes back what it had done itself', async () => {
      const [first, second] = [await daemon(), await daemon()];
      const undo = await register(first.url);
      expect(await refusal('unix:///run/second.sock', second.url)).to.equal(
        `--rpcbind: program 536877669 version 1 is registered for tcp at ${addressOf(first.url)}, where somebody answers`,
      );
      expect(await registered()).to.deep.equal([`tcp ${addressOf(first.url)}`]);
      await undo();
      expect(await registered()).to.deep.equal([]);
    });

    it('takes the place of a daemon that died, and of one whose port another program has now', async () => {
      const [gone, other, mine] = [await daemon(), await daemon([]), await daemon()];
      await gone.engine.stop({ drainMs: 0 });
      for (const stale of [gone, other]) {
        expect(await client.set(key, addressOf(stale.url))).to.equal(true);
        const undo = await register(mine.url);
        expect(await registered()).to.deep.equal([`tcp ${addressOf(mine.url)}`]);
        await undo();
      }
    });

    it('knows its own socket in what is registered, under every address of the machine too', async () => {
      const mine = await daemon();
      expect(await client.set(key, addressOf(mine.url).replace('127.0.0.1', '0.0.0.0'))).to.equal(true);
      await register(mine.url);
      expect(await registered()).to.deep.equal([`tcp ${addressOf(mine.url)}`]);
    });

    it('keeps its hands off what somebody registered in its place', async () => {
      const [first, second] = [await daemon(), await daemon()];
      const undo = await register(first.url);
      await client.unset(key);
      await client.set(key, addressOf(second.url));
      await undo();
      expect(await registered()).to.deep.equal([`tcp ${addressOf(second.url)}`]);
    });

    it('registers the first of two listeners of a kind', async () => {
      const [first, second] = [await daemon(), await daemon()];
      const undo = await register(first.url, second.url);
      expect(await registered()).to.deep.equal([`tcp ${addressOf(first.url)}`]);
      await undo();
      expect(await registered()).to.deep.equal([]);
    });
  });
});
