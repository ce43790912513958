import { expect } from 'chai';
import { MemoryOutput } from '../../cli/output.ts';
import { Progress } from '../../cli/progress.ts';

describe('cli/progress', () => {
  it('shows count, share, rate and remaining time on a terminal, not too often', () => {
    const output = new MemoryOutput(true);
    let now = 0;
    const progress = new Progress(output, 'packets', 4000, () => now);
    now = 500;
    progress.update(10, 100);
    expect(output.text).to.equal('');
    now = 2000;
    progress.update(100, 1000);
    now = 2100;
    progress.update(110, 1100);
    expect(output.text).to.equal('\r\x1b[K100 packets 25 %, 50/s, 6 s left');
    progress.clear();
    progress.clear();
    expect(output.text).to.equal('\r\x1b[K100 packets 25 %, 50/s, 6 s left\r\x1b[K');
  });

  it('leaves out what it does not know, and is silent elsewhere', () => {
    const terminal = new MemoryOutput(true);
    let now = 0;
    const progress = new Progress(terminal, 'packets', 0, () => now);
    now = 2000;
    progress.update(100, 1000);
    expect(terminal.text).to.equal('\r\x1b[K100 packets, 50/s');
    const file = new MemoryOutput(false);
    now = 0;
    const silent = new Progress(file, 'packets', 10, () => now);
    now = 5000;
    silent.update(1, 1);
    silent.clear();
    expect(file.text).to.equal('');
  });
});
