import { expect } from 'chai';
import fc from 'fast-check';
import { ByteWriter } from '../../../dissector/output/byte-writer.ts';
import {
  DateWriter,
  hasValue,
  jsonString,
  maskedText,
  writeJsonString,
  writeJsonValue,
  writeRaw,
} from '../../../dissector/output/json-text.ts';
import type { FieldDef, FieldValue } from '../../../dissector/tree/field.ts';
import { dateText, valueText } from '../../../dissector/tree/format.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TextSink } from '../tree/explain.ts';

const define = new Registry().definer('p');
const NONE: Buffer = Buffer.alloc(0);

function value(def: FieldDef, of: FieldValue, buf = NONE): string {
  const out = new TextSink();
  const writer = new ByteWriter(out);
  writeJsonValue(writer, def, of, buf, 0, buf.length);
  writer.flush();
  return out.text;
}

describe('JSON text', () => {
  it('is JSON, and breaks up the end of an element', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonString(text))).to.equal(text);
        expect(jsonString(text)).to.not.contain('</');
      }),
    );
    expect(jsonString('</x>\u0001')).to.equal('"<\\/x>\\u0001"');
  });

  it('is the same where it is written at once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const out = new TextSink();
        const writer = new ByteWriter(out);
        writeJsonString(writer, text);
        writer.flush();
        expect(out.text).to.equal(Buffer.from(jsonString(text)).toString());
      }),
    );
  });

  it('writes dates as they are written one by one', () => {
    const second = 1_000_000_000n;
    const day = 86_400n * second;
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -2n * second, max: 2n * second }), { maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 40_000n }),
        (steps, days) => {
          const out = new TextSink();
          const writer = new ByteWriter(out);
          const dates = new DateWriter();
          let at = days * day;
          let expected = '';
          for (const step of steps) {
            at += step;
            dates.write(writer, at);
            expected += `"${dateText(at)}"`;
          }
          writer.flush();
          expect(out.text).to.equal(expected);
        },
      ),
    );
  });

  it('prints values as the other shapes do', () => {
    const cases: [FieldDef, FieldValue, Buffer?][] = [
      [define('p.dec', '', 'uint32'), 4_294_967_295],
      [define('p.int', '', 'int32'), -7],
      [define('p.hex', '', 'uint16', { base: 'hex' }), 0x1f],
      [define('p.time', '', 'reltime'), 1_500_000_000],
      [define('p.before', '', 'reltime'), -1],
      [define('p.epoch', '', 'reltime'), 1_795_353_598_019_603_000n],
      [define('p.bytes', '', 'bytes'), null, Buffer.from('ab')],
      [define('p.flag', '', 'boolean'), true],
      [define('p.ip', '', 'ipv4'), null, Buffer.from([10, 0, 0, 1])],
    ];
    for (const [def, of, buf = NONE] of cases) {
      expect(value(def, of, buf), def.name).to.equal(`"${valueText(def, of, buf, 0, buf.length, ':')}"`);
    }
  });

  it('knows what has a value, and masked values in hex', () => {
    expect(hasValue(define('p.none', '', 'none'))).to.equal(false);
    const masked = define('p.mask', '', 'uint16', { mask: 0xfff });
    expect(maskedText(masked, 0xab)).to.equal('AB');
    expect(maskedText(define('p.bit', '', 'boolean', { mask: 1, bits: 8 }), true)).to.equal('1');
    expect(maskedText(define('p.whole', '', 'uint16'), 1)).to.equal(null);
    const out = new TextSink();
    const writer = new ByteWriter(out);
    writeRaw(writer, masked, 0xab, Buffer.from([0xf0, 0xab]), 0, 2, 46, 0);
    writer.flush();
    expect(JSON.parse(out.text)).to.deep.equal(['AB', 46, 2, 0xfff, 5]);
  });
});
