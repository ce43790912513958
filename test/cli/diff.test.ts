import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { capturePath } from '../dissector/stats/run-statistic.ts';
import { run } from './fake-io.ts';

const A = capturePath('nfs3-libnfs.pcap');
const HEADER = 24;

/** The packets of a classic little-endian capture, each with its header. */
function packets(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = HEADER; at < bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    found.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return found;
}

describe('cli/diff', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-diff-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  /** A copy of the capture with its packets changed. */
  function copy(name: string, change: (all: Buffer[]) => readonly Buffer[]): string {
    const bytes = readFileSync(A);
    const path = join(folder, name);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, HEADER), ...change(packets(bytes))]));
    return path;
  }

  /** Frame of the capture's first reply to that procedure, and of its call. */
  async function transaction(procedure: string): Promise<{ call: number; reply: number }> {
    const { out } = await run(['inspect', '--calls', '-T', 'ndjson', A]);
    const all = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return all.find(({ procedureName }) => procedureName === procedure);
  }

  it('decodes as it is asked to, and compares what a filter lets through', async () => {
    const cut = copy('without-mount.pcap', (all) => all.filter((_, i) => i !== 17 && i !== 18));
    const summary = async (...options: string[]) => {
      const ran = await run(['diff', A, cut, '-q', ...options]);
      return [ran.status, ran.out.split('\n')[0]?.replace(/^.*: /, '')];
    };
    expect((await summary())[0]).to.equal(1);
    expect(await summary('-Y', 'nfs')).to.deep.equal([0, '32 same, 0 changed, 0 missing, 0 extra']);
    expect(await summary('-Y', 'nfs', '-o', 'rpc.defragment_rpc_over_tcp:TRUE')).to.have.property('0', 0);
    expect((await run(['diff', A, cut, '-d', 'tcp.port==1,http'])).err).to.contain('-d: "http"');
    expect((await run(['diff', A, cut, '-Y', 'nfs ==']))?.err).to.contain('display filter');
  });

  it('finds a capture the same as itself, at another time and from other addresses', async () => {
    const moved = copy('moved.pcap', (all) =>
      all.map((packet) => {
        packet.writeUInt32LE(packet.readUInt32LE(0) + 3600, 0);
        // both ends become 127.0.0.9
        packet[16 + 14 + 15] = 9;
        packet[16 + 14 + 19] = 9;
        return packet;
      }),
    );
    const { status, out } = await run(['diff', A, moved]);
    expect(out.split('\n')[0]).to.match(/^67 calls in A, 67 in B: 67 same, 0 changed, 0 missing, 0 extra$/);
    expect(status).to.equal(0);
  });

  it('tells missing, extra and changed calls, as text and as objects', async () => {
    const { call, reply } = await transaction('GETATTR');
    const dropped = copy('dropped.pcap', (all) => all.filter((_, i) => i + 1 !== call && i + 1 !== reply));
    const missing = await run(['diff', A, dropped]);
    expect(missing.status).to.equal(1);
    expect(missing.out).to.match(new RegExp(`^missing {2}A#${call}-${reply} .* NFS V3 GETATTR xid 0x`, 'm'));
    const extra = await run(['diff', dropped, A, '--json']);
    const told = extra.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const first = told.find(({ kind }) => kind === 'extra');
    expect(first).to.include({ procedureName: 'GETATTR' });
    expect(first.b).to.include({ call, reply });
    expect(told.at(-1)).to.include({ kind: 'summary' });

    const changed = copy('changed.pcap', (all) => {
      const packet = all[reply - 1]!;
      packet[packet.length - 1]! ^= 1; // the last byte of ctime
      return all;
    });
    const { status, out } = await run(['diff', A, changed]);
    expect(status).to.equal(1);
    const lines = out.split('\n');
    expect(lines[0]).to.match(
      new RegExp(`^changed {2}A#${call}-${reply} B#${call}-${reply} .* NFS V3 GETATTR`),
    );
    expect(lines[1]).to.match(/^ +result\.\S+: \d+ → \d+$/);
    const ignored = await run(['diff', A, changed, '--ignore', '*.ctime']);
    expect(ignored.status).to.equal(0);
    const brief = await run(['diff', A, changed, '-q']);
    expect(brief.out).to.match(/^67 calls in A/);
  });

  it('compares the bytes of a program that no .x describes', async () => {
    const ledger = capturePath('ledger-tcp.pcap');
    const same = await run(['diff', ledger, ledger]);
    expect(same.status).to.equal(0);
    expect(same.out).to.match(/^[1-9]\d* calls in A/);
    expect(same.out).not.to.contain('in part');
  });

  it('takes messages that were sent twice for one', async () => {
    const { call } = await transaction('GETATTR');
    const doubled = copy('doubled.pcap', (all) =>
      all.flatMap((packet, i) => (i + 1 === call ? [packet, packet] : [packet])),
    );
    expect((await run(['diff', A, doubled])).status).to.equal(0);
  });

  it('exits 2 for a capture that cannot be read, after what could be', async () => {
    const none = await run(['diff', A, join(folder, 'none.pcap')]);
    expect([none.status, none.out]).to.eql([2, '']);
    expect(none.err).to.match(/none\.pcap: no such file or directory\n$/);
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(A).subarray(0, 20_000));
    const broken = await run(['diff', A, cut]);
    expect(broken.status).to.equal(2);
    expect(broken.out).to.contain('missing');
    expect(broken.err).to.match(/cut\.pcap: .* at offset \d+\n$/);
  });

  it('wants two captures', async () => {
    for (const files of [[], [A], [A, A, A]]) expect((await run(['diff', ...files])).status).to.equal(2);
  });
});
