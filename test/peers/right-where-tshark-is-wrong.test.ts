/**
 * What tshark 4.0.17 misses or misreads, a test for each case: by default every message that was sent is shown, paired
 * and decoded; with --tshark-compat what tshark shows, under each of its settings. The numbers of compat mode are
 * tshark's, and are asked of tshark itself where it is installed.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { run } from '../cli/fake-io.ts';
import { u32, udpPacket } from '../dissector/network/build.ts';
import * as playbook from '../dissector/session/playbook.ts';
import { Capture, CLIENT, Connection, SERVER, type Segment } from './made-captures.ts';
import { hasTshark, tshark } from './tshark.ts';

const { record } = playbook;
/** A file handle, and the attributes of a file: where a body is no NFS, tshark stops reading the frame. */
const HANDLE = Buffer.concat([u32(32), Buffer.alloc(32, 7)]);
const ATTRIBUTES = Buffer.concat([u32(0, 1, 0o644, 1), Buffer.alloc(72)]);
const call = (xid: number, parts: playbook.CallParts = {}) => playbook.call(xid, { args: HANDLE, ...parts });
const reply = (xid: number, result: Uint8Array = ATTRIBUTES) => playbook.reply(xid, result);

const captures = fileURLToPath(new URL('../../captures/', import.meta.url));

const FIELDS = ['rpc.msgtyp', 'rpc.xid', 'rpc.procedure', 'rpc.repframe', 'rpc.call.dup', 'rpc.reply.dup'];
const AS_FIELDS = ['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];

/** Of each message: `c1`, `r1`: type and xid. */
function messages(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [types = '', xids = ''] = line.split('\t').map((cell) => cell.split(',').filter((s) => s !== ''));
    return xids === '' ? [] : xids.map((xid, i) => `${types[i] === '0' ? 'c' : 'r'}${Number(xid)}`);
  });
}

async function inspect(file: string, ...args: string[]): Promise<string> {
  const { status, out, err } = await run(['inspect', '-n', '-r', file, ...args]);
  expect(status, err).to.equal(0);
  return out;
}

/** The messages that are shown by default. */
const shown = async (file: string, ...args: string[]) => messages(await inspect(file, ...AS_FIELDS, ...args));

/** The messages of compat mode, and tshark's, which must be the same, whatever else there is of them. */
async function asTshark(file: string, ...args: string[]): Promise<string[]> {
  const ours = await inspect(file, '--tshark-compat', ...AS_FIELDS, ...args);
  if (hasTshark) expect(ours, `tshark ${args.join(' ')}`).to.equal(tshark(file, ...AS_FIELDS, ...args));
  return messages(ours);
}

const DECODE_AS = ['-d', 'tcp.port==2049,rpc'];
const UNKNOWN_PROGRAMS = ['-o', 'rpc.dissect_unknown_programs:TRUE'];
const OUT_OF_ORDER = ['-o', 'tcp.reassemble_out_of_order:TRUE'];
const FIND_START = ['-o', 'rpc.find_fragment_start:TRUE'];
const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const pairs = (count: number) => range(count).flatMap((xid) => [`c${xid}`, `r${xid}`]);
const CUSTOM = { program: 0x20001234, version: 1, procedure: 2 };

