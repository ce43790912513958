import { expect } from 'chai';
import { parseMemory } from '../../../../server/virt/xml/memory.ts';

describe('server/virt/xml/memory', () => {
  it('gives KiB, rounded up', () => {
    const cases: [string, string | undefined, bigint][] = [
      ['1', undefined, 1n],
      ['1', 'b', 1n],
      ['1024', 'bytes', 1n],
      ['1025', 'b', 2n],
      ['1', 'KB', 1n],
      ['1024', 'KB', 1000n],
      ['7', 'k', 7n],
      ['64', 'MiB', 65_536n],
      ['1', 'MB', 977n],
      ['2', 'G', 2_097_152n],
      ['1', 'GB', 976_563n],
      ['1', 'T', 1n << 30n],
      ['1', 'TB', 976_562_500n],
      [String(1n << 53n), 'KiB', 1n << 53n],
    ];
    for (const [text, unit, kib] of cases) expect(parseMemory(text, unit), `${text} ${unit}`).to.equal(kib);
  });

  it('refuses what is no amount, nothing, or too much', () => {
    for (const text of [
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      ' 1',
      '0x10',
      '9'.repeat(21),
      String((1n << 53n) + 1n),
      '99999999999999999999',
    ])
      expect(parseMemory(text), text).to.equal(null);
    for (const unit of ['', 'kib', 'PiB', '__proto__', 'constructor'])
      expect(parseMemory('1', unit), unit).to.equal(null);
  });
});
