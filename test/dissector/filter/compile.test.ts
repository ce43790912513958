import { expect } from 'chai';
import { compileFilter } from '../../../dissector/filter/compile.ts';
import { isFilterError } from '../../../dissector/filter/error.ts';
import type { FieldDef, FieldValue } from '../../../dissector/tree/field.ts';
import { FieldCollector } from '../../../dissector/tree/field-collector.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

/** A frame as walkers would announce it: two RPC messages in one TCP segment, tunnelled IP. */
function fixture() {
  const registry = new Registry();
  const frame = registry.definer('frame');
  const ip = registry.definer('ip');
  const tcp = registry.definer('tcp');
  const rpc = registry.definer('rpc');
  const eth = registry.definer('eth');
  const d = {
    frame: frame('frame', 'Frame', 'protocol'),
    len: frame('frame.len', 'Length', 'uint32'),
    time: frame('frame.time', 'Time', 'abstime'),
    relative: frame('frame.time_relative', 'Time', 'reltime'),
    protocols: frame('frame.protocols', 'Protocols', 'string'),
    ip: ip('ip', 'IP', 'protocol'),
    src: ip('ip.src', 'Source', 'ipv4'),
    addr: ip('ip.addr', 'Address', 'ipv4'),
    v6: ip('ipv6.src', 'Source', 'ipv6'),
    mac: eth('eth.dst', 'Destination', 'ether'),
    tcp: tcp('tcp', 'TCP', 'protocol'),
    port: tcp('tcp.port', 'Port', 'uint16'),
    flags: tcp('tcp.flags', 'Flags', 'uint16', { base: 'hex' }),
    syn: tcp('tcp.flags.syn', 'Syn', 'boolean'),
    payload: tcp('tcp.payload', 'Payload', 'bytes'),
    rpc: rpc('rpc', 'RPC', 'protocol'),
    xid: rpc('rpc.xid', 'XID', 'uint32', { base: 'hex_dec' }),
    msgtyp: rpc('rpc.msgtyp', 'Type', 'uint32', {
      strings: new Map([
        [0, 'Call'],
        [1, 'Reply'],
      ]),
    }),
    flavor: rpc('rpc.auth.flavor', 'Flavor', 'uint32', {
      strings: new Map([
        [0, 'AUTH_NULL'],
        [1, 'AUTH_UNIX'],
      ]),
    }),
    last: rpc('rpc.lastfrag', 'Last', 'boolean'),
    rpcTime: rpc('rpc.time', 'Time', 'reltime'),
    machine: rpc('rpc.auth.machinename', 'Machine', 'string'),
    absent: rpc('rpc.repframe', 'Reply', 'framenum'),
    big: rpc('rpc.authdes.convkey', 'Key', 'uint64'),
    signed: rpc('rpc.signed', 'Signed', 'int32'),
    label: rpc('rpc.dup', 'Duplicate', 'none'),
  };
  return { registry, d };
}

const PACKET = Buffer.from('000102030405060708090a0b0800libtirpc', 'latin1');

