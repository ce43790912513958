import { expect } from 'chai';
import { mutatingNames } from '../../cli/fuzz-options.ts';
import { served } from '../fuzz/base.ts';

describe('cli/fuzz-options', () => {
  it('takes all procedures but NULL for ones that change something, where nobody says otherwise', () => {
    expect(mutatingNames(served.procedures)).to.deep.equal([
      ...['PLANT_PUT', 'PLANT_ECHO', 'PLANT_SUM'],
      ...['PLANT_OPEN', 'PLANT_APPEND', 'PLANT_COMMIT', 'PLANT_TRACE'],
    ]);
    const [, put] = served.procedures;
    const { procedure, declared } = put!.declared;
    const reading = {
      ...put!,
      declared: { procedure: { ...procedure, name: 'VIRT_GET_VERSION' }, declared },
    };
    expect(mutatingNames([reading])).to.deep.equal([]);
  });
});
