import { expect } from 'chai';
import { runScript } from '../../tui/run-script.ts';
import { parseScript } from '../../tui/screen/script.ts';
import { captureFile, open } from './opened.ts';

describe('tui/run-script', () => {
  it('gives each step to an app at rest, draws when told, and once at the end', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const rows: number[] = [];
    await runScript({
      app: opened.app,
      steps: parseScript('jj<draw>G<click 3,4><resize 90x20><paste x>'),
      print: (grid) => rows.push(opened.app.chosenRow, grid.width),
      quit: () => false,
    });
    expect(rows).to.deep.equal([2, 100, opened.app.chosenRow, 90]);
    opened.close();
  });

  it('ends where the inspector is left', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    let prints = 0;
    await runScript({
      app: opened.app,
      steps: parseScript('q<draw><draw>'),
      print: () => prints++,
      quit: () => opened.host.done.includes('quit'),
    });
    expect(prints).to.equal(1);
    opened.close();
  });
});
