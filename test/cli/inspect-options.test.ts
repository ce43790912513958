import { expect } from 'chai';
import { INSPECT_OPTIONS, TIME_FORMATS, TSHARK_LACKING } from '../../cli/inspect-options.ts';
import { TIME_MODES } from '../../dissector/tree/columns.ts';

describe('cli/inspect-options', () => {
  it("has tshark's letters for what both have", () => {
    const letters: Record<string, string> = {};
    for (const [name, option] of Object.entries(INSPECT_OPTIONS)) {
      if ('short' in option) letters[option.short] = name;
    }
    expect(letters).to.include({
      r: 'read-file',
      Y: 'display-filter',
      T: 'format',
      e: 'field',
      E: 'fields-option',
      '2': 'two-pass',
    });
  });

  it('does not lack what it has', () => {
    for (const option of Object.values(INSPECT_OPTIONS)) {
      if ('short' in option) expect(TSHARK_LACKING.flags).not.to.contain(option.short);
    }
    for (const name of TSHARK_LACKING.names) expect(INSPECT_OPTIONS).not.to.have.property(name);
  });

  it('offers the time formats that the columns know', () => {
    expect([...TIME_FORMATS].sort()).to.deep.equal([...TIME_MODES].sort());
  });
});
