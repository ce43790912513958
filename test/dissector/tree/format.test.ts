import { expect } from 'chai';
import fc from 'fast-check';
import type { FieldDef, FieldType, FieldValue } from '../../../dissector/tree/field.ts';
import { GENERATED } from '../../../dissector/tree/field.ts';
import {
  bitsText,
  bytesText,
  dateText,
  escapeText,
  finishLabel,
  labelText,
  secondsText,
  valueText,
} from '../../../dissector/tree/format.ts';
import { type FieldOptions, Registry } from '../../../dissector/tree/registry.ts';

const BYTES = Buffer.from('0a0000010001ff', 'hex');

function def(type: FieldType, options: FieldOptions = {}): FieldDef {
  return new Registry().definer('t')('t.f', 'Field', type, options);
}

function shown(d: FieldDef, value: FieldValue, len = 4): readonly [string, string] {
  return [valueText(d, value, BYTES, 0, len), labelText(d, value, BYTES, 0, len, 0)];
}

describe('format', () => {
  const call = new Map([[0, 'Call']]);
  const table: [string, FieldDef, FieldValue, string, string][] = [
    ['decimal', def('uint32'), 5, '5', 'Field: 5'],
    ['negative', def('int32'), -5, '-5', 'Field: -5'],
    ['hex by width', def('uint16', { base: 'hex' }), 0x2a, '0x002a', 'Field: 0x002a'],
    [
      'hex of 64 bits',
      def('uint64', { base: 'hex' }),
      10n,
      '0x000000000000000a',
      'Field: 0x000000000000000a',
    ],
    ['hex and decimal', def('uint32', { base: 'hex_dec' }), 42, '0x0000002a', 'Field: 0x0000002a (42)'],
    ['decimal and hex', def('uint8', { base: 'dec_hex' }), 42, '42', 'Field: 42 (0x2a)'],
    ['value string', def('uint32', { strings: call }), 0, '0', 'Field: Call (0)'],
    ['no value string', def('uint32', { strings: call }), 9, '9', 'Field: Unknown (9)'],
    ['boolean', def('boolean'), true, '1', 'Field: True'],
    ['boolean off', def('boolean'), false, '0', 'Field: False'],
    ['bytes', def('bytes'), null, '0a000001', 'Field: 0a000001'],
    ['bytes of their own', def('bytes'), Buffer.from('ff', 'hex'), 'ff', 'Field: ff'],
    ['ether', def('ether'), null, '0a:00:00:01', 'Field: 0a:00:00:01'],
    ['ipv4', def('ipv4'), null, '10.0.0.1', 'Field: 10.0.0.1'],
    ['reltime', def('reltime'), 216_000, '0.000216000', 'Field: 0.000216000 seconds'],
    ['string', def('string'), 'a\nb', 'a\nb', 'Field: a\\nb'],
    ['none', def('none'), null, '1', 'Field'],
    ['double', def('double'), 0.5, '0.5', 'Field: 0.5'],
    ['a rounded float', def('float'), Math.fround(1 / 3), '0.333333', 'Field: 0.333333'],
    ['a great float', def('float'), 123456789, '1.23457e+08', 'Field: 1.23457e+08'],
    ['a rounded double', def('double'), 0.1 + 0.2, '0.3', 'Field: 0.3'],
    ['a small double', def('double'), -5e-324, '-4.94065645841247e-324', 'Field: -4.94065645841247e-324'],
    ['a great double', def('double'), 1e15, '1e+15', 'Field: 1e+15'],
    ['NaN', def('float'), Number.NaN, 'nan', 'Field: nan'],
  ];
  for (const [name, d, value, text, label] of table) {
    it(`prints ${name}`, () => {
      expect(shown(d, value)).to.deep.equal([text, label]);
    });
  }

  it('shows bytes of no length as missing, and long ones cut', () => {
    expect(shown(def('bytes'), null, 0)[1]).to.equal('Field: <MISSING>');
    const long = Buffer.alloc(40, 0xab);
    expect(labelText(def('bytes'), long, long, 0, 40, 0)).to.equal(`Field: ${'ab'.repeat(36)}…`);
  });

  it('shows the bits of a mask', () => {
    const lastfrag = def('boolean', { mask: 0x80000000, bits: 32 });
    expect(bitsText(lastfrag, true)).to.equal('1... .... .... .... .... .... .... ....');
    const offset = def('uint16', { mask: 0x1fff });
    expect(bitsText(offset, 185)).to.equal('...0 0000 1011 1001');
    expect(bitsText(def('boolean', { mask: 0x10, bits: 12 }), false)).to.equal('.... ...0 ....');
  });

  it('prints times before the epoch and beyond 2^53', () => {
    expect(secondsText(-1)).to.equal('-0.000000001');
    expect(secondsText(1_795_353_598_019_603_001n)).to.equal('1795353598.019603001');
  });

  it('prints dates in the zone of the process', () => {
    const zone = process.env.TZ;
    try {
      process.env.TZ = 'UTC';
      expect(dateText(1_795_353_598_019_603_000n)).to.equal('Nov 22, 2026 13:19:58.019603000 UTC');
      expect(dateText(0n)).to.equal('Jan  1, 1970 00:00:00.000000000 UTC');
      process.env.TZ = 'Europe/Berlin';
      expect(dateText(0n)).to.match(/^Jan {2}1, 1970 01:00:00\.000000000 (CET|GMT\+1)$/);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('brackets what is generated and cuts what is too long', () => {
    expect(finishLabel('x', GENERATED)).to.equal('[x]');
    const cut = finishLabel('é'.repeat(200), 0);
    expect(cut.startsWith(' [truncated]é')).to.equal(true);
    expect(Buffer.byteLength(cut)).to.be.within(236, 239);
    expect(cut).not.to.contain('\ufffd');
    expect(finishLabel('a'.repeat(239), 0)).to.equal('a'.repeat(239));
  });

  it('lets no control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(escapeText(text)).not.to.match(/[\x00-\x1f\x7f]/);
      }),
    );
    expect(escapeText('\x1b[31m')).to.equal('\\033[31m');
    expect(escapeText('a\u009b2J\u202eb')).to.equal('a\\x9b2J\\u{202e}b');
    expect(escapeText('1 → é…')).to.equal('1 → é…');
  });

  it('prints any bytes as pairs of digits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const text = bytesText(bytes, 0, bytes.length, ':');
        expect(text === '' ? 0 : text.split(':').length).to.equal(bytes.length);
        expect(Buffer.from(text.replaceAll(':', ''), 'hex')).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });
});
