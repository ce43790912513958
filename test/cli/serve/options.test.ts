import { expect } from 'chai';
import { LIMIT_OPTIONS } from '../../../cli/serve/limits.ts';
import { SERVE_OPTIONS } from '../../../cli/serve/options.ts';

describe('cli/serve/options', () => {
  it('hold every limit, and describe everything', () => {
    expect(SERVE_OPTIONS).to.include.keys(Object.keys(LIMIT_OPTIONS));
    for (const option of Object.values(SERVE_OPTIONS)) expect(option.describe).to.not.equal('');
  });
});
