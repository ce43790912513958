import { expect } from 'chai';
import { SpanningPdu, SpanningPdus } from '../../../../dissector/session/compat/segment-store.ts';

const bytes = (text: string) => Buffer.from(text);

describe('dissector/session/compat/segment-store', () => {
  it('is complete when the bytes up to the last part are there', () => {
    const pdu = new SpanningPdu(100, 106, 1);
    expect(pdu.add(0, bytes('ab'), true, 1)).to.equal(true);
    expect(pdu.add(4, bytes('ef'), false, 2)).to.equal(true);
    expect(pdu.complete).to.equal(false);
    expect(pdu.contiguous).to.equal(2);
    pdu.add(1, bytes('XcdY'), true, 3);
    expect(pdu.complete).to.equal(true);
    expect(pdu.completedIn).to.equal(3);
    expect(pdu.assemble().toString()).to.equal('abcdYf');
  });

  it('refuses more once complete, unless more was asked for', () => {
    const pdu = new SpanningPdu(100, 102, 1);
    pdu.add(0, bytes('ab'), false, 1);
    expect(pdu.add(0, bytes('ab'), false, 2)).to.equal(false);
    expect(pdu.add(2, bytes('cd'), false, 2)).to.equal(false);
    pdu.partial = true;
    expect(pdu.add(2, bytes('cd'), false, 3)).to.equal(true);
    expect(pdu.assemble().toString()).to.equal('abcd');
  });

  it('finds PDUs by where they begin, and replaces one that begins at the same place', () => {
    const pdus = new SpanningPdus();
    const b = pdus.add(200, 300, 2);
    const a = pdus.add(100, 200, 1);
    expect(pdus.get(100)).to.equal(a);
    expect(pdus.get(150)).to.equal(undefined);
    expect(pdus.atOrBefore(99)).to.equal(undefined);
    expect(pdus.atOrBefore(150)).to.equal(a);
    expect(pdus.atOrBefore(200)).to.equal(b);
    expect(pdus.atOrBefore(5000)).to.equal(b);
    const again = pdus.add(100, 180, 3);
    expect(pdus.get(100)).to.equal(again);
  });
});
