import { expect } from 'chai';
import { MemoryOutput } from '../../../cli/output.ts';
import { jsonLog, type Level } from '../../../cli/serve/log.ts';

describe('cli/serve/log', () => {
  it('writes one object a line, from a level on', () => {
    const out = new MemoryOutput();
    let least: Level = 'warn';
    const log = jsonLog(
      out,
      () => least,
      () => 0,
    );
    log('info', 'quiet');
    log('error', 'loud', { n: 1 });
    least = 'debug';
    log('debug', 'now');
    expect(
      out.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).to.deep.equal([
      { time: '1970-01-01T00:00:00.000Z', level: 'error', event: 'loud', n: 1 },
      { time: '1970-01-01T00:00:00.000Z', level: 'debug', event: 'now' },
    ]);
  });

  it('lets nothing of a peer reach the terminal', () => {
    const out = new MemoryOutput();
    jsonLog(out, () => 'info')('info', 'x', { name: '\x1b]0;t\x07\x9b2J\u2028\n' });
    expect(out.text).to.match(/^[\x20-\x7e]+\n$/);
  });

  it('drops what cannot be written', () => {
    const out = new MemoryOutput();
    out.write = () => {
      throw new Error('closed');
    };
    expect(() => jsonLog(out, () => 'info')('info', 'x')).to.not.throw();
  });
});
