import { expect } from 'chai';
import { Prompt } from '../../../tui/app/prompt.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/app/prompt', () => {
  it('asks in the status line, takes pastes, and is left by escape', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const { app } = opened;
    const got: string[] = [];
    app.overlay = new Prompt('Name', 'ab', (text) => got.push(text));
    app.paste('日\n');
    const grid = opened.grid();
    expect(grid.line(29)).to.match(/^ Name: ab日/);
    expect(grid.caret).to.deep.equal({ x: 12, y: 29 });
    await opened.keys('enter');
    expect([got, app.overlay]).to.deep.equal([['ab日 '], null]);
    app.overlay = new Prompt('Name', '', (text) => got.push(text));
    await opened.keys('x', 'escape');
    expect(got.length).to.equal(1);
    opened.close();
  });
});
