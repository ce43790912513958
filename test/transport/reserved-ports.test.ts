import { expect } from 'chai';
import { reservedPorts } from '../../transport/reserved-ports.ts';

describe('transport/reserved-ports', () => {
  it('goes down from 1023, once over each, and stays clear of the well-known ones', () => {
    const ports = reservedPorts();
    expect(ports[0]).to.equal(1023);
    expect(ports.at(-1)).to.equal(600);
    expect(new Set(ports).size).to.equal(ports.length);
  });
});
