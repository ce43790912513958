import { spawnSync } from 'node:child_process';
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

/** Message types of every RPC message in a capture, as `inspect` shows them. */
function messageTypes(file: string): string[] {
  const flags = ['-n', '-T', 'fields', '-E', 'occurrence=a', '-e', 'rpc.msgtyp'];
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'cli/main.ts', 'inspect', '-r', join('captures', file), ...flags],
    { cwd: root, encoding: 'utf8' },
  );
  expect(run.status, run.stderr).to.equal(0);
  return run.stdout.split(/[\n,]/).filter((type) => type !== '');
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

  for (const { file, calls, replies } of manifest()) {
    it(`shows every call and reply of ${file}`, () => {
      const types = messageTypes(file);
      expect(types.filter((type) => type === '0').length, 'calls').to.equal(calls);
      expect(types.filter((type) => type === '1').length, 'replies').to.equal(replies);
    });
  }
});