describe('right where tshark is wrong', function () {
  this.slow(2000);

  it('record mark split over segments: 8 sent each, tshark shows 2 to 4, after 1 to 3 bytes never more', async () => {
    const splits = [1, 2, 3, 4, 5, 11, 12];
    const capture = new Capture();
    for (const after of splits) {
      const connection = new Connection({ capture, clientPort: 50_000 + after });
      connection.send('c', record(call(1)), after).send('s', record(reply(1)), after);
      const [two, three] = [call(2), call(3)].map((message) => record(message));
      connection.send('c', Buffer.concat([two!, three!]), two!.length + after);
      const [answer, next] = [reply(2), reply(3)].map((message) => record(message));
      connection.send('s', Buffer.concat([answer!, next!]), answer!.length + after);
      connection.send('c', record(call(4))).send('s', record(reply(4)));
    }
    const all = await shown(capture.file);
    expect(all).to.have.length(splits.length * 8);
    for (const stream of splits.keys()) {
      expect(await shown(capture.file, '-Y', `tcp.stream == ${stream}`)).to.have.members(pairs(4));
    }
    const counts = async (...flags: string[]) => {
      await asTshark(capture.file, ...flags);
      const streams = ['-Y', 'rpc.xid', '-T', 'fields', '-e', 'tcp.stream', '-e', 'rpc.xid'];
      const lines = (await inspect(capture.file, '--tshark-compat', ...flags, ...streams)).split('\n');
      return splits.map((_, stream) =>
        lines
          .filter((line) => line.startsWith(`${stream}\t`))
          .reduce((sum, line) => sum + line.split(',').length, 0),
      );
    };
    expect(await counts()).to.deep.equal([2, 4, 4, 4, 2, 4, 4]);
    expect(await counts(...DECODE_AS)).to.deep.equal([0, 4, 4, 8, 8, 8, 8]);
  });

  it('stream sent byte by byte: 4 sent, tshark shows 2', async () => {
    const connection = new Connection();
    const bytewise = (message: Uint8Array) => Array.from(message, () => 1);
    connection.send('c', record(call(1)), ...bytewise(record(call(1))));
    connection.send('s', record(reply(1)), ...bytewise(record(reply(1))));
    const { file } = connection.send('c', record(call(2))).send('s', record(reply(2))).capture;
    expect(await shown(file)).to.deep.equal(pairs(2));
    expect(await asTshark(file)).to.deep.equal(['c2', 'r2']);
  });

  it('first payload is a non-last fragment: 6 sent, tshark shows 0 and calls them SMPP, at best 4', async () => {
    const connection = new Connection();
    // the xid reads as the command bind_receiver
    const big = { args: Buffer.alloc(3000, 7) };
    connection.send('c', record(call(1, big), 1000, 1000), 1460, 1460).send('s', record(reply(1)));
    connection.send('c', record(call(2), 4)).send('s', record(reply(2), 4));
    const { file } = connection.send('c', record(call(3))).send('s', record(reply(3))).capture;
    expect(await shown(file)).to.deep.equal(pairs(3));
    expect(await inspect(file, '-Y', 'rpc.fragment.count == 3', '-T', 'fields', '-e', 'rpc.xid')).to.equal(
      '0x00000001\n',
    );
    expect(await asTshark(file)).to.deep.equal([]);
    expect(await asTshark(file, ...DECODE_AS)).to.deep.equal(['c1', 'r1', 'c3', 'r3']);
  });

  it('zero-length fragments: 6 sent, tshark shows 0, at best 3', async () => {
    const connection = new Connection();
    for (const xid of range(3)) {
      connection.send('c', record(call(xid), 0)).send('s', record(reply(xid), 40, 0));
    }
    const { file } = connection.capture;
    expect(await shown(file)).to.deep.equal(pairs(3));
    expect(await asTshark(file)).to.deep.equal([]);
    expect(await asTshark(file, ...DECODE_AS)).to.have.length.below(6);
  });

  describe('custom program', () => {
    it('over TCP: 14 sent, tshark shows 0, at best their headers; ours has the bodies', async () => {
      const connection = new Connection({ port: 9999 });
      for (const xid of range(7)) {
        connection.send('c', record(call(xid, CUSTOM))).send('s', record(reply(xid)));
      }
      const { file } = connection.capture;
      expect(await shown(file)).to.deep.equal(pairs(7));
      expect(await asTshark(file)).to.deep.equal([]);
      expect(await asTshark(file, '-d', 'tcp.port==9999,rpc', ...UNKNOWN_PROGRAMS)).to.deep.equal(pairs(7));
      const idl = ['--idl', join(captures, 'src/ledger.x')];
      const bodies = await inspect(join(captures, 'ledger-tcp.pcap'), ...idl, '--calls');
      expect(bodies).to.match(/LEDGER_POST .*account:"alice"/);
    });

    it('over UDP: 8 sent, tshark shows 0, at best their headers', async () => {
      const capture = new Capture();
      for (const xid of range(4)) {
        capture.add(udpPacket(CLIENT, 800, SERVER, 9999, call(xid, CUSTOM)));
        capture.add(udpPacket(SERVER, 9999, CLIENT, 800, reply(xid)));
      }
      expect(await shown(capture.file)).to.deep.equal(pairs(4));
      expect(await asTshark(capture.file)).to.deep.equal([]);
      expect(await asTshark(capture.file, ...UNKNOWN_PROGRAMS)).to.deep.equal(pairs(4));
    });

    it('and a multi-fragment message first: 2 sent, tshark shows 0, at best 2', async () => {
      const connection = new Connection({ port: 9999 });
      const { file } = connection.send('c', record(call(1, CUSTOM), 40)).send('s', record(reply(1))).capture;
      expect(await shown(file)).to.deep.equal(pairs(1));
      expect(await asTshark(file)).to.deep.equal([]);
      expect(await asTshark(file, '-d', 'tcp.port==9999,rpc', ...UNKNOWN_PROGRAMS)).to.deep.equal(pairs(1));
    });
  });

  /** Connections with four calls each, the second answered with 4000 bytes in segments of 500, which `orders` change. */
  function bigAnswers(...orders: ((segments: Segment[]) => Segment[])[]): string {
    const capture = new Capture();
    for (const [i, order] of orders.entries()) {
      const connection = new Connection({ capture, clientPort: 50_001 + i });
      connection
        .send('c', record(call(1)))
        .send('s', record(reply(1)))
        .send('c', record(call(2)));
      const answer = record(reply(2, Buffer.alloc(4000, 9)));
      for (const segment of order(connection.cut('s', answer, ...range(8).map(() => 500)))) {
        connection.put(segment);
      }
      for (const xid of [3, 4]) connection.send('c', record(call(xid))).send('s', record(reply(xid)));
    }
    return capture.file;
  }
  const withoutBig = pairs(4).filter((one) => one !== 'r2');

  it('segment reordering, the first late: 8 sent, tshark shows 7, and 8 when told to wait', async () => {
    const file = bigAnswers(
      (s) => [...s.slice(1), s[0]!],
      (s) => s.reverse(),
    );
    expect(await shown(file)).to.deep.equal([...pairs(4), ...pairs(4)]);
    expect(await asTshark(file)).to.deep.equal([...withoutBig, ...withoutBig]);
    expect(await asTshark(file, ...OUT_OF_ORDER)).to.deep.equal([...pairs(4), ...pairs(4)]);
  });

  it('lost segment: 7 whole and one in part, tshark shows 7, and fewer when told to wait', async () => {
    const file = bigAnswers(
      (s) => s.slice(1),
      (s) => s.filter((_, i) => i !== 3),
    );
    // of the first the header is lost too
    expect(await shown(file)).to.deep.equal([...withoutBig, ...pairs(4)]);
    expect(await inspect(file, '--calls')).to.match(/GETATTR .*\[bytes missing\]/);
    expect(await asTshark(file)).to.deep.equal([...withoutBig, ...withoutBig]);
    expect(await asTshark(file, ...OUT_OF_ORDER)).to.have.length(10);
  });

  it('lost and reordered at once: no setting of tshark shows both', async () => {
    const connection = new Connection();
    const answers = range(4).map((xid) => record(reply(xid, Buffer.alloc(1500, xid))));
    for (const xid of range(4)) connection.send('c', record(call(xid)));
    const segments = answers.map((answer) => connection.cut('s', answer, 600, 600));
    const [first, second, third, fourth] = segments as [Segment[], Segment[], Segment[], Segment[]];
    // the first answer loses its middle, the second comes in another order
    for (const s of [first[0]!, first[2]!, second[2]!, second[0]!, second[1]!, ...third, ...fourth]) {
      connection.put(s);
    }
    const { file } = connection.send('c', record(call(5))).send('s', record(reply(5))).capture;
    const sent = [...range(5).map((xid) => `c${xid}`), ...range(5).map((xid) => `r${xid}`)];
    expect(await shown(file)).to.have.members(sent);
    for (const settings of [[], OUT_OF_ORDER]) {
      expect(await asTshark(file, ...settings)).to.have.length.below(10);
    }
  });

  it('reply without call: 5 sent, tshark shows 2, at best 4 as of program 0', async () => {
    const capture = new Capture().add(udpPacket(SERVER, 2049, CLIENT, 800, reply(9)));
    const connection = new Connection({ capture });
    connection
      .send('s', record(reply(8)))
      .send('c', record(call(1)))
      .send('s', record(reply(1)));
    const { file } = connection.send('s', record(reply(7))).capture;
    expect(await shown(file)).to.deep.equal(['r9', 'r8', 'c1', 'r1', 'r7']);
    const calls = (await inspect(file, '--calls', '-T', 'ndjson')).trimEnd().split('\n');
    const lost = calls.map((line) => JSON.parse(line)).filter((one) => one.call === null);
    expect(lost.map(({ verdict, program }) => [verdict, program])).to.deep.equal(
      range(3).map(() => ['SUCCESS', null]),
    );
    expect(await asTshark(file)).to.deep.equal(['c1', 'r1']);
    expect(await asTshark(file, ...FIND_START)).to.deep.equal(['r8', 'c1', 'r1', 'r7']);
    expect(await inspect(file, '--tshark-compat', ...FIND_START)).to.include(' V0 proc-0 Reply\n');
  });

  it('a stream joined at a reply: 3 sent, tshark shows 2', async () => {
    const connection = new Connection({ joined: true });
    connection.send('s', record(reply(8))).send('c', record(call(1)));
    const { file } = connection.send('s', record(reply(1))).capture;
    expect(await shown(file)).to.deep.equal(['r8', 'c1', 'r1']);
    expect(await asTshark(file)).to.deep.equal(['c1', 'r1']);
  });

  it('xid reuse for another procedure: tshark decodes the second reply as the first procedure', async () => {
    const connection = new Connection();
    connection.send('c', record(call(7))).send('s', record(reply(7)));
    connection.send('c', record(call(7, { procedure: 6 }))).send('s', record(reply(7)));
    const { file } = connection.capture;
    const fields = ['-Y', 'rpc.msgtyp == 1', ...AS_FIELDS, '-e', 'nfs.procedure_v3', '-e', 'rpc.time'];
    expect((await inspect(file, ...fields)).split('\n').slice(0, 2)).to.deep.equal([
      '1\t0x00000007\t1\t4\t\t\t1\t0.001000000',
      '1\t0x00000007\t6\t6\t\t\t6\t0.001000000',
    ]);
    const theirs = await inspect(file, '--tshark-compat', ...fields);
    expect(theirs.split('\n')[1]).to.equal('1\t0x00000007\t1\t4\t\t5\t1\t0.003000000');
    if (hasTshark) expect(theirs).to.equal(tshark(file, ...fields));
  });

  it('callback on the same connection with an equal xid: tshark calls it a retransmission', async () => {
    const callback = { program: 0x40000000, version: 1, procedure: 0, args: Buffer.alloc(0) };
    const connection = new Connection();
    connection.send('c', record(call(1, { version: 4, procedure: 0, args: Buffer.alloc(0) })));
    connection.send('s', record(reply(1, Buffer.alloc(0)))).send('s', record(call(1, callback)));
    const { file } = connection.send('c', record(reply(1, Buffer.alloc(0)))).capture;
    const fields = ['-Y', 'rpc', '-T', 'fields', '-e', 'rpc.program', ...AS_FIELDS.slice(2)];
    expect((await inspect(file, ...fields)).split('\n')).to.deep.equal([
      '100003\t0\t0x00000001\t0\t\t\t',
      '100003\t1\t0x00000001\t0\t4\t\t',
      '1073741824\t0\t0x00000001\t0\t\t\t',
      '1073741824\t1\t0x00000001\t0\t6\t\t',
      '',
    ]);
    const theirs = await inspect(file, '--tshark-compat', ...fields);
    expect(theirs.trimEnd().split('\n').slice(2)).to.deep.equal([
      '1073741824\t0\t0x00000001\t0\t\t4\t',
      '100003\t1\t0x00000001\t0\t4\t\t5',
    ]);
    if (hasTshark) expect(theirs).to.equal(tshark(file, ...fields));
  });

  it('reply from another server address over UDP: paired by both, flagged by ours', async () => {
    const capture = new Capture()
      .add(udpPacket(CLIENT, 800, SERVER, 2049, call(5)))
      .add(udpPacket('10.0.0.9', 2049, CLIENT, 800, reply(5)));
    expect(await shown(capture.file)).to.deep.equal(['c5', 'r5']);
    expect(await asTshark(capture.file)).to.deep.equal(['c5', 'r5']);
    expect(await inspect(capture.file, '--calls')).to.include('[reply from another address]');
    expect(await inspect(capture.file, '-V')).to.include('[reply from another address]');
    expect(await inspect(capture.file, '-V', '--tshark-compat')).not.to.include('another address');
  });

  it('a call of RPC version 3 and its RPC_MISMATCH reply: tshark shows a continuation', async () => {
    const mismatch = (xid: number) => u32(xid, 1, 1, 0, 2, 2);
    const connection = new Connection();
    connection.send('c', record(call(1))).send('s', record(reply(1)));
    connection.send('c', record(call(2, { rpcvers: 3 }))).send('s', record(mismatch(2)));
    const { file } = connection.capture;
    const fields = [
      '-Y',
      'rpc',
      '-T',
      'fields',
      '-e',
      'rpc.xid',
      '-e',
      'rpc.version',
      '-e',
      'rpc.state_reject',
    ];
    expect((await inspect(file, ...fields)).trimEnd().split('\n').slice(2)).to.deep.equal([
      '0x00000002\t3\t',
      '0x00000002\t\t0',
    ]);
    expect(await inspect(file, '--calls')).to.include('RPC_MISMATCH');
    expect(await asTshark(file)).to.deep.equal(['c1', 'r1']);
    expect(await inspect(file, '--tshark-compat')).to.match(/RPC .* Continuation/);
  });

  it('RPC-with-TLS, with the keys: tshark shows the probe, then continuations', async () => {
    const file = join(captures, 'tls13-oncilla-starttls.pcapng');
    const programs = ['-Y', 'rpc.msgtyp', '-T', 'fields', '-e', 'rpc.program', '-e', 'rpc.msgtyp'];
    expect((await inspect(file, ...programs)).trimEnd().split('\n')).to.deep.equal([
      '100000\t0',
      '100000\t1',
      '536877669\t0',
      '536877669\t1',
    ]);
    expect(await asTshark(file)).to.have.length(2);
    expect(await inspect(file, '--tshark-compat')).to.match(/RPC .* Continuation/);
  });

  describe('statistics', () => {
    const oneCall = (parts: playbook.CallParts, answered: number) => {
      const connection = new Connection({ port: 9999 });
      connection.send('c', record(call(1, parts)));
      if (answered > 0) connection.send('s', record(reply(1)));
      return connection.capture.file;
    };

    it('-z rpc,srt for a custom program: an error in tshark', async () => {
      const file = oneCall(CUSTOM, 1);
      const srt = await inspect(file, '-q', '-z', `rpc,srt,${CUSTOM.program},1`);
      expect(srt).to.match(/\n *2 +proc-2 +1 +0\.001/);
      const refused = await run([
        'inspect',
        '-r',
        file,
        '--tshark-compat',
        '-q',
        '-z',
        `rpc,srt,${CUSTOM.program},1`,
      ]);
      expect(refused.status).to.equal(2);
      expect(refused.err).to.include(`Program:${CUSTOM.program} version:1 isn't supported`);
    });

    it('-z rpc,programs counts calls: in tshark replies that succeeded', async () => {
      const file = oneCall({}, 0);
      const programs = ['-q', '-z', 'rpc,programs'];
      expect(await inspect(file, ...programs)).to.match(/NFS\(100003\) +3 +1 /);
      const theirs = await inspect(file, '--tshark-compat', ...programs);
      expect(theirs).not.to.include('NFS');
      if (hasTshark) expect(theirs).to.equal(tshark(file, ...programs));
    });

    it('outstanding calls, percentiles, per client: not in tshark', async () => {
      const latency = await inspect(oneCall({}, 0), '-q', '-z', 'rpc,latency,by=client');
      expect(latency).to.match(/client +calls +min +p50 .* outstanding/);
      expect(latency).to.match(/10\.0\.0\.1 +1 .* 1 +0\n/);
    });
  });
});
