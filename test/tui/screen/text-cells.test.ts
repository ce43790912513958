import { expect } from 'chai';
import { cellsOf, textCells } from '../../../tui/screen/text-cells.ts';

describe('tui/screen/text-cells', () => {
  it('counts cells as terminals do', () => {
    expect(textCells('abc')).to.equal(3);
    expect(textCells('日本語')).to.equal(6);
    expect(textCells('é')).to.equal(1);
    expect(textCells('→ … · ▸')).to.equal(7);
    expect(textCells('😀')).to.equal(2);
    expect(cellsOf(0xffe0)).to.equal(2);
    expect(cellsOf(0x0301)).to.equal(0);
  });
});
