import { expect } from 'chai';
import { tcpFlagNames } from '../../../dissector/tree/walk-tcp.ts';
import { TCP_FLAGS, type TcpOptions, tcpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
/** MSS 1460, SACK permitted, timestamps 100 and 0, NOP, window scale 10 */
const SYN_OPTIONS = Buffer.from('020405b4' + '0402' + '080a0000006400000000' + '01' + '03030a', 'hex');

const syn: TcpOptions = { srcPort: 40001, dstPort: 9, seq: 1000, flags: TCP_FLAGS.SYN, options: SYN_OPTIONS };
const synAck: TcpOptions = {
  srcPort: 9,
  dstPort: 40001,
  seq: 5000,
  ack: 1001,
  flags: TCP_FLAGS.SYN | TCP_FLAGS.ACK,
  options: SYN_OPTIONS,
};
const data: TcpOptions = { srcPort: 40001, dstPort: 9, seq: 1001, ack: 5001, flags: 0x18, window: 64 };
const open = [tcpPacket(A, B, syn), tcpPacket(B, A, synAck), tcpPacket(A, B, data, Buffer.from('hello'))];

describe('walk TCP', () => {
  it('shows a SYN with its options', () => {
    const [first] = explain(open);
    const wanted = [
      '    Sequence Number: 0    (relative sequence number)',
      '    Sequence Number (raw): 1000',
      '    [Next Sequence Number: 1    (relative sequence number)]',
      '    1010 .... = Header Length: 40 bytes (10)',
      '    Flags: 0x002 (SYN)',
      '        .... .... ..1. = Syn: Set',
      '        [TCP Flags: ··········S·]',
      '    Window: 65535',
      '    [Calculated window size: 65535]',
      '    Options: (20 bytes), Maximum segment size, SACK permitted, Timestamps, No-Operation (NOP), Window scale',
      '        TCP Option - Maximum segment size: 1460 bytes',
      '            Kind: Maximum Segment Size (2)',
      '            Length: 4',
      '            MSS Value: 1460',
      '        TCP Option - Timestamps: TSval 100, TSecr 0',
      '        TCP Option - Window scale: 10 (multiply by 1024)',
      '            [Multiplier: 1024]',
    ];
    const heading = 'Transmission Control Protocol, Src Port: 40001, Dst Port: 9, Seq: 0, Len: 0';
    expect(below(first, heading).filter((line) => wanted.includes(line))).to.deep.equal(wanted);
  });

  it('counts from the SYNs and scales the window', () => {
    const names = [
      'tcp.seq',
      'tcp.ack',
      'tcp.nxtseq',
      'tcp.window_size',
      'tcp.window_size_scalefactor',
      'tcp.len',
      'tcp.completeness',
    ];
    expect(fields(open, names)).to.deep.equal([
      '0\t0\t1\t65535\t\t0\t0',
      '0\t1\t1\t65535\t\t0\t1',
      '1\t1\t6\t65536\t1024\t5\t3',
    ]);
  });

  it('counts from one where no SYN was seen, and does not know the scale', () => {
    const names = [
      'tcp.seq',
      'tcp.ack',
      'tcp.seq_raw',
      'tcp.ack_raw',
      'tcp.window_size',
      'tcp.window_size_scalefactor',
    ];
    expect(fields([tcpPacket(A, B, { ...data, seq: 0 })], names)).to.deep.equal(['1\t1\t0\t5001\t64\t-1']);
  });

  it('wraps sequence numbers', () => {
    const near = { ...syn, seq: 0xffffffff };
    const after = { ...data, seq: 9 };
    expect(fields([tcpPacket(A, B, near), tcpPacket(A, B, after)], ['tcp.seq'])).to.deep.equal(['0', '10']);
  });

  it('gives ports without the rest of the header', () => {
    expect(fields(open, ['tcp.srcport', 'tcp.port', 'tcp.stream'])).to.deep.equal([
      '40001\t40001,9\t0',
      '9\t9,40001\t0',
      '40001\t40001,9\t0',
    ]);
  });

  it('stops at an option whose length does not fit', () => {
    const options = Buffer.from([1, 3, 40, 7]);
    expect(fields([tcpPacket(A, B, { ...syn, options })], ['tcp.option_kind', 'tcp.options'])).to.deep.equal([
      '1\t01032807',
    ]);
    const zero = Buffer.from([1, 3, 0, 7]);
    expect(fields([tcpPacket(A, B, { ...syn, options: zero })], ['tcp.option_kind'])).to.deep.equal(['1']);
  });

  it('says in one line what a segment is', () => {
    expect(explain(open).map((f) => f.summary.info)).to.deep.equal([
      '40001 → 9 [SYN] Seq=0 Win=65535 Len=0 MSS=1460 SACK_PERM TSval=100 TSecr=0 WS=1024',
      '9 → 40001 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0 MSS=1460 SACK_PERM TSval=100 TSecr=0 WS=1024',
      '40001 → 9 [PSH, ACK] Seq=1 Ack=1 Win=65536 Len=5',
    ]);
    expect([tcpFlagNames(0), tcpFlagNames(0x11), tcpFlagNames(0x800)]).to.deep.equal([
      '<None>',
      'FIN, ACK',
      'Reserved',
    ]);
  });

  it('shows blocks of a selective acknowledgment relative to the flow', () => {
    const options = Buffer.from('0101' + '050a' + '000013f1' + '000013f5', 'hex');
    const names = ['tcp.options.sack_le', 'tcp.options.sack_re', 'tcp.options.sack.count'];
    const sack = tcpPacket(A, B, { ...data, options });
    expect(fields([...open.slice(0, 2), sack], names)[2]).to.equal('105\t109\t1');
  });
});
