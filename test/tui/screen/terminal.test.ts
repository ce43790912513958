import { PassThrough } from 'node:stream';
import { Terminal as Xterm } from '@xterm/headless';
import { expect } from 'chai';
import { Grid } from '../../../tui/screen/grid.ts';
import type { ScreenEvent } from '../../../tui/screen/screen.ts';
import { Style, THEMES } from '../../../tui/screen/style.ts';
import { openTerminal, type Terminal } from '../../../tui/screen/terminal.ts';
import { until } from '../../until.ts';

/** A terminal that is none: what is written to it can be looked at. */
class Emulator {
  readonly xterm: Xterm;
  readonly input = Object.assign(new PassThrough(), {
    raw: false,
    setRawMode(raw: boolean) {
      this.raw = raw;
    },
  });
  readonly output: PassThrough & { columns: number; rows: number };
  written = '';

  constructor(columns: number, rows: number) {
    this.xterm = new Xterm({ cols: columns, rows, allowProposedApi: true });
    this.output = Object.assign(new PassThrough(), { columns, rows });
    this.output.on('data', (bytes: Buffer) => {
      this.written += bytes.toString();
      this.xterm.write(bytes);
    });
  }

  resize(columns: number, rows: number): void {
    this.xterm.resize(columns, rows);
    Object.assign(this.output, { columns, rows });
    this.output.emit('resize');
  }

  async line(y: number): Promise<string> {
    // what was written comes out in a later turn
    await new Promise(setImmediate);
    await new Promise<void>((resolve) => this.xterm.write('', resolve));
    const { active } = this.xterm.buffer;
    return active
      .getLine(active.baseY + y)!
      .translateToString()
      .trimEnd();
  }
}

async function opened(
  emulator: Emulator,
  options: { term?: string; ascii?: boolean } = {},
): Promise<Terminal> {
  return openTerminal({
    input: emulator.input,
    output: emulator.output,
    term: options.term ?? 'tmux-256color',
    theme: () => THEMES.dark,
    ascii: options.ascii ?? false,
    mouse: true,
  });
}

describe('tui/screen/terminal: blessed behind the guards', () => {
  it('takes the alternate screen, shows grids with their colours, and gives the terminal back', async () => {
    const emulator = new Emulator(40, 10);
    emulator.output.write('a shell\r\n$ ');
    const screen = await opened(emulator);
    expect([screen.width, screen.height, screen.colors]).to.deep.equal([40, 10, 256]);
    expect(emulator.input.raw).to.equal(true);
    const grid = new Grid(40, 10);
    grid.put(2, 1, '│ 日本 {bold} →', Style.bad);
    screen.show(grid);
    expect(await emulator.line(1)).to.equal('  │ 日本 {bold} →');
    expect(emulator.xterm.buffer.active.type).to.equal('alternate');
    const cell = emulator.xterm.buffer.active.getLine(1)!.getCell(4)!;
    expect([cell.getChars(), cell.getWidth(), cell.getFgColor()]).to.deep.equal(['日', 2, 210]);
    screen.close();
    screen.close();
    expect(await emulator.line(0)).to.equal('a shell');
    expect(emulator.xterm.buffer.active.type).to.equal('normal');
    expect(emulator.input.raw).to.equal(false);
    expect(emulator.written).to.match(/\x1b\[\?2004l/);
    expect(emulator.written).to.match(/\x1b\[\?1000l/);
  });

  it('tells of keys, clicks and pastes, also of those that came before anybody listened', async () => {
    const emulator = new Emulator(40, 10);
    const screen = await opened(emulator);
    const events: ScreenEvent[] = [];
    emulator.input.write('j');
    await until(() => emulator.input.readableLength === 0);
    screen.listen((event) => events.push(event));
    emulator.input.write('\x1b[<0;5;6M\x1b[<0;7;8M\x1b[200~x\x1b[201~\x1b');
    await until(() => events.length >= 5);
    screen.close();
    expect(events).to.deep.equal([
      { type: 'key', key: 'j' },
      { type: 'mouse', action: 'click', x: 4, y: 5 },
      { type: 'mouse', action: 'click', x: 6, y: 7 },
      { type: 'paste', text: 'x' },
      { type: 'key', key: 'escape' },
    ]);
  });

  it('draws all again after a change of size, and after another program had the terminal', async () => {
    const emulator = new Emulator(40, 10);
    const screen = await opened(emulator);
    const events: string[] = [];
    screen.listen((event) => events.push(event.type));
    const grid = (width: number) => {
      const cells = new Grid(width, 5);
      cells.put(0, 0, `width ${width}`, 0);
      return cells;
    };
    screen.show(grid(40));
    emulator.resize(20, 5);
    await until(() => events.includes('resize'));
    expect([screen.width, screen.height]).to.deep.equal([20, 5]);
    screen.show(grid(20));
    expect(await emulator.line(0)).to.equal('width 20');
    screen.pause();
    expect(emulator.input.raw).to.equal(false);
    emulator.output.write('\x1b[2Jan editor');
    screen.show(grid(20));
    screen.resume();
    screen.show(grid(20));
    expect(await emulator.line(0)).to.equal('width 20');
    screen.close();
  });

  it('says when the terminal is gone', async () => {
    const emulator = new Emulator(40, 10);
    const screen = await opened(emulator);
    const events: string[] = [];
    screen.listen((event) => events.push(event.type));
    emulator.input.end();
    await until(() => events.includes('closed'));
    screen.close();
  });

  it('copies as base64 only, and not what no terminal takes', async () => {
    const emulator = new Emulator(40, 10);
    const screen = await opened(emulator);
    emulator.written = '';
    screen.copy('\x1b[31m\x07;x');
    await until(() => emulator.written !== '');
    expect(emulator.written).to.equal(`\x1b]52;c;${Buffer.from('\x1b[31m\x07;x').toString('base64')}\x07`);
    emulator.written = '';
    screen.copy('x'.repeat(80_000));
    screen.mouse(false);
    await until(() => emulator.written.includes('\x1b[?1000l'));
    expect(emulator.written).not.to.include(']52');
    screen.close();
  });

  it('draws with ASCII only where there is no more', async () => {
    const emulator = new Emulator(40, 10);
    const screen = await opened(emulator, { ascii: true, term: 'xterm' });
    const grid = new Grid(40, 10);
    grid.put(0, 0, '▸ a → b', 0);
    screen.show(grid);
    expect(await emulator.line(0)).to.equal('+ a > b');
    screen.close();
  });
});
