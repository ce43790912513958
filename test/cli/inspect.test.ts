import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fakeIo, type Ran, run as runLine } from './fake-io.ts';

const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));
const RPCBIND = capture('rpcbind-tcp-udp.pcap');
const LEDGER = capture('ledger-tcp.pcap');
const LEDGER_X = capture('src/ledger.x');

const inspect = (...argv: string[]): Promise<Ran> => runLine(['inspect', ...argv]);
const lines = (ran: Ran) => ran.out.split('\n').slice(0, -1);

describe('cli/inspect', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-inspect-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints a line for every packet', async () => {
    const all = await inspect(RPCBIND);
    expect(all).to.include({ status: 0, err: '' });
    expect(lines(all)[0]).to.match(/^ {4}1 {3}0\.000000 /);
    expect(lines(await inspect('-r', RPCBIND, '-c', '3'))).to.deep.equal(lines(all).slice(0, 3));
    expect(lines(await inspect('-q', RPCBIND))).to.deep.equal([]);
  });

  it('filters by -Y and by words left over', async () => {
    const calls = await inspect(RPCBIND, '-Y', 'rpc.msgtyp == Call', '-Tfields', '-e', 'frame.number');
    expect(lines(calls).length).to.equal(12);
    expect(
      await inspect('-r', RPCBIND, '-Tfields', '-e', 'frame.number', 'rpc.msgtyp', '==', '0'),
    ).to.deep.equal(calls);
  });

  it('points at what is wrong in a filter', async () => {
    expect(await inspect(RPCBIND, '-Y', 'rpc.xid == abc')).to.deep.equal({
      status: 2,
      out: '',
      err: 'oncilla: display filter: "abc" is not a valid number.\n    rpc.xid == abc\n               ^~~\n',
    });
  });

  it("points at what is wrong in a statistic's filter, not in what stands before it", async () => {
    const { status, err } = await inspect('-q', '-z', 'io,stat,1,ip,ip.src == nothing', RPCBIND);
    expect(status).to.equal(2);
    expect(err).to.contain('\n    ip.src == nothing\n              ^~~~~~~\n');
  });

  it('prints fields with -E options, and names fields that do not exist', async () => {
    const { out } = await inspect(
      RPCBIND,
      '-Tfields',
      '-e',
      'frame.number',
      '-e',
      'rpc.msgtyp',
      '-E',
      'header=y',
      '-E',
      'separator=,',
      '-c1',
    );
    expect(out).to.equal('frame.number,rpc.msgtyp\n1,0\n');
    expect((await inspect(RPCBIND, '-Tfields', '-e', 'rpc.nosuch', '-e', 'no')).err).to.equal(
      "oncilla: -e: Some fields aren't valid: rpc.nosuch, no\n",
    );
    expect((await inspect(RPCBIND, '-Tfields', '-e', 'rpc.xid', '-E', 'nosuch=1')).status).to.equal(2);
  });

  it('prints trees, bytes, JSON and ndjson', async () => {
    expect((await inspect(RPCBIND, '-V', '-Y', 'rpc')).out).to.contain(
      'Remote Procedure Call, Type:Call XID:0x',
    );
    expect((await inspect(RPCBIND, '-x', '-c1')).out).to.match(/^0000 {2}([0-9a-f]{2} ){16}/);
    const json = JSON.parse((await inspect(RPCBIND, '-Tjson', '-c2')).out);
    expect(json.map((p: { _source: { layers: object } }) => Object.keys(p._source.layers)[0])).to.deep.equal([
      'frame',
      'frame',
    ]);
    const ndjson = lines(await inspect(RPCBIND, '-Tndjson', '-c2')).map((line) => JSON.parse(line));
    expect(ndjson.map((p) => p.number)).to.deep.equal([1, 2]);
  });

  it('joins calls and replies, in text and as the contract has them', async () => {
    const text = await inspect(RPCBIND, '--calls');
    expect(lines(text).length).to.equal(12);
    expect(text.out).to.contain(' → ').and.contain('Portmap V').and.contain('SUCCESS');
    const calls = lines(await inspect(RPCBIND, '--calls', '-T', 'ndjson')).map((line) => JSON.parse(line));
    expect(Object.keys(calls[0])).to.deep.equal([
      ...[
        'call',
        'reply',
        'time',
        'transport',
        'client',
        'server',
        'xid',
        'program',
        'programName',
        'version',
      ],
      ...['procedure', 'procedureName', 'auth', 'latency', 'verdict', 'args', 'result', 'malformed'],
    ]);
    expect(calls.every((c) => c.program === 100000 && c.call < c.reply && c.malformed.length === 0)).to.equal(
      true,
    );
    expect(lines(await inspect(RPCBIND, '--calls', '-Y', 'udp')).length).to.be.within(1, 11);
  });

  it('decodes a program by its .x', async () => {
    const calls = lines(await inspect(LEDGER, '--calls', '-Tndjson', '--idl', LEDGER_X)).map((line) =>
      JSON.parse(line),
    );
    expect(calls.length).to.equal(22);
    expect(calls.some((c) => c.args !== null && c.procedureName !== null)).to.equal(true);
    const walked = await inspect(LEDGER, '--calls', '-Tndjson', '--idl', LEDGER_X, '--no-codegen');
    expect(lines(walked).map((line) => JSON.parse(line))).to.deep.equal(calls);
  });

  it('knows fields of programs, by path and by the name tshark has', async () => {
    const named = (filter: string, field: string, ...more: string[]) =>
      inspect(...more, '-Y', filter, '-Tfields', '-e', field);
    expect((await named('ledger.name == "alice"', 'ledger.name', LEDGER, '--idl', LEDGER_X)).out).to.match(
      /^alice\n/,
    );
    expect((await named('nfs.name', 'nfs.name', capture('nfs3-libnfs.pcap'))).out).to.match(/^hello\.txt\n/);
    const counted = await inspect(
      '-q',
      '-z',
      'io,stat,0,nfs.name == "hello.txt"',
      capture('nfs3-libnfs.pcap'),
    );
    expect(counted.out).to.match(/<> .*\| +[1-9]\d* \|/);
  });

  it('finds no data below a program that it knows', async () => {
    const { out } = await inspect('-q', '-z', 'io,phs,tcp', RPCBIND);
    const names = out.split('\n').filter((line) => line.includes('frames:'));
    expect(names.map((line) => line.trim().split(' ')[0])).to.eql(['eth', 'ip', 'tcp', 'rpc', 'portmap']);
  });

  it('prints program statistics', async () => {
    const { out } = await inspect('-q', '-z', 'rpc,programs', RPCBIND);
    expect(out).to.match(/ONC-RPC Program Statistics:\nProgram .*\nPortmap\(100000\) /);
  });

  it('reads standard input twice', async () => {
    const bytes = readFileSync(RPCBIND);
    const argv = ['inspect', '-2', '-r', '-', '-Tfields', '-e', 'rpc.reqframe', '-Y', 'rpc.msgtyp == 0'];
    // -2 spools what the stream holds; a single pass reads the process's own descriptor
    const ran = await runLine(argv, fakeIo({ stdin: [bytes.subarray(0, 1000), bytes.subarray(1000)] }));
    expect(ran).to.include({ status: 0, err: '' });
    expect(lines(ran).every((line) => /^\d+$/.test(line))).to.equal(true);
    expect(ran.out).to.equal(
      (await inspect('-2', RPCBIND, '-Tfields', '-e', 'rpc.reqframe', '-Y', 'rpc.msgtyp == 0')).out,
    );
  });

  it('shows what came before a defect, then where and why', async () => {
    const cut = join(folder, 'cut.pcap');
    const bytes = readFileSync(RPCBIND);
    writeFileSync(cut, bytes.subarray(0, bytes.length - 5));
    const whole = lines(await inspect(RPCBIND, '-Tfields', '-e', 'frame.number'));
    const ran = await inspect(cut, '-Tfields', '-e', 'frame.number');
    expect(lines(ran)).to.deep.equal(whole.slice(0, -1));
    expect(ran.status).to.equal(2);
    expect(ran.err).to.match(/^oncilla: .*cut\.pcap: .* at offset \d+\n$/);
  });

  it('says why a file cannot be opened', async () => {
    expect(await inspect(join(folder, 'absent'))).to.deep.include({ status: 2, out: '' });
    expect((await inspect(join(folder, 'absent'))).err).to.match(/absent: no such file or directory\n$/);
    expect((await inspect(folder)).err).to.match(/: is a directory\n$/);
    writeFileSync(join(folder, 'text'), 'this is no capture at all');
    expect((await inspect(join(folder, 'text'))).status).to.equal(2);
  });

  it('exits 1 for malformed messages with --strict only', async () => {
    const broken = join(folder, 'broken.x');
    // the same program with arguments that cannot be what was sent
    writeFileSync(
      broken,
      readFileSync(LEDGER_X, 'utf8').replace(
        /^(\s*)(\w+)(\s+\w+)\(.*\)\s*=\s*1;/m,
        '$1$2$3(unsigned hyper) = 1;',
      ),
    );
    expect((await inspect(LEDGER, '-q', '--strict', '--idl', LEDGER_X)).status).to.equal(0);
    const strict = await inspect(LEDGER, '-q', '--strict', '--idl', broken);
    expect(strict.status).to.equal(1);
    expect(strict.err).to.match(/: \d+ malformed calls or replies\n$/);
    expect((await inspect(LEDGER, '-q', '--idl', broken)).status).to.equal(0);
  });

  it('ends with what it has when interrupted', async () => {
    const io = fakeIo();
    io.abort.abort();
    const big = join(folder, 'big.pcap');
    const bytes = readFileSync(capture('nfs3-libnfs.pcap'));
    writeFileSync(big, Buffer.concat([bytes, ...new Array<Buffer>(400).fill(bytes.subarray(24))]));
    const ran = await runLine(['inspect', '-q', '-z', 'rpc,programs', big], io);
    expect(ran.status).to.equal(130);
    expect(ran.out).to.contain('ONC-RPC Program Statistics:');
    expect(ran.err).to.match(/: interrupted after \d+ packets\n$/);
  });
});
