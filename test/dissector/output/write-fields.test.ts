import { expect } from 'chai';
import { DEFAULT_FIELDS_OPTIONS, fieldsOption } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { fields } from '../tree/explain.ts';
import { call, opaqueAuth, SYS_BODY } from '../tree/messages.ts';

const packet = udpPacket(
  '10.0.0.1',
  800,
  '10.0.0.2',
  2049,
  call({ xid: 0x2a, procedure: 0, credential: opaqueAuth(1, SYS_BODY) }),
);
const NAMES = ['rpc.xid', 'rpc.auth.gid', 'rpc.time', 'rpc.auth.machinename'];

describe('write fields', () => {
  it('prints a line a frame and nothing for what is missing', () => {
    expect(fields([packet], NAMES)).to.deep.equal(['0x0000002a\t100,100,4,24\t\tclient']);
    expect(fields([packet], ['rpc', 'rpc.msgtyp'])).to.deep.equal([
      'Remote Procedure Call, Type:Call XID:0x0000002a\t0',
    ]);
  });

  const formats: [string, Parameters<typeof fields>[3], string[]][] = [
    ['a header', { header: true }, [NAMES.join('\t'), '0x0000002a\t100,100,4,24\t\tclient']],
    ['quotes, not around what is missing', { quote: '"' }, ['"0x0000002a"\t"100,100,4,24"\t\t"client"']],
    ['the first of each', { occurrence: 'f' }, ['0x0000002a\t100\t\tclient']],
    ['the last of each', { occurrence: 'l' }, ['0x0000002a\t24\t\tclient']],
    [
      'a separator and an aggregator',
      { separator: ';', aggregator: ' ' },
      ['0x0000002a;100 100 4 24;;client'],
    ],
    ['a byte order mark', { bom: true }, ['\ufeff0x0000002a\t100,100,4,24\t\tclient']],
  ];
  for (const [name, options, lines] of formats) {
    it(`prints ${name}`, () => {
      expect(fields([packet], NAMES, {}, options)).to.deep.equal(lines);
    });
  }

  it('escapes what would break a line, unless told not to', () => {
    const body = Buffer.concat([
      Buffer.from('0000123400000003', 'hex'),
      Buffer.from('a\nb\0'),
      Buffer.alloc(12),
    ]);
    const odd = udpPacket(
      '10.0.0.1',
      800,
      '10.0.0.2',
      2049,
      call({ credential: opaqueAuth(1, body), procedure: 0 }),
    );
    expect(fields([odd], ['rpc.auth.machinename'])).to.deep.equal(['a\\nb']);
    expect(fields([odd], ['rpc.auth.machinename'], {}, { escape: false })).to.deep.equal(['a', 'b']);
  });

  it('reads -E arguments', () => {
    const table: [string, object | null][] = [
      ['header=y', { header: true }],
      ['header=n', { header: false }],
      ['separator=/t', { separator: '\t' }],
      ['separator=/s', { separator: ' ' }],
      ['separator=//', { separator: '/' }],
      ['separator=,', { separator: ',' }],
      ['aggregator=;', { aggregator: ';' }],
      ['occurrence=l', { occurrence: 'l' }],
      ['quote=d', { quote: '"' }],
      ['quote=s', { quote: "'" }],
      ['quote=n', { quote: '' }],
      ['bom=y', { bom: true }],
      ['escape=n', { escape: false }],
      ['header=x', null],
      ['occurrence=x', null],
      ['quote=constructor', null],
      ['nonsense=y', null],
      ['header', null],
    ];
    for (const [argument, change] of table) {
      const expected = change === null ? null : { ...DEFAULT_FIELDS_OPTIONS, ...change };
      expect(fieldsOption(DEFAULT_FIELDS_OPTIONS, argument), argument).to.deep.equal(expected);
    }
  });
});
