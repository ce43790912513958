/**
 * Drives the inspector by a script instead of a person: each step is given once what went before has come to rest, so
 * that the same script always draws the same. Draws go out through `print`; the screen as it is at the end is the last.
 */
import type { App } from './app/app.ts';
import { Grid } from './screen/grid.ts';
import type { ScriptStep } from './screen/script.ts';

export interface ScriptRun {
  readonly app: App;
  readonly steps: readonly ScriptStep[];
  readonly print: (grid: Grid) => void;
  /** whether the inspector was left */
  readonly quit: () => boolean;
}

export async function runScript({ app, steps, print, quit }: ScriptRun): Promise<void> {
  const draw = (): Grid => {
    const grid = new Grid(app.width, app.height);
    app.draw(grid);
    return grid;
  };
  await app.settle();
  draw();
  for (const step of steps) {
    if (quit()) break;
    if (step.type === 'draw') print(draw());
    else give(app, step);
    await app.settle();
    // what is drawn decides what fits, and so what keys do
    draw();
  }
  print(draw());
}

function give(app: App, step: Exclude<ScriptStep, { type: 'draw' }>): void {
  switch (step.type) {
    case 'key':
      app.key(step.key);
      return;
    case 'paste':
      app.paste(step.text);
      return;
    case 'mouse':
      app.mouse(step.x, step.y, step.action);
      return;
    case 'resize':
      app.resize(step.width, step.height);
  }
}
