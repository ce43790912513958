import { Terminal as Xterm } from '@xterm/headless';
import { expect } from 'chai';
import fc from 'fast-check';
import { Grid } from '../../../tui/screen/grid.ts';
import { THEMES } from '../../../tui/screen/style.ts';
import { updateText } from '../../../tui/screen/update.ts';

const WIDTH = 24;
const HEIGHT = 4;

function shown(terminal: Xterm): string[] {
  return Array.from({ length: HEIGHT }, (_, y) =>
    terminal.buffer.active.getLine(y)!.translateToString().trimEnd(),
  );
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', '本', 'é', '→', 'z'), maxLength: 20 });
const draws = fc.array(fc.record({ x: fc.nat(WIDTH - 1), y: fc.nat(HEIGHT - 1), text, style: fc.nat(5) }), {
  maxLength: 6,
});

describe('tui/screen/update', () => {
  it('a terminal shows each grid after what turns the one before into it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(draws, { minLength: 1, maxLength: 6 }), async (frames) => {
        const terminal = new Xterm({ cols: WIDTH, rows: HEIGHT, allowProposedApi: true });
        let before: Grid | null = null;
        for (const frame of frames) {
          const grid = new Grid(WIDTH, HEIGHT);
          for (const { x, y, text: put, style } of frame) grid.put(x, y, put, style);
          const out: string = updateText(before, grid, THEMES.dark);
          await new Promise<void>((resolve) => terminal.write(out, resolve));
          expect(shown(terminal)).to.deep.equal(Array.from({ length: HEIGHT }, (_, y) => grid.line(y)));
          before = grid;
        }
        terminal.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing where nothing changed, and little where little did', () => {
    const a = new Grid(80, 24);
    a.put(0, 3, 'the same line', 0);
    const b = new Grid(80, 24);
    b.put(0, 3, 'the sane line', 0);
    expect(updateText(a, a, THEMES.dark)).to.equal('');
    expect(updateText(a, b, THEMES.none)).to.equal('\x1b[?25l\x1b[4;7H\x1b[0mn');
  });

  it('shows the cursor only where text is typed', () => {
    const grid = new Grid(10, 2);
    grid.caret = { x: 3, y: 1 };
    expect(updateText(null, grid, THEMES.dark).endsWith('\x1b[2;4H\x1b[?25h')).to.equal(true);
  });
});