function holds(text: string): boolean {
  const { registry, d } = fixture();
  const filter = compileFilter(text, registry);
  const collector = new FieldCollector(filter.fields);
  const sink = filter.bind(collector);
  const bytes = Buffer.concat([Buffer.from('000102030405060708090a0b0800', 'hex'), PACKET]);
  const one = (def: FieldDef, value: FieldValue, off = 0, len = 0) => sink.field(def, value, off, len);
  sink.reset();
  sink.source(bytes, null);
  sink.openProtocol(d.frame, 0, bytes.length, '');
  one(d.len, 100);
  one(d.time, 1_577_836_801_500_000_000n);
  one(d.relative, 1_500_000);
  one(d.protocols, 'eth:ip:ip:tcp:rpc');
  sink.close();
  one(d.mac, null, 0, 6);
  for (const address of ['127.0.0.1', '10.1.2.3']) {
    sink.openProtocol(d.ip, 0, 20, '');
    const value = Uint8Array.from(address.split('.'), Number);
    one(d.src, value);
    one(d.addr, value);
    one(d.addr, Uint8Array.of(127, 0, 0, 1));
    sink.close();
  }
  one(d.v6, Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  sink.openProtocol(d.tcp, 0, 20, '');
  one(d.port, 111);
  one(d.port, 1023);
  one(d.flags, 0x18);
  one(d.syn, false);
  one(d.payload, null, 4, 4);
  sink.close();
  for (const [xid, msgtyp] of [
    [0x10, 0],
    [0x20, 1],
  ] as const) {
    sink.openProtocol(d.rpc, 0, 8, '');
    one(d.xid, xid);
    one(d.msgtyp, msgtyp);
    one(d.flavor, 1);
    one(d.flavor, 0);
    one(d.last, true);
    sink.close();
  }
  one(d.rpcTime, 216_000);
  one(d.machine, 'LIBNFS');
  one(d.big, 0xffff_ffff_ffff_fff0n);
  one(d.signed, -5);
  one(d.label, null);
  return filter.matches();
}

const TRUE = [
  '',
  '  ',
  'rpc',
  'rpc.xid',
  '!rpc.repframe',
  'not rpc.repframe',
  '!!rpc',
  'rpc && tcp',
  'rpc and tcp',
  'rpc.repframe || tcp',
  // and binds tighter than or
  'rpc or rpc.repframe and rpc.repframe',
  'rpc.xid == 0x10',
  'rpc.xid == 16',
  'rpc.xid == 020',
  'rpc.xid == 0b10000',
  'rpc.xid==32',
  'rpc.xid eq 16',
  'rpc.xid != 5',
  'rpc.xid !== 16',
  'rpc.xid > 31',
  'rpc.xid gt 31 and rpc.xid ge 32 and rpc.xid lt 17 and rpc.xid le 16',
  'all rpc.xid >= 16',
  'any rpc.xid == 16',
  'rpc.xid any_ne 16',
  'rpc.lastfrag === 1',
  'rpc.lastfrag == True',
  'rpc.lastfrag == TRUE',
  'rpc.lastfrag == 2',
  'tcp.flags.syn == False',
  'rpc.msgtyp == Call',
  'rpc.msgtyp == "Call"',
  'rpc.msgtyp == "reply"',
  'rpc.msgtyp == Reply && rpc.auth.flavor == AUTH_UNIX',
  "frame.len == 'd'",
  'tcp.port in {111, 2049}',
  'tcp.port in {1000..1100}',
  'tcp.port in {1000 .. 1100, 5}',
  'tcp.port not in {1, 2}',
  'not tcp.port in {1, 2}',
  'rpc.repframe not in {1}',
  'ip.src == 127.0.0.1',
  'ip.addr == 127.0.0.0/8',
  'ip.addr in {10.0.0.0/8}',
  'ip.src > 127.0.0.0',
  'ip.src != 1.2.3.4',
  'ip.src == ip.addr',
  'ip.src#1 == 127.0.0.1',
  'ip.src#2 == 10.1.2.3',
  'ip.src#-1 == 10.1.2.3',
  'ip.src#[1-2] == 10.1.2.3',
  'tcp.port#[1] == 1023',
  'rpc.xid#2 == 32',
  'ipv6.src == fe80::1',
  'ipv6.src == fe80::/10',
  'ipv6.src == fe80:0:0:0:0:0:0:1',
  'eth.dst == 00:01:02:03:04:05',
  'eth.dst == 00-01-02-03-04-05',
  'eth.dst[0:3] == 00:01:02',
  'frame[0] == 00',
  'frame[1] == 0x01',
  'frame[12-13] == 08:00',
  'frame[12:2] == 0800',
  'frame[-8:] == "libtirpc"',
  'frame[0,1,2-3] == 00.01.02.03',
  'frame[:2] == 00:01',
  'frame[-8:3] == "lib"',
  'frame contains "libtirpc"',
  'frame contains 08:00',
  'frame[0:4] contains 02',
  'rpc.auth.machinename contains "NFS"',
  'rpc.auth.machinename == LIBNFS',
  'rpc.auth.machinename == "LIBNFS"',
  'rpc.auth.machinename == r"LIBNFS"',
  'rpc.auth.machinename == "\\x4cIB\\116FS"',
  'rpc.auth.machinename[0:3] == "LIB"',
  'lower(rpc.auth.machinename) == "libnfs"',
  'upper(rpc.auth.machinename) contains "LIB"',
  'rpc.auth.machinename matches "^lib"',
  'rpc.auth.machinename ~ "N.S$"',
  'rpc.auth.machinename matches r"^\\w+$"',
  'string(rpc.xid) matches "[2]0$"',
  'frame matches "\\x00\\x01"',
  'frame[-8:] matches "^libtirpc$"',
  'len(rpc.auth.machinename) == 6',
  'len(rpc.xid) == 4',
  'len(tcp.payload) == 4',
  'count(rpc.auth.flavor) == 4',
  'count(rpc) > 1',
  'string(rpc.xid) == "0x00000010"',
  'string(ip.src) contains "10.1"',
  'max(rpc.xid, 3) == 32',
  'min(rpc.xid, 3) == 3',
  'max(rpc.repframe, 3) == 3',
  'abs(rpc.signed) == 5',
  'rpc.signed == -5',
  'rpc.signed < 0',
  '-5 + rpc.signed < 0 or rpc',
  'frame.len + 10 > 105',
  'frame.len - 50 == 50',
  'frame.len * 2 == 200',
  'frame.len / 3 == 33',
  'frame.len % 7 == 2',
  '{frame.len + 10} * 2 == 220',
  'frame.len == {50 + 50}',
  'frame.len == 99 + 1',
  'tcp.port + 0 == 111',
  'tcp.flags & 0x08',
  'tcp.flags bitwise_and 0x18 == 0x18',
  'tcp.payload[0] & 0x04',
  'rpc.xid < tcp.port',
  'rpc.xid < tcp.port < 2000',
  'rpc.authdes.convkey == 0xfffffffffffffff0',
  'rpc.authdes.convkey > 5',
  'rpc.authdes.convkey - 0xffffffffffffffe0 == 0x10',
  'rpc.time > 0.0001',
  'rpc.time < .001',
  'rpc.time == 0.000216',
  'frame.time > "2020-01-01 00:00:00Z"',
  'frame.time == "2020-01-01T00:00:01.5Z"',
  'frame.time < "Jan  1, 2020 00:00:02 UTC"',
  'frame.time < "2020-01-01 02:00:02+02:00"',
  'frame.time_relative < 0.002',
  'frame.protocols contains "rpc"',
  'rpc.dup',
  '((rpc))',
];

const FALSE = [
  'rpc.auth.machinename matches "(?-i)lib"',
  'rpc.repframe == 1 or rpc.auth.machinename matches "x"',
  '!rpc',
  'rpc.repframe',
  'rpc.repframe == 1',
  'rpc.repframe != 1',
  'rpc.repframe in {1}',
  'rpc.repframe !== 1',
  'rpc and !tcp',
  '(rpc or rpc.repframe) and rpc.repframe',
  'rpc.xid != 16',
  'rpc.xid === 16',
  'all rpc.xid == 16',
  'rpc.xid == 5',
  'rpc.xid > 32',
  'rpc.auth.flavor == 7',
  'tcp.port not in {111, 2049}',
  'tcp.port == -1',
  'ip.addr != 127.0.0.1',
  'ip.src#3 == 10.1.2.3',
  'ip.src#1 == 10.1.2.3',
  'rpc == 5',
  'frame[0:1000] == 1',
  'frame[1000]',
  'tcp.flags & 0x02',
  'frame.len / 0 == 1',
  'frame.len % 0 == 1',
  'count(rpc.repframe) == 0',
  'rpc.auth.machinename contains "nfs"',
  'rpc.time >= 1',
  'rpc.xid < rpc.repframe',
];

/** Expression, message, and the text the caret line points at. */
const ERRORS: readonly (readonly [text: string, message: string, at?: string])[] = [
  ['rpc.nosuch', 'rpc.nosuch is neither a field nor a protocol name.', 'rpc.nosuch'],
  ['rpc.xid ==', 'Unexpected end of filter expression.'],
  ['(rpc', 'Unexpected end of filter expression.'],
  ['rpc)', '")" was unexpected in this context.', ')'],
  ['not', 'Unexpected end of filter expression.'],
  ['rpc.xid == abc', '"abc" is not a valid number.', 'abc'],
  ['rpc.xid == 1:2', '"1:2" is not a valid number.', '1:2'],
  ['rpc.xid == "1"', 'Unsigned integer (4 bytes) cannot be converted from a string ("1").', '"1"'],
  ['rpc.xid == 0x1ffffffff', '"0x1ffffffff" too big for this field, maximum 4294967295.', '0x1ffffffff'],
  ['rpc.lastfrag == true', '"true" cannot be found among the possible values for rpc.lastfrag.', 'true'],
  ['rpc.msgtyp == nope', '"nope" cannot be found among the possible values for rpc.msgtyp.', 'nope'],
  ['rpc.msgtyp = 0', '"=" was unexpected in this context.', '='],
  ['rpc xor tcp', '"xor" was unexpected in this context.', 'xor'],
  ['rpc ^^ tcp', '"^" was unexpected in this context.', '^'],
  ['@rpc.xid == 1', '"@" was unexpected in this context.', '@'],
  [`rpc.xid == ${'$'}{foo}`, "macro 'foo' does not exist"],
  ['rpc.xid == "a', 'The final quote was missing from a quoted string.'],
  ['rpc.xid == "a\\', 'The final quote was missing from a quoted string.'],
  ["frame[0] == 'ab'", "'ab' is too long to be a valid character constant.", "'ab'"],
  ['0 < frame.len', 'Left side of "<" expression must be a field or function, not 0.', '0'],
  ['foo == 1', 'Left side of "==" expression must be a field or function, not foo.', 'foo'],
  [
    '_ws.col.info contains "x"',
    'Left side of contains expression must be a field or function, not _ws.col.info.',
    '_ws.col.info',
  ],
  ['ip.src == localhost', '"localhost" is not a valid hostname or IPv4 address.', 'localhost'],
  ['ip.src == 1.2.3', '"1.2.3" is not a valid hostname or IPv4 address.', '1.2.3'],
  ['ip.src == 1.2.3.4/33', 'Netmask bits in a CIDR IPv4 address should be <= 32, not 33', '1.2.3.4/33'],
  ['ipv6.src == 1:2', '"1:2" is not a valid hostname or IPv6 address.', '1:2'],
  ['ip.src == frame.len', 'ip.src and frame.len are not of compatible types.', 'frame.len'],
  [
    'rpc.xid contains 1',
    'rpc.xid (type=Unsigned integer (4 bytes)) cannot participate in contains comparison.',
    'rpc.xid',
  ],
  [
    'rpc.xid matches "1"',
    'rpc.xid (type=Unsigned integer (4 bytes)) cannot participate in matches comparison.',
    'rpc.xid',
  ],
  [
    'rpc.xid[0:2] == 00',
    '"rpc.xid" is a Unsigned integer (4 bytes) and cannot be sliced into a sequence of bytes.',
    'rpc.xid',
  ],
  ['frame[0:0]', "Range 0:0 isn't valid because length 0 isn't positive", '0:0'],
  ['frame[x]', '"x" is not a valid range.', 'x'],
  ['frame[0', 'The right bracket was missing from a slice.'],
  ['frame[0] == zz', '"zz" is not a valid byte string.', 'zz'],
  ['rpc.time == "x"', 'Time offset cannot be converted from a string ("x").', '"x"'],
  [
    'frame.time == "x"',
    '"x" is not a valid absolute time. Example: "Nov 12, 1999 08:55:44.123" or "2011-07-04 12:34:56"',
    '"x"',
  ],
  ['nosuch(frame) == 1', "Function 'nosuch' does not exist", 'nosuch'],
  ['len(frame)', 'You cannot test whether a function is present.', 'len'],
  ['len(5) == 1', 'Only fields can be used as parameter for len()', '5'],
  ['max() == 1', 'Function max needs at least 1 arguments.', 'max'],
  ['upper(frame.len) == "A"', 'Only string type fields can be used as parameter for upper()', 'frame.len'],
  ['100 in {1}', 'Only a field may be tested for membership in a set.', '100'],
  ['frame.len in {}', '"}" was unexpected in this context.', '}'],
  ['frame.len in {1', 'Unexpected end of filter expression.'],
  ['string(frame) == "a"', 'String conversion for field "frame" is not supported', 'frame'],
  ['rpc.dup == 1', 'rpc.dup (type=Label) cannot participate in == comparison.', 'rpc.dup'],
];

describe('dissector/filter/compile', () => {
  for (const text of TRUE) it(`holds: ${text}`, () => expect(holds(text)).to.equal(true));
  for (const text of FALSE) it(`does not hold: ${text}`, () => expect(holds(text)).to.equal(false));

  for (const [text, message, place] of ERRORS) {
    it(`is an error: ${text}`, () => {
      try {
        holds(text);
      } catch (e) {
        if (!isFilterError(e)) throw e;
        expect(e.message).to.equal(message);
        expect(e.at < 0 || e.at >= text.length ? undefined : text.slice(e.at, e.end)).to.equal(place);
        return;
      }
      expect.fail('accepted');
    });
  }

  it('asks for the fields it names, once each', () => {
    const { registry } = fixture();
    const filter = compileFilter('rpc.xid == 1 or rpc.xid == 2 or tcp.port == rpc.xid', registry);
    expect(filter.fields.map((def) => def.name)).to.deep.equal(['rpc.xid', 'tcp.port']);
  });

  it('ends on absurd nesting with an error, not a crash', () => {
    for (const text of [
      `${'('.repeat(50_000)}rpc`,
      `${'!'.repeat(50_000)}rpc`,
      `rpc.xid == ${'-'.repeat(50_000)}1`,
    ]) {
      expect(() => holds(text)).to.throw('nested too deeply');
    }
    expect(() => holds('a'.repeat(100_000))).to.throw('too long');
  });
});
