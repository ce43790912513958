import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { SERVE_OPTIONS } from '../../../cli/serve/options.ts';
import { serveSettings } from '../../../cli/serve/settings.ts';
import { connectVirt } from '../../../client/virt.ts';
import { RawClient } from '../../peers/daemon.ts';
import { args, Connection, verdictOf } from '../../peers/reliability/world.ts';
import { running } from './running.ts';

describe('cli/serve/daemon', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-serve-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('serves on every listener, keeps a record, and ends', async () => {
    const file = join(folder, 'r.pcapng');
    const socket = join(folder, 's');
    const { daemon, uri } = await running([
      '--listen',
      `unix://${socket}`,
      '--record',
      file,
      '--metrics',
      '127.0.0.1:0',
    ]);
    for (const one of [uri, `test+unix:///default?socket=${socket}`]) {
      const client = await connectVirt(one);
      expect(await client.uri()).to.equal('test:///default');
      await client.close();
    }
    await daemon.stop();
    expect(readFileSync(file).readUInt32LE(0)).to.equal(0x0a0d0d0a);
    expect(
      await connectVirt(uri).then(
        () => 'there',
        () => 'gone',
      ),
    ).to.equal('gone');
  });

  it('keeps definitions for the next daemon, and one directory for one daemon', async () => {
    const first = await running(['--state-dir', folder]);
    const client = await connectVirt(first.uri);
    await client.defineDomain(
      "<domain type='test'><name>kept</name><memory>1</memory><os><type>hvm</type></os></domain>",
    );
    await client.close();
    const second = await running(['--state-dir', folder]).catch((e: Error) => e.message);
    expect(second).to.be.a('string').that.contains(folder);
    await first.daemon.stop();
    const third = await running(['--state-dir', folder]);
    const again = await connectVirt(third.uri);
    expect((await again.domains()).map(({ name }) => name)).to.include('kept');
    await again.close();
    await third.daemon.stop();
  });

  it('answers the same bytes as another daemon does, given the same calls, kept on disk or not', async () => {
    const domain = (name: string) =>
      `<domain type='test'><name>${name}</name><memory>1</memory><os><type>hvm</type></os></domain>`;
    const network = '<network><name>net</name></network>';
    const calls: readonly (readonly [name: string, args?: unknown])[] = [
      ['VERSION_EXCHANGE', { minor_low: 0, minor_high: 1, features: [] }],
      ['OPEN', { uri: 'test:///default' }],
      ['GET_CAPABILITIES'],
      ['DOMAIN_DEFINE', { xml: domain('one') }],
      ['DOMAIN_CREATE', { xml: domain('two') }],
      ['DOMAIN_DEFINE', { xml: '<domain' }],
      ['DOMAIN_SUSPEND', { id: 1 }],
      ['DOMAIN_SAVE', { id: 2, file: '/saved/two' }],
      ['DOMAIN_RESTORE', { file: '/saved/two' }],
      ['DOMAIN_DESTROY', { id: 77 }],
      ['NETWORK_DEFINE', { xml: network }],
      ['LIST_ALL_NETWORKS'],
      ['LIST_ALL_DOMAINS'],
      ['LIST_DEFINED_DOMAINS'],
      ['DOMAIN_LOOKUP_BY_NAME', { name: 'one' }],
    ];
    const answers = async (options: readonly string[]): Promise<string[]> => {
      const { daemon, uri } = await running(options);
      const raw = await RawClient.connect(Number(/:(\d+)\//.exec(uri)?.[1]));
      const connection = new Connection(raw);
      const found: string[] = [];
      for (const [name, value] of calls) {
        const body = value === undefined ? new Uint8Array(0) : args(name, value);
        const reply = await connection.send(name, body);
        expect(verdictOf(reply), name).to.equal('SUCCESS');
        if (reply?.type === 'accepted') found.push(`${name} ${Buffer.from(reply.body).toString('hex')}`);
      }
      raw.close();
      await daemon.stop();
      return found;
    };
    const first = await answers([]);
    expect(await answers([])).to.deep.equal(first);
    expect(await answers(['--state-dir', folder])).to.deep.equal(first);
    expect(await answers(['--seed', 'another'])).to.not.deep.equal(first);
  });

  it('lets nothing stay open when it cannot start', async () => {
    const { daemon } = await running();
    const { url } = daemon.listening[0]!;
    const refused = await running(['--listen', url]).catch((e: Error) => e.message);
    expect(refused).to.match(/EADDRINUSE|in use/);
    await daemon.stop();
  });

  it('leaves an earlier recording alone when it cannot start, and replaces it when it can', async () => {
    const file = join(folder, 'keep.pcapng');
    writeFileSync(file, 'precious');
    const { daemon } = await running();
    const { url } = daemon.listening[0]!;
    // The first listener is bound, and the recording open, before the second fails.
    const refused = await running(['--listen', url, '--record', file]).catch((e: Error) => e.message);
    expect(refused).to.contain('EADDRINUSE');
    expect(readFileSync(file, 'utf8')).to.equal('precious');
    await daemon.stop();
    const again = await running(['--record', file]);
    await again.daemon.stop();
    expect(readFileSync(file).readUInt32BE(0)).to.equal(0x0a0d0d0a);
  });

  it('takes new limits for connections to come', async () => {
    const { daemon, uri } = await running();
    const limits = await parseArguments(['--max-connections', '1'], { options: SERVE_OPTIONS });
    daemon.reload(serveSettings(limits, {}));
    const client = await connectVirt(uri);
    expect(
      await connectVirt(uri).then(
        () => 'there',
        () => 'refused',
      ),
    ).to.equal('refused');
    await client.close();
    await daemon.stop();
  });
});
