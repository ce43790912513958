import { expect } from 'chai';
import { newHeader } from '../../../codec/rpc/message.ts';
import { judge, Verdict } from '../../../dissector/session/plausible.ts';
import { u32 } from '../network/build.ts';
import { call, knownProgram, reply, UNKNOWN } from './playbook.ts';

function verdict(bytes: Buffer, length = bytes.length, more = false): Verdict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return judge(view, 0, bytes.length, length, more, newHeader(), knownProgram);
}

describe('dissector/session/plausible', () => {
  it('believes a known program by its number and RPC version', () => {
    expect(verdict(call(1))).to.equal(Verdict.YES);
    expect(verdict(call(1).subarray(0, 16), 100)).to.equal(Verdict.YES);
    expect(verdict(call(1).subarray(0, 12), 100)).to.equal(Verdict.NO);
    expect(verdict(call(1).subarray(0, 12), 100, true)).to.equal(Verdict.MORE);
    expect(verdict(call(1, { rpcvers: 3 }))).to.equal(Verdict.NO);
  });

  it('believes an unknown program when its whole header fits', () => {
    const good = call(1, { program: UNKNOWN });
    expect(verdict(good)).to.equal(Verdict.YES);
    expect(verdict(good.subarray(0, 30), 76, true)).to.equal(Verdict.MORE);
    expect(verdict(good.subarray(0, 30), 76)).to.equal(Verdict.YES);
    expect(verdict(call(1, { program: 0 }))).to.equal(Verdict.NO);
    expect(verdict(call(1, { program: UNKNOWN, version: 1025 }))).to.equal(Verdict.NO);
    expect(verdict(call(1, { program: UNKNOWN, version: 1024 }))).to.equal(Verdict.YES);
    expect(verdict(call(1, { program: UNKNOWN, flavor: 77 }))).to.equal(Verdict.NO);
    const longCredential = Buffer.concat([good.subarray(0, 28), u32(401), Buffer.alloc(500)]);
    expect(verdict(longCredential)).to.equal(Verdict.NO);
  });

  it('believes a lone reply when its whole header fits', () => {
    expect(verdict(reply(1))).to.equal(Verdict.YES);
    expect(verdict(u32(1, 1, 0, 0, 0, 6))).to.equal(Verdict.NO);
    expect(verdict(u32(1, 1, 2, 0, 0, 0))).to.equal(Verdict.NO);
    expect(verdict(u32(1, 1, 1, 1, 5))).to.equal(Verdict.YES);
    expect(verdict(u32(1, 1, 1, 1, 5, 0))).to.equal(Verdict.NO);
    expect(verdict(u32(1, 1, 1, 0, 2, 2))).to.equal(Verdict.YES);
    expect(verdict(u32(1, 1, 1, 0, 3, 2))).to.equal(Verdict.NO);
    expect(verdict(u32(1, 2, 0, 0, 0, 0))).to.equal(Verdict.NO);
  });
});
