import { expect } from 'chai';
import { newInspection } from '../../cli/new-inspection.ts';

describe('cli/new-inspection', () => {
  it('points at what is wrong in a display filter', () => {
    expect(newInspection({ filter: 'ip.src == 10.0.0.1' })).to.have.property('walker');
    expect(() => newInspection({ filter: 'ip.src == nothing' }))
      .to.throw()
      .with.property('detail', '    ip.src == nothing\n              ^~~~~~~');
  });
});
