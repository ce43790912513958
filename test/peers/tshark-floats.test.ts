/** Floating-point values, as tshark prints those of a Lua dissector. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { rngOf } from '../../codec/xdr/index.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import { valueText } from '../../dissector/tree/format.ts';
import { Registry } from '../../dissector/tree/registry.ts';
import { udpPacket } from '../dissector/network/build.ts';
import { hasTshark, tshark } from './tshark.ts';

const SCRIPT = `
local proto = Proto("numbers", "Numbers")
local float, double = ProtoField.float("numbers.float", "F"), ProtoField.double("numbers.double", "D")
proto.fields = { float, double }
function proto.dissector(tvb, _, root)
  local tree = root:add(proto, tvb())
  for at = 0, tvb:len() - 12, 12 do
    tree:add(float, tvb(at, 4))
    tree:add(double, tvb(at + 4, 8))
  end
end
DissectorTable.get("udp.port"):add(5999, proto)
`;
const PLAIN = [0, -0, 1, 0.1, 1 / 3, 100_000, 1e6, 999_999.5, 1e-4, 9.99999e-5, 1e15, 1e16, 2 ** 53, 5e-324];

describe(`peers: floats in tshark${hasTshark ? '' : ' (skipped: no tshark)'}`, function () {
  this.timeout(30_000);

  it('have as many digits as ours', function () {
    if (!hasTshark) this.skip();
    const rng = rngOf(754);
    const values = Buffer.alloc(100 * 12);
    for (let i = 0; i < 100; i++) {
      const plain = PLAIN[i];
      values.writeFloatBE(plain ?? 0, i * 12);
      values.writeDoubleBE(plain ?? 0, i * 12 + 4);
      // behind those any bits but of a NaN, whose sign tshark shows
      for (let at = i * 12; plain === undefined && at < i * 12 + 12; at++) {
        values[at] = rng() & (at % 12 === 0 || at % 12 === 4 ? 0xff : 0x7f);
      }
    }
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-floats-'));
    const [script, file] = [join(folder, 'numbers.lua'), join(folder, 'numbers.pcap')];
    writeFileSync(script, SCRIPT);
    const packet = udpPacket('10.0.0.1', 5998, '10.0.0.2', 5999, values);
    writeFileSync(file, Buffer.concat([pcapHeader(1), pcapRecord(1, 0, packet)]));
    const named = ['-T', 'fields', '-e', 'numbers.float', '-e', 'numbers.double'];
    const [floats, doubles] = tshark(file, '-X', `lua_script:${script}`, ...named)
      .trimEnd()
      .split('\t')
      .map((list) => list.split(','));
    rmSync(folder, { recursive: true });
    const define = new Registry().definer('n');
    const [float, double] = [define('n.f', 'F', 'float'), define('n.d', 'D', 'double')];
    const ours = [...Array(100).keys()];
    const text = (def: typeof float, value: number) => valueText(def, value, values, 0, 0);
    expect(ours.map((i) => text(float, values.readFloatBE(i * 12)))).to.deep.equal(floats);
    expect(ours.map((i) => text(double, values.readDoubleBE(i * 12 + 4)))).to.deep.equal(doubles);
  });
});
