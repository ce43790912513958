import { expect } from 'chai';
import { newFinding } from '../../fuzz/finding.ts';
import { findingCapture } from '../../fuzz/finding-capture.ts';
import { caseNamed, PUT } from './base.ts';

const one = caseNamed(PUT, '/valid');
const fault = { oracle: 'taint', shape: 's', detail: 'd' } as const;

function capture(stream: boolean): Uint8Array {
  const init = { fault, seed: 1, profile: 'strict', stream, confirmed: true } as const;
  const reply = Uint8Array.of(9, 9, 9, 9);
  return findingCapture(
    newFinding(one, { ...init, prime: [Uint8Array.of(7)], messages: [one.bytes], reply }),
  );
}

describe('fuzz/finding-capture', () => {
  it('holds the priming call, the message and the reply as packets', () => {
    const bytes = Buffer.from(capture(false));
    expect(bytes.indexOf(Buffer.from(one.bytes))).to.be.greaterThan(0);
    // IPv4 and UDP headers of the three datagrams, by their addresses
    expect(bytes.includes(Buffer.from([192, 0, 2, 2, 192, 0, 2, 1]))).to.equal(true);
    expect(bytes.includes(Buffer.from([192, 0, 2, 3, 192, 0, 2, 1]))).to.equal(true);
    expect(bytes.includes(Buffer.from([192, 0, 2, 1, 192, 0, 2, 3]))).to.equal(true);
  });

  it('puts the record mark back before a reply of a stream', () => {
    const bytes = Buffer.from(capture(true));
    expect(bytes.includes(Buffer.from([0x80, 0, 0, 4, 9, 9, 9, 9]))).to.equal(true);
  });
});
