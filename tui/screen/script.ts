/**
 * Keys written as text, for `--script`: a character is typed as it is, `<name>` is a key (`<enter>`, `<C-p>`,
 * `<S-tab>`, `<pagedown>`, `<space>`, `<lt>`), and `<draw>`, `<resize 80x24>`, `<click 10,5>`, `<wheel up 10,5>`,
 * `<paste TEXT>` are what else happens to a terminal. Line ends are left out. Throws RangeError for a name that is not.
 */

export type ScriptStep =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'draw' }
  | { readonly type: 'resize'; readonly width: number; readonly height: number }
  | { readonly type: 'mouse'; readonly action: MouseAction; readonly x: number; readonly y: number }
  | { readonly type: 'paste'; readonly text: string };

export type MouseAction = 'click' | 'wheelup' | 'wheeldown';

/** Keys with a name, as a screen reports them. */
export const NAMED_KEYS: ReadonlySet<string> = new Set([
  ...['up', 'down', 'left', 'right', 'home', 'end', 'pageup', 'pagedown', 'insert', 'delete'],
  ...['enter', 'tab', 'S-tab', 'escape', 'backspace'],
  ...Array.from({ length: 12 }, (_, i) => `f${i + 1}`),
]);

/** Widest and highest screen that anybody asks for. */
const MAX_SIZE = 1000;

export function parseScript(text: string): ScriptStep[] {
  const steps: ScriptStep[] = [];
  const pattern = /<([^<>\n]+)>|[^\r\n]/gu;
  for (const [whole, name] of text.matchAll(pattern)) {
    steps.push(name === undefined ? { type: 'key', key: whole } : named(name));
  }
  return steps;
}

function named(name: string): ScriptStep {
  if (name === 'draw') return { type: 'draw' };
  const resize = /^resize (\S+)$/.exec(name);
  if (resize !== null) return { type: 'resize', ...parseSize(resize[1]!) };
  const mouse = /^(click|wheel up|wheel down) (\d{1,4}),(\d{1,4})$/.exec(name);
  if (mouse !== null) {
    const action = mouse[1]!.replace(' ', '') as MouseAction;
    return { type: 'mouse', action, x: Number(mouse[2]), y: Number(mouse[3]) };
  }
  const paste = /^paste (.*)$/.exec(name);
  if (paste !== null) return { type: 'paste', text: paste[1]! };
  if (name === 'space') return { type: 'key', key: ' ' };
  if (name === 'lt') return { type: 'key', key: '<' };
  if (NAMED_KEYS.has(name) || /^[CM]-[\x21-\x7e]$/.test(name)) return { type: 'key', key: name };
  throw new RangeError(`<${name}> is no key`);
}

/** `140x42`. Throws RangeError for what is no size. */
export function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || width < 1 || height < 1 || width > MAX_SIZE || height > MAX_SIZE) {
    throw new RangeError(`"${text}" is no size; 80x24 is one`);
  }
  return { width, height };
}
