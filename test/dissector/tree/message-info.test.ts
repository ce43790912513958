import { expect } from 'chai';
import type { DeclaredProcedure, InfoPart } from '../../../codec/rpc/declarations.ts';
import type { XdrType } from '../../../codec/xdr/index.ts';
import { messageInfo } from '../../../dissector/tree/message-info.ts';
import { PacketWalker } from '../../../dissector/tree/packet-walker.ts';
import { u32, udpPacket } from '../network/build.ts';
import { eachFrame } from './explain.ts';
import { call } from './messages.ts';

const int: XdrType = { kind: 'integer', bits: 32, signed: false };
const color: XdrType = {
  kind: 'enum',
  members: [
    ['RED', 0],
    ['BLUE', 4],
  ],
};
const text: XdrType = { kind: 'string', size: undefined };
const handle: XdrType = { kind: 'opaque', fixed: false, size: undefined };
const argument: XdrType = {
  kind: 'struct',
  name: 'args',
  fields: [
    { name: 'color', type: color },
    { name: 'count', type: int },
    { name: 'name', type: text },
    { name: 'handle', type: handle },
  ],
};

/** What is shown of arguments: color, count, an empty name and a handle of four bytes. */
function shown(parts: readonly InfoPart[], words: readonly number[]): string {
  const procedure = { name: 'F', number: 1, args: [argument], argument, result: int };
  const declared: DeclaredProcedure = { procedure, declared: { info: { call: parts } } };
  let out = '';
  const message = call({ program: 0x20005555, version: 1, procedure: 1, body: u32(...words) });
  eachFrame([udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, message)], new PacketWalker(), (_, list) => {
    out = messageInfo(declared, list.pdus[0]!);
  });
  return out;
}

describe('dissector/tree/message-info', () => {
  const words = [4, 0o644, 0, 4, 0x01020304];

  it('puts values behind their words', () => {
    const parts: InfoPart[] = [
      [' ', 'color'],
      [' mode: ', 'count', 'mode'],
      [' name ', 'name'],
      [', FH: ', 'handle', 'handle'],
    ];
    // the CRC-32 of 01 02 03 04
    expect(shown(parts, words)).to.equal(' BLUE mode: 0644 name <EMPTY>, FH: 0xb63cfbcd');
  });

  it('shows nothing where there is nothing to say', () => {
    const parts: InfoPart[] = [
      [' ', 'absent'],
      [' Error: ', 'color', 'error'],
      [' ', 'count', 'nonzero'],
      [' ', 'count', { names: { 7: 'seven' } }],
    ];
    expect(shown(parts, [0, 0, 0, 0])).to.equal('');
    expect(shown(parts, [4, 7, 0, 0])).to.equal(' Error: BLUE 7 seven');
  });

  it('spells numbers as they are declared', () => {
    const parts: InfoPart[] = [
      [' ', 'count', 'signed'],
      [' ', 'count', 'hex'],
      [' ', 'color', 'program'],
      [' ', 'color', 'ipproto'],
      [
        ' [Check:',
        'count',
        {
          bits: [
            [1, 'RD'],
            [2, 'LU'],
          ],
        },
      ],
    ];
    expect(shown(parts, [4, 0xfffffffe, 0, 0])).to.equal(' -2 0xfffffffe Unknown(4) IPIP [Check: LU]');
  });

  it('shows nothing of what cannot be decoded', () => {
    expect(shown([[' ', 'color']], [4, 1])).to.equal('');
  });
});
