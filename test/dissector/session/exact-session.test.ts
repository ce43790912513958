import { expect } from 'chai';
import { ExactSession } from '../../../dissector/session/exact-session.ts';
import type { SessionOptions } from '../../../dissector/session/options.ts';
import { KeyLog, TlsSecrets } from '../../../dissector/tls/index.ts';
import { type Portion, recorded } from '../tls/recorded.ts';
import { ACK, call, FIN, knownProgram, Network, RST, record, reply, UNKNOWN, Wire } from './playbook.ts';

function start(options: Partial<SessionOptions> = {}): { session: ExactSession; net: Network } {
  const session = new ExactSession({ knownProgram, ...options });
  return { session, net: new Network(session) };
}

const CALL_1 = 'call 1 100003.3.1';
const REPLY_1 = (frame: number) => `reply 1 100003.3.1 <- ${frame}`;

describe('dissector/session/exact-session', () => {
  describe('in order', () => {
    it('pairs a call and its reply on UDP', () => {
      const { net } = start();
      expect(net.datagram('c', 800, 's', 2049, call(1))).to.deep.equal([CALL_1]);
      expect(net.datagram('s', 2049, 'c', 800, reply(1))).to.deep.equal([REPLY_1(1)]);
    });

    it('pairs a call and its reply on TCP, and shows the bytes where they are', () => {
      const { session, net } = start();
      const wire = new Wire(net);
      expect(wire.send(0, record(call(1)))).to.deep.equal([CALL_1]);
      expect(wire.send(1, record(reply(1)))).to.deep.equal([REPLY_1(4)]);
      expect(session.counters).to.include({ calls: 1, replies: 1, unmatchedReplies: 0 });
    });

    it('shows pipelined messages in the order of the stream', () => {
      const { net } = start();
      const wire = new Wire(net);
      const calls = Buffer.concat([1, 2, 3].map((x) => record(call(x))));
      const replies = Buffer.concat([3, 1, 2].map((x) => record(reply(x))));
      expect(wire.send(0, calls)).to.have.length(3);
      expect(wire.send(1, replies).map((l) => l.slice(0, 7))).to.deep.equal([
        'reply 3',
        'reply 1',
        'reply 2',
      ]);
    });
  });

  describe('record marks', () => {
    const stream = Buffer.concat([record(call(1)), record(call(2)), record(call(3))]);
    const length = record(call(1)).length;

    for (const cut of [1, 2, 3, 4, 5, 11, 12]) {
      it(`finds messages whose mark is split after ${cut} bytes`, () => {
        const { net } = start();
        const wire = new Wire(net);
        const seen = [...wire.send(0, stream, cut, length), ...wire.send(1, record(reply(2)), cut)];
        expect(seen).to.deep.equal([
          CALL_1,
          'call 2 100003.3.1',
          'call 3 100003.3.1',
          'reply 2 100003.3.1 <- 6',
        ]);
      });
    }

    it('reads a stream sent byte by byte', () => {
      const { net } = start();
      const wire = new Wire(net);
      expect(wire.send(0, stream, ...new Array<number>(stream.length).fill(1))).to.have.length(3);
      expect(net.seen[3 + length]).to.deep.equal([CALL_1]);
    });

    it('joins fragments, also when the first payload is one', () => {
      const { net } = start();
      const wire = new Wire(net);
      expect(wire.send(0, record(call(1), 40, 20))).to.deep.equal(['fragment', 'fragment', CALL_1]);
      expect(wire.send(0, record(call(2), 8, 4, 12))).to.deep.equal([
        'fragment',
        'fragment',
        'fragment',
        'call 2 100003.3.1',
      ]);
    });

    it('skips empty fragments, first, last and between', () => {
      const { net } = start();
      const wire = new Wire(net);
      const m = call(1);
      expect(wire.send(0, record(m, 0)).at(-1)).to.equal(CALL_1);
      expect(wire.send(0, record(call(2), 40, 0)).at(-1)).to.equal('call 2 100003.3.1');
      expect(wire.send(0, record(call(3), call(3).length)).at(-1)).to.equal('call 3 100003.3.1');
    });
  });

  describe('troubled TCP', () => {
    const big = record(reply(1, Buffer.alloc(4000, 9)));

    function opened(): { net: Network; wire: Wire; session: ExactSession } {
      const { net, session } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1)));
      return { net, wire, session };
    }

    it('puts reordered segments back, whichever comes late', () => {
      for (const order of [
        [1, 0, 2, 3],
        [3, 2, 1, 0],
        [0, 1, 3, 2],
        [1, 2, 3, 0],
      ]) {
        const { wire } = opened();
        const segments = wire.cut(1, big, 1000, 1000, 1000);
        const seen = order.flatMap((i) => wire.raw(1, segments[i]![0], segments[i]![1]));
        expect(seen, order.join()).to.deep.equal([REPLY_1(4)]);
      }
    });

    it('goes on behind a lost segment, and shows what is left of its message', () => {
      const { net, wire } = opened();
      const segments = wire.cut(1, big, 1000, 1000, 1000);
      for (const i of [0, 1, 3]) wire.raw(1, ...segments[i]!);
      expect(wire.send(0, record(call(2)))).to.deep.equal([
        'reply 1 100003.3.1 <- 4 (bytes missing)',
        'call 2 100003.3.1',
      ]);
      expect(wire.send(1, record(reply(2)))).to.deep.equal(['reply 2 100003.3.1 <- 8']);
      expect(net.all).to.have.length(4);
    });

    it('finds the next message when the lost segment held a mark', () => {
      const { wire, session } = opened();
      wire.send(1, record(reply(1)));
      const lost = wire.cut(
        1,
        Buffer.concat([record(reply(8)), record(reply(9, Buffer.alloc(400, 1)))]),
        200,
      )[1]!;
      wire.raw(1, ...lost);
      expect(wire.send(0, record(call(2)))).to.deep.equal(['continuation', 'call 2 100003.3.1']);
      expect(wire.send(1, record(reply(2)))).to.deep.equal(['reply 2 100003.3.1 <- 7 (resynchronised)']);
      expect(session.counters.resynchronised).to.equal(1);
    });

    it('handles a lost and a reordered segment at once', () => {
      const { wire } = opened();
      const segments = wire.cut(1, big, 500, 500, 500, 500, 500, 500, 500);
      for (const i of [0, 2, 1, 5, 4, 6, 7]) wire.raw(1, ...segments[i]!);
      expect(wire.send(0, record(call(2)))).to.deep.equal([
        'reply 1 100003.3.1 <- 4 (bytes missing)',
        'call 2 100003.3.1',
      ]);
      expect(wire.send(1, record(reply(2)))).to.deep.equal(['reply 2 100003.3.1 <- 12']);
    });

    it('shows a call whose last bytes were lost before its reply, which tells that there were some', () => {
      const { net, session } = start();
      const wire = new Wire(net);
      const [first, second] = wire.cut(0, record(call(1, { args: Buffer.alloc(3000) })), 1000, 1000);
      wire.raw(0, ...first!);
      wire.raw(0, ...second!);
      expect(wire.send(1, record(reply(1)))).to.deep.equal([
        'call 1 100003.3.1 (bytes missing)',
        'reply 1 100003.3.1 <- 6',
      ]);
      expect(wire.send(0, record(call(2)))).to.deep.equal(['call 2 100003.3.1']);
      expect(session.counters).to.include({ unmatchedReplies: 0, resynchronised: 0 });
    });

    it('waits for bytes that are only acknowledged, which may have been captured late', () => {
      const { net } = start();
      const wire = new Wire(net);
      const [first, second] = wire.cut(0, record(call(1, { args: Buffer.alloc(1500) })), 1000);
      wire.raw(0, ...first!);
      wire.raw(1, wire.seq[1], Buffer.alloc(0), ACK);
      expect(wire.raw(0, ...second!)).to.deep.equal([CALL_1]);
    });

    it('shows a call before the reply whose acknowledgement settles its loss, and times it by its own bytes', () => {
      const { net, session } = start();
      const wire = new Wire(net);
      const [first, , last] = wire.cut(0, record(call(1, { args: Buffer.alloc(3000) })), 1000, 1000);
      wire.raw(0, ...first!);
      wire.raw(0, ...last!);
      net.clock += 7_000_000;
      const found = wire.send(1, record(reply(1)));
      expect(found).to.deep.equal(['call 1 100003.3.1 (bytes missing)', 'reply 1 100003.3.1 <- 6']);
      const [asked, answered] = session.finish().pdus;
      expect([asked, answered].map((pdu) => [pdu!.flow === wire.flow, pdu!.dir])).to.deep.equal([
        [true, 0],
        [true, 1],
      ]);
      // a packet a millisecond
      expect(answered!.timeNs).to.equal(8_000_000);
      expect(session.counters).to.include({ unmatchedReplies: 0 });
    });

    it('ignores bytes sent again', () => {
      const { wire } = opened();
      const segments = wire.cut(1, big, 1000, 1000, 1000);
      const seen = [0, 1, 0, 1, 2, 2, 3, 3].flatMap((i) => wire.raw(1, ...segments[i]!));
      expect(seen).to.deep.equal([REPLY_1(4)]);
    });

    it('starts in the middle of a stream at the next message', () => {
      const { net } = start();
      const wire = new Wire(net, { midstream: true });
      expect(wire.send(1, Buffer.concat([big.subarray(1700), record(reply(2))]))).to.deep.equal([
        'reply 2 ? <- 0 (resynchronised)',
      ]);
      expect(wire.send(0, record(call(3)))).to.deep.equal(['call 3 100003.3.1']);
    });

    it('resynchronises behind a mark that is too large', () => {
      const { wire } = opened();
      const garbage = Buffer.concat([Buffer.from([0x80, 0x40, 0, 1]), Buffer.alloc(500, 0x77)]);
      expect(wire.send(0, garbage)).to.deep.equal(['continuation']);
      expect(wire.send(0, record(call(3)), 7, 20)).to.deep.equal(['call 3 100003.3.1 (resynchronised)']);
    });

    it('shows what a short snap length left', () => {
      const { net } = start();
      const wire = new Wire(net);
      const [seq, bytes] = wire.cut(0, record(call(1)))[0]!;
      expect(wire.raw(0, seq, bytes, ACK, 60)).to.deep.equal(['call 1 100003.3.1 (bytes missing)']);
      expect(wire.send(0, record(call(2)))).to.deep.equal(['call 2 100003.3.1']);
    });

    it('keeps connections on the same ports apart', () => {
      const { net } = start();
      for (let i = 0; i < 3; i++) {
        const wire = new Wire(net, { isn: [1000 + i * 99_999, 5000 + i * 77_777] });
        const before = net.number;
        expect(wire.send(0, record(call(1)))).to.deep.equal([CALL_1]);
        expect(wire.send(1, record(reply(1)))).to.deep.equal([REPLY_1(before + 1)]);
        wire.raw(0, wire.seq[0], Buffer.alloc(0), FIN | ACK);
      }
    });

    it('counts a record that a reset cut off', () => {
      const { net, session } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1, { args: Buffer.alloc(3000) })).subarray(0, 2000));
      wire.raw(1, wire.seq[1], Buffer.alloc(0), RST);
      expect(session.counters.incomplete).to.equal(1);
      expect(net.all).to.deep.equal([]);
    });
  });

  describe('pairing', () => {
    it('shows replies whose call was not seen', () => {
      const { net, session } = start();
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.deep.equal(['reply 5 ? <- 0']);
      const wire = new Wire(net);
      expect(wire.send(1, record(reply(1)))).to.deep.equal(['reply 1 ? <- 0']);
      wire.send(0, record(call(2)));
      expect(wire.send(1, record(reply(77)))).to.deep.equal(['reply 77 ? <- 0']);
      expect(session.counters.unmatchedReplies).to.equal(3);
    });

    it('gives an xid used again to the new call', () => {
      const { net } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(7)));
      wire.send(1, record(reply(7)));
      expect(wire.send(0, record(call(7, { procedure: 6 })))).to.deep.equal([
        'call 7 100003.3.6 (xid reused)',
      ]);
      expect(wire.send(1, record(reply(7)))).to.deep.equal(['reply 7 100003.3.6 <- 6']);
      expect(wire.send(0, record(call(7, { procedure: 6, args: Buffer.alloc(8) })))).to.deep.equal([
        'call 7 100003.3.6 (xid reused)',
      ]);
      expect(net.all).to.have.length(5);
    });

    it('keeps callbacks on the same connection apart from calls of the same xid', () => {
      const { net } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1, { version: 4, procedure: 0 })));
      expect(wire.send(1, record(call(1, { program: 0x40000000, version: 1, procedure: 0 })))).to.deep.equal([
        'call 1 1073741824.1.0',
      ]);
      expect(wire.send(0, record(reply(1)))).to.deep.equal(['reply 1 1073741824.1.0 <- 5']);
      expect(wire.send(1, record(reply(1)))).to.deep.equal(['reply 1 100003.4.0 <- 4']);
    });

    it('marks repeated calls and replies, per client', () => {
      const { net } = start();
      net.datagram('c', 800, 's', 2049, call(9));
      expect(net.datagram('c', 800, 's', 2049, call(9))).to.deep.equal(['call 9 100003.3.1 dup 1']);
      net.datagram('s', 2049, 'c', 800, reply(9));
      expect(net.datagram('s', 2049, 'c', 800, reply(9))).to.deep.equal(['reply 9 100003.3.1 <- 1 dup 3']);
      expect(net.datagram('c', 800, 's', 2049, call(9))).to.deep.equal(['call 9 100003.3.1 dup 1']);
      expect(net.datagram('c', 801, 's', 2049, call(9))).to.deep.equal(['call 9 100003.3.1']);
    });

    it('pairs a reply from another server address, and says so', () => {
      const { net } = start();
      net.datagram('c', 800, 's', 2049, call(5));
      expect(net.datagram('s2', 2049, 'c', 800, reply(5))).to.deep.equal([
        'reply 5 100003.3.1 <- 1 (reply from another address)',
      ]);
    });

    it('keeps equal xids of two clients apart', () => {
      const { net } = start();
      net.datagram('c', 800, 's', 2049, call(5));
      net.datagram('d', 800, 's', 2049, call(5, { procedure: 6 }));
      expect(net.datagram('s', 2049, 'd', 800, reply(5))).to.deep.equal(['reply 5 100003.3.6 <- 2']);
      expect(net.datagram('s', 2049, 'c', 800, reply(5))).to.deep.equal([REPLY_1(1).replace('1', '5')]);
    });

    it('shows a call of another RPC version and its RPC_MISMATCH reply', () => {
      const { net } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1)));
      wire.send(1, record(reply(1)));
      expect(wire.send(0, record(call(2, { rpcvers: 3 })))).to.deep.equal(['call 2 100003.3.1']);
      const mismatch = Buffer.from('000000020000000100000001000000000000000200000002', 'hex');
      expect(wire.send(1, record(mismatch))).to.deep.equal(['reply 2 100003.3.1 <- 6']);
    });

    it('knows in the second pass which frame answers a call', () => {
      const { net, session } = start({ twoPass: true });
      const run = (n: Network) => {
        n.datagram('c', 800, 's', 2049, call(5));
        n.datagram('s', 2049, 'c', 800, reply(5));
        return n.datagram('c', 800, 's', 2049, call(6));
      };
      run(net);
      session.finish();
      session.nextPass();
      const second = new Network(session);
      run(second);
      expect(second.all).to.deep.equal([
        'call 5 100003.3.1 -> 2',
        'reply 5 100003.3.1 <- 1',
        'call 6 100003.3.1',
      ]);
    });
  });

  describe('detection', () => {
    it('takes unknown programs by content, and other protocols not', () => {
      const { net } = start();
      expect(net.datagram('c', 1, 's', 2, call(1, { program: UNKNOWN, version: 1 }))).to.deep.equal([
        `call 1 ${UNKNOWN}.3.1`.replace('.3.', '.1.'),
      ]);
      expect(net.datagram('c', 3, 's', 4, call(1, { program: 0 }))).to.deep.equal([]);
      expect(
        net.datagram('c', 5, 's', 6, Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')),
      ).to.deep.equal([]);
      const wire = new Wire(net);
      expect(wire.send(0, Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'))).to.deep.equal([]);
      expect(wire.send(1, record(call(3, { program: UNKNOWN })))).to.deep.equal([`call 3 ${UNKNOWN}.3.1`]);
    });

    it('is forced by Decode As', () => {
      const { net } = start({ decodeAs: { udpPorts: new Set([9]) } });
      expect(net.datagram('c', 1, 's', 9, Buffer.from('nothing at all'))).to.deep.equal(['continuation']);
    });

    it('stops where TLS begins after an AUTH_TLS probe', () => {
      const { net, session } = start();
      const wire = new Wire(net);
      wire.send(0, record(call(1, { procedure: 0, flavor: 7, args: Buffer.alloc(0) })));
      wire.send(1, record(Buffer.concat([reply(1, Buffer.from('STARTTLS'))])));
      const hello = Buffer.concat([Buffer.from('16030100c8', 'hex'), Buffer.alloc(200, 1)]);
      expect(wire.send(0, hello)).to.deep.equal([]);
      expect(wire.send(1, hello)).to.deep.equal([]);
      expect(wire.send(0, Buffer.alloc(100, 23))).to.deep.equal([]);
      expect(session.counters.tlsConnections).to.equal(1);
    });
  });

  describe('TLS', () => {
    const { portions, keyLog } = recorded('tls13-node-chacha20');
    const connection = portions[0]!;
    const NFS_3 = (xid: number, procedure: number) => `call ${xid} 100003.3.${procedure}`;
    const MESSAGES = [
      NFS_3(1, 0),
      'reply 1 100003.3.0',
      NFS_3(2, 7),
      'reply 2 100003.3.7',
      NFS_3(3, 0),
      'reply 3 100003.3.0',
    ];

    function withKeys() {
      const keys = new KeyLog();
      keys.add(keyLog);
      return start({ secrets: new TlsSecrets(keys) });
    }

    const short = (lines: readonly string[]) => lines.map((line) => line.replace(/ <-.*$/, ''));

    it('finds the messages inside', () => {
      const { net, session } = withKeys();
      const wire = new Wire(net);
      for (const { dir, bytes } of connection) wire.send(dir, bytes);
      expect(short(net.all)).to.deep.equal(MESSAGES);
      expect(session.counters).to.include({ tlsConnections: 1, tlsSealed: 0, calls: 3, replies: 3 });
    });

    it('finds them byte by byte, sent again, and in another order', () => {
      const runs: readonly ((wire: Wire, p: Portion) => void)[] = [
        (wire, { dir, bytes }) => wire.send(dir, bytes, ...Array.from(bytes, () => 1)),
        (wire, { dir, bytes }) => {
          for (const [seq, part] of wire.cut(dir, bytes, 100, 200, 300)) {
            wire.raw(dir, seq, part);
            wire.raw(dir, seq, part);
          }
        },
        (wire, { dir, bytes }) => {
          for (const [seq, part] of wire.cut(dir, bytes, 40, 400, 500).reverse()) wire.raw(dir, seq, part);
        },
      ];
      for (const run of runs) {
        const { net } = withKeys();
        const wire = new Wire(net);
        for (const portion of connection) run(wire, portion);
        expect(short(net.all)).to.deep.equal(MESSAGES);
      }
    });

    it('goes on behind a segment that is lost', () => {
      const { net, session } = withKeys();
      const wire = new Wire(net);
      // of the WRITE, in the record behind the one with its header
      const lost = connection.findLastIndex((p) => p.dir === 0 && p.bytes.length > 1000);
      for (const [i, { dir, bytes }] of connection.entries()) {
        const parts = wire.cut(dir, bytes);
        if (i !== lost) for (const [seq, part] of parts) wire.raw(dir, seq, part);
      }
      net.finish();
      // its acknowledgement settles the loss, and comes with the reply
      expect(short(net.all)).to.deep.equal(
        MESSAGES.map((line) => (line === NFS_3(2, 7) ? `${line} (bytes missing)` : line)),
      );
      expect(session.counters.tlsSealed).to.equal(1);
    });

    it('names a connection that began before the capture, and decrypts nothing of it', () => {
      const { net, session } = withKeys();
      const wire = new Wire(net, { midstream: true });
      for (const { dir, bytes } of connection.slice(4)) wire.send(dir, bytes);
      expect(net.all).to.deep.equal([]);
      expect(session.counters.tlsConnections).to.equal(1);
      expect(session.counters.tlsSealed).to.be.greaterThan(0);
    });

    it('switches at exactly the byte after the answer to the probe', () => {
      const starttls = recorded('tls13-oncilla-starttls');
      const keys = new KeyLog();
      keys.add(starttls.keyLog);
      const { net } = start({ secrets: new TlsSecrets(keys) });
      const wire = new Wire(net);
      for (const { dir, bytes } of starttls.portions[0]!)
        wire.send(dir, bytes, ...Array.from(bytes, () => 1));
      expect(short(net.all).map((line) => line.replace(/ \d+ /, ' '))).to.deep.equal([
        'call 100000.2.0',
        'reply 100000.2.0',
        'call 536877669.1.2',
        'reply 536877669.1.2',
      ]);
    });
  });
});
