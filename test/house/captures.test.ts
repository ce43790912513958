import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { read, root } from './sources.ts';

interface Line {
  readonly file: string;
  readonly calls: number;
  readonly replies: number;
  readonly how: string;
}

function manifest(): Line[] {
  const [head = '', ...rows] = read('captures/MANIFEST.tsv').trimEnd().split('\n');
  expect(head).to.equal('file\tcalls\treplies\tprograms\thow');
  return rows.map((row) => {
    const [file = '', calls = '', replies = '', , how = ''] = row.split('\t');
    return { file, calls: Number(calls), replies: Number(replies), how };
  });
}

describe('house: captures', () => {
  it('has a line in the manifest for every capture, and a capture for every line', () => {
    const there = readdirSync(join(root, 'captures')).filter((name) => /\.pcap(ng)?$/.test(name));
    expect(manifest().map((line) => line.file)).to.deep.equal(there.sort());
  });

  it('says how each was recorded and what it holds', () => {
    for (const line of manifest()) {
      expect(line.how, line.file).to.match(/\w/);
      expect(line.calls, line.file).to.be.greaterThan(0);
      expect(line.replies, line.file).to.be.greaterThan(0);
    }
  });

  it('keeps each small', () => {
    for (const { file } of manifest()) {
      expect(statSync(join(root, 'captures', file)).size, file).to.be.lessThan(300_000);
    }
  });
});
