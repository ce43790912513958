import { expect } from 'chai';
import { TerminalRun } from '../../tui/run-terminal.ts';
import type { Grid } from '../../tui/screen/grid.ts';
import type { Screen, ScreenEvent } from '../../tui/screen/screen.ts';
import { until } from '../until.ts';
import { captureFile, open } from './opened.ts';

/** A screen in memory. */
class FakeScreen implements Screen {
  width = 80;
  height = 24;
  readonly colors = 256;
  readonly did: string[] = [];
  frames = 0;
  top = '';
  event: (event: ScreenEvent) => void = () => undefined;

  listen(listener: (event: ScreenEvent) => void): void {
    this.event = listener;
  }
  show(grid: Grid): void {
    this.frames++;
    this.top = grid.line(0);
  }
  forget(): void {}
  mouse(): void {}
  copy(): void {}
  pause(): void {
    this.did.push('pause');
  }
  resume(): void {
    this.did.push('resume');
  }
  close(): void {
    this.did.push('close');
  }
}

describe('tui/run-terminal', () => {
  it('answers a key with a frame at once, loads in between, and ends when told', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const screen = new FakeScreen();
    const run = new TerminalRun(opened.app, screen);
    const ended = run.run();
    await until(() => screen.top.includes('276 packets'));
    const before = screen.frames;
    screen.event({ type: 'key', key: 'j' });
    expect(screen.frames).to.equal(before + 1);
    expect(opened.app.chosenRow).to.equal(1);
    screen.event({ type: 'mouse', action: 'wheeldown', x: 3, y: 5 });
    screen.event({ type: 'paste', text: 'x' });
    screen.width = 100;
    screen.event({ type: 'resize' });
    expect(opened.app.width).to.equal(100);
    run.end('quit');
    run.end('closed');
    expect(await ended).to.equal('quit');
    const after = screen.frames;
    run.draw();
    expect(screen.frames).to.equal(after);
    opened.close();
  });

  it('draws nothing while another program has the terminal', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const screen = new FakeScreen();
    const run = new TerminalRun(opened.app, screen);
    const ended = run.run();
    const frames = screen.frames;
    const got = await run.aside(async () => {
      run.draw();
      expect(screen.frames).to.equal(frames);
      return 42;
    });
    expect(got).to.equal(42);
    expect(screen.did).to.deep.equal(['pause', 'resume']);
    run.restore();
    screen.event({ type: 'closed' });
    expect(await ended).to.equal('closed');
    opened.close();
  });
});
