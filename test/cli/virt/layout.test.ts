import { expect } from 'chai';
import { document, lines, pairs, table, versionText } from '../../../cli/virt/layout.ts';

describe('cli/virt/layout', () => {
  it('lays out tables as virsh does', () => {
    const rows = [
      ['1', 'test', 'running'],
      ['-', 'web', 'shut off'],
    ];
    // virsh 9.0.0: list --all
    expect(table(['Id', 'Name', 'State'], rows)).to.equal(
      [' Id   Name   State', '-----------------------', ' 1    test   running', ' -    web    shut off'].join(
        '\n',
      ),
    );
    expect(table(['Id', 'Name', 'State'], [])).to.equal(' Id   Name   State\n--------------------');
  });

  it('lays out wide characters and marks as virsh does', () => {
    const rows = [
      ['1', '日本語', 'running'],
      ['2', 'ab', 'running'],
      ['3', 'e\u0301x', 'running'],
    ];
    // virsh 9.0.0: list, in a UTF-8 locale
    expect(table(['Id', 'Name', 'State'], rows).split('\n')).to.deep.equal([
      ' Id   Name     State',
      '------------------------',
      ' 1    日本語   running',
      ' 2    ab       running',
      ' 3    e\u0301x       running',
    ]);
  });

  it('lays out facts as virsh does', () => {
    const text = pairs(15, [
      ['Id', '-'],
      ['Max memory', '1 KiB'],
    ]);
    expect(text).to.equal('Id:             -\nMax memory:     1 KiB');
  });

  it('lets nothing of a daemon steer the terminal', () => {
    expect(table(['Name'], [['\x1b[2Jx']])).to.not.contain('\x1b');
    expect(pairs(5, [['Name', '\x1b[2Jx']])).to.not.contain('\x1b');
  });

  it('shows XML that means the same and steers nothing', () => {
    const xml = "<a b='\u009b2J'>\u202edrawkcab\tüñ日\r\n</a>\n";
    expect(document(xml)).to.equal("<a b='&#x9b;2J'>&#x202e;drawkcab\tüñ日&#xd;\n</a>");
  });

  it('keeps the lines of a text, and lets nothing in them steer', () => {
    expect(lines('one\x1b[2J\n\ttwo\u202e\r\n')).to.equal('one\\x1b[2J\n\ttwo\\u{202e}\\r\n');
  });

  it('reads version numbers', () => {
    expect(versionText(9_000_000n)).to.equal('9.0.0');
    expect(versionText(1_002_003n)).to.equal('1.2.3');
  });
});
